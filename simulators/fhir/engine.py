"""The FHIR interactions on the store, free of HTTP: each takes parsed input and returns an answer."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, urlencode

from simulators.faults import Faults
from simulators.fhir.outcome import Answer, Json, Refused, refused
from simulators.fhir.patch import patched
from simulators.fhir.search import Matcher, by_identifier, page_of, searchset, select
from simulators.fhir.store import ResourceStore, business_keys, validated

Check = Callable[[Json | None, Json], Json]


def _as_it_is(_before: Json | None, after: Json) -> Json:
    return after


@dataclass(frozen=True)
class TypeRules:
    """What a server does with one resource type. `check(before, after)` holds the business rules."""

    letters: str = "rs"
    matchers: Mapping[str, Matcher] = field(default_factory=lambda: {"identifier": by_identifier})
    check: Check = _as_it_is
    needs_if_match: bool = False
    # Searching for people by GET would put their numbers into addresses and logs.
    search_by_get: bool = True


class Engine:
    """One FHIR endpoint: a base address, a store, and the rules per type.

    Without `heeds_preconditions` it is a server that overlooks `If-None-Match` and `If-None-Exist`, and so creates
    one more of the same at every try.
    """

    def __init__(
        self,
        base: str,
        store: ResourceStore,
        faults: Faults,
        rules: Mapping[str, TypeRules],
        *,
        heeds_preconditions: bool = True,
    ) -> None:
        self.base = base
        self._heeds_preconditions = heeds_preconditions
        self.store = store
        self.faults = faults
        self.rules = rules

    def read(self, kind: str, identity: str) -> Answer:
        found = self.store.current(kind, identity)
        return self._answer(200, found) if found else refused(404, "not-found", f"no such {kind}")

    def history(self, kind: str, identity: str) -> Answer:
        versions = self.store.history(kind, identity)
        if not versions:
            return refused(404, "not-found", f"no such {kind}")
        entries = [
            {
                "fullUrl": f"{self.base}/{kind}/{identity}",
                "resource": each,
                "request": {"method": "PUT", "url": f"{kind}/{identity}"},
                "response": {"status": "200", "etag": f'W/"{each["meta"]["versionId"]}"'},
            }
            for each in versions
        ]
        return Answer(200, {"resourceType": "Bundle", "type": "history", "total": len(entries), "entry": entries})

    def search(self, kind: str, wanted: list[tuple[str, str]], by_get: bool) -> Answer:
        seen = self.faults.indexed(self.store.all(kind))
        found = select(seen, wanted, self.rules[kind].matchers)
        page, following = page_of(found, wanted)
        next_url = None
        # A posted search may hold what an address must not, so only GET gets a next address.
        if following is not None and by_get:
            rest = [(name, value) for name, value in wanted if name != "_offset"]
            next_url = f"{self.base}/{kind}?{urlencode([*rest, ('_offset', str(following))])}"
        return Answer(200, searchset(self.base, kind, page, len(found), next_url))

    def create(self, kind: str, body: object, if_none_exist: str) -> Answer:
        """POST; with If-None-Exist at most one resource comes of any number of tries (FHIR R4 §3.1.0.8.1)."""
        resource = validated(kind, body)
        with self.store.lock:
            if if_none_exist and self._heeds_preconditions:
                matches = select(self.store.all(kind), parse_qsl(if_none_exist), self.rules[kind].matchers)
                if len(matches) > 1:
                    return refused(412, "multiple-matches", "several resources match If-None-Exist")
                if matches:
                    return self._answer(200, matches[0])
            return self._write(kind, {**resource, "id": str(uuid.uuid4())}, None)

    def put(self, kind: str, identity: str, body: object, if_match: str, if_none_match: str) -> Answer:
        """PUT; creates when nothing stands there (`If-None-Match: *` demands exactly that)."""
        resource = validated(kind, body)
        if resource.get("id") != identity:
            return refused(400, "invalid", "the id in the body is not the id in the address", [f"{kind}.id"])
        with self.store.lock:
            before = self.store.current(kind, identity)
            if before and if_none_match == "*":
                if not self._heeds_preconditions:
                    return self._write(kind, {**resource, "id": str(uuid.uuid4())}, None)
                return refused(412, "duplicate", f"this {kind} exists")
            self._check_version(kind, before, if_match)
            return self._write(kind, resource, before)

    def patch(self, kind: str, identity: str, operations: object, if_match: str) -> Answer:
        with self.store.lock:
            before = self.store.current(kind, identity)
            if before is None:
                return refused(404, "not-found", f"no such {kind}")
            self._check_version(kind, before, if_match)
            return self._write(kind, validated(kind, patched(before, operations)), before)

    def change(self, kind: str, identity: str, interaction: str, change: Callable[[Json], Json]) -> Json:
        """A change made on the server's own screen; the same rules and the same count as one made by FHIR."""
        with self.store.lock:
            before = self.store.current(kind, identity)
            if before is None:
                raise Refused(refused(404, "not-found", f"no such {kind}"))
            after = self.rules[kind].check(before, validated(kind, change(before)))
            self.faults.note_effect(interaction, business_keys(after))
            return self.store.write(after)

    def _check_version(self, kind: str, before: Json | None, if_match: str) -> None:
        if before is None:
            if if_match:
                raise Refused(refused(412, "conflict", "nothing stands here to be changed"))
            return
        if not if_match and self.rules[kind].needs_if_match:
            raise Refused(refused(400, "required", "an update needs If-Match"))
        if if_match and if_match != f'W/"{before["meta"]["versionId"]}"':
            raise Refused(refused(412, "conflict", "the resource has changed since it was read"))

    def _write(self, kind: str, resource: Json, before: Json | None) -> Answer:
        checked = self.rules[kind].check(before, resource)
        interaction = f"{kind}.{'update' if before else 'create'}"
        stored = self.store.write(checked)
        self.faults.note_effect(interaction, business_keys(stored))
        # The newest version: the server itself may have gone one step further when it heard of the write.
        answer = self._answer(200 if before else 201, self.store.current(kind, stored["id"]) or stored)
        return replace(answer, undo=lambda: self.store.take_back(stored, before))

    def _answer(self, status: int, resource: Json) -> Answer:
        kind, identity, meta = resource["resourceType"], resource["id"], resource["meta"]
        headers = {"ETag": f'W/"{meta["versionId"]}"'}
        if status == 201:
            headers["Location"] = f"{self.base}/{kind}/{identity}/_history/{meta['versionId']}"
        return Answer(status, resource, headers)
