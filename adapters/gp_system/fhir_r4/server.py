"""The practice's FHIR endpoint as this adapter uses it: find, create, replace and search.

Which of FHIR's ways a server knows is read from its CapabilityStatement (R4 §2.21.0.6), never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from adapters.wire.answer import Answer
from adapters.wire.http import FHIR_HEADERS, FHIR_JSON, PeerHttp
from adapters.wire.remembered import Remembered
from adapters.wire.task.claims import entry_id_of
from adapters.wire.task.words import ENTRY, TASK_CODE, VIDEO_QUEUE, Json, mapping, mappings, text
from adapters.wire.trial.fhir import r4_statement, require_found_by_id

PAGE = 100
PAGES_LIMIT = 50
CONFLICT = 412


@dataclass(frozen=True, slots=True)
class Abilities:
    """What the server says of one resource type."""

    update_create: bool = False
    parameters: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Stored:
    """A resource as the server holds it, and the ETag that changes must carry."""

    resource: Json
    etag: str


class FhirServer:
    """One endpoint below ``http.base_url``; thread-safe."""

    def __init__(self, http: PeerHttp) -> None:
        self._http = http
        self._statement = Remembered(self._read_statement)

    def abilities(self, kind: str) -> Abilities:
        return self._statement.current().get(kind, Abilities())

    def try_out(self) -> Json:
        """The CapabilityStatement with our login, held against what we need."""
        statement = r4_statement(self._http)
        require_found_by_id(statement, "Task")
        return statement

    def _read_statement(self) -> Mapping[str, Abilities]:
        statement = mapping(self._http.get("metadata", accept=FHIR_JSON).json())
        servers = [rest for rest in mappings(statement.get("rest")) if rest.get("mode") == "server"]
        return {text(each.get("type")): _abilities(each) for rest in servers for each in mappings(rest.get("resource"))}

    def find(self, entry_id: UUID) -> Stored | None:
        """The Task of that entry: by our id, else by identifier, also where a server says that it keeps our ids."""
        found = self.read("Task", str(entry_id))
        if found is not None:
            return found
        for task in self.search([("identifier", f"{ENTRY}|{entry_id}")]):
            if entry_id_of(task) == entry_id:
                return self.read("Task", text(task.get("id")))
        return None

    def read(self, kind: str, identity: str) -> Stored | None:
        answer = self._http.get(f"{kind}/{identity}", expect=(404, 410), accept=FHIR_JSON)
        return None if answer.is_absence else self._stored(answer)

    def create(self, resource: Json, if_none_exist: str) -> Stored | None:
        """Create once; None where it is there already (update-as-create answers 412).

        ``If-None-Exist`` answers 200 with what is there: the caller sees whose it is.
        """
        if self.abilities(resource["resourceType"]).update_create:
            return self._write("PUT", resource, {"If-None-Match": "*"})
        posted = {key: value for key, value in resource.items() if key != "id"}
        return self._write("POST", posted, {"If-None-Exist": if_none_exist})

    def replace(self, resource: Json, etag: str) -> Stored | None:
        """A new version of exactly what was read; None where somebody changed it in between."""
        return self._write("PUT", resource, {"If-Match": etag} if etag else {})

    def _write(self, method: str, resource: Json, conditions: Mapping[str, str]) -> Stored | None:
        kind = resource["resourceType"]
        path = kind if method == "POST" else f"{kind}/{resource['id']}"
        headers = FHIR_HEADERS | {"Prefer": "return=representation"} | dict(conditions)
        answer = self._http.send(method, path, resource, headers=headers, expect=(CONFLICT, 409))
        if answer.status in (CONFLICT, 409):
            return None
        return self._stored(answer) if answer.body else Stored(_located(resource, answer), _etag(answer, {}))

    def _stored(self, answer: Answer) -> Stored:
        resource = answer.json()
        if not isinstance(resource, dict) or text(resource.get("resourceType")) in ("", "OperationOutcome"):
            raise answer.unreadable()
        return Stored(resource, _etag(answer, resource))

    def search(self, wanted: list[tuple[str, str]], kind: str = "Task") -> list[Json]:
        """Page by page, each address once. What lies beyond the limit is found by the next look: the oldest come
        first, and the cursor moves with them."""
        address = f"{kind}?{urlencode([*wanted, ('_count', str(PAGE))])}"
        asked: set[str] = set()
        found: list[Json] = []
        while address and address not in asked and len(asked) < PAGES_LIMIT:
            asked.add(address)
            bundle = mapping(self._http.get(address, accept=FHIR_JSON).json())
            found += [mapping(entry.get("resource")) for entry in mappings(bundle.get("entry"))]
            address = self._next(bundle)
        return [each for each in found if each.get("resourceType") == kind]

    def newest(self) -> list[Json]:
        """The Task changed last, if there is any."""
        wanted = urlencode([*self._video_queue(), ("_sort", "-_lastUpdated"), ("_count", "1")])
        bundle = mapping(self._http.get(f"Task?{wanted}", accept=FHIR_JSON).json())
        return [mapping(entry.get("resource")) for entry in mappings(bundle.get("entry"))][:1]

    def changed_since(self, moment: str) -> list[Json]:
        return self.search([*self._video_queue(), ("_lastUpdated", f"gt{moment}"), ("_sort", "_lastUpdated")])

    def unended(self) -> list[Json]:
        """Tasks of the queue that have not ended, as far as the server can tell them apart: look at each status."""
        known = "status" in self.abilities("Task").parameters
        open_ones = [("status", "requested,received,accepted,in-progress")] if known else []
        return self.search([*self._video_queue(), *open_ones])

    def _video_queue(self) -> list[tuple[str, str]]:
        """Only where the server knows the parameter: one it does not know it may refuse or silently ignore."""
        known = "code" in self.abilities("Task").parameters
        return [("code", f"{TASK_CODE}|{VIDEO_QUEUE}")] if known else []

    def _next(self, bundle: Json) -> str:
        """The rest of the address only: the host is always ours, since our token travels with the question. (A
        server behind a proxy calls itself by another name, so a strange host alone is no reason to refuse.)"""
        links = [text(link.get("url")) for link in mappings(bundle.get("link")) if link.get("relation") == "next"]
        if not links or not links[0]:
            return ""
        base, parts = urlsplit(self._http.base_url), urlsplit(links[0])
        return f"{base.scheme}://{base.netloc}{parts.path}?{parts.query}"


def _abilities(resource: Mapping[str, Any]) -> Abilities:
    return Abilities(
        resource.get("updateCreate") is True,
        frozenset(text(each.get("name")) for each in mappings(resource.get("searchParam"))),
    )


def _etag(answer: Answer, resource: Json) -> str:
    version = text(mapping(resource.get("meta")).get("versionId"))
    return answer.headers.get("etag", "") or (f'W/"{version}"' if version else "")


def _located(resource: Json, answer: Answer) -> Json:
    """What was sent, under the id the server gave it (Location: [base]/Task/[id]/_history/[version])."""
    parts = urlsplit(answer.headers.get("location", "")).path.split("/")
    kind = resource["resourceType"]
    if kind in parts[:-1]:
        return {**resource, "id": parts[parts.index(kind) + 1]}
    return resource
