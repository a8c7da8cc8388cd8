"""FHIR R4 (4.0.1) over HTTP: reads that are validated, and writes that happen once however often they are tried.

Searches go as ``POST _search``, so that no identity number stands in an address. ``fhir.resources.R4B`` checks the
structure; what the resource means is checked by whoever asked.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from fhir.resources.R4B import get_fhir_model_class
from pydantic import ValidationError

from adapters.wire.answer import Answer
from adapters.wire.http import FHIR_HEADERS, FHIR_JSON, PeerHttp
from adapters.wire.remembered import Remembered
from gateway.domain.errors import PeerBusy, PeerCannot, PeerRefused, PeerUnclear

Json = dict[str, Any]
CHANGE_TRIES = 3
LOCKED = "record-locked"
SEVERAL = "several-resources"
# Loaded with the process: building a model class takes a second at first use.
_KINDS = (
    "Bundle",
    "CapabilityStatement",
    "Communication",
    "DocumentReference",
    "Encounter",
    "Organization",
    "Patient",
    "Practitioner",
    "PractitionerRole",
    "QuestionnaireResponse",
)
_MODELS = {kind: get_fhir_model_class(kind) for kind in _KINDS}


def is_valid(kind: str, resource: Any) -> bool:
    """Whether it is a well-formed R4 resource of that type."""
    if not isinstance(resource, dict) or resource.get("resourceType") != kind:
        return False
    model = _MODELS.get(kind) or get_fhir_model_class(kind)
    try:
        model.model_validate(deepcopy(resource))
    except (ValidationError, ValueError, TypeError, LookupError, AttributeError):
        return False  # the library looks up whatever type a stranger names, and fails as a look-up does
    return True


# Who somebody is and where: read, and never written back, so that what we do not know in them may be left out.
PEOPLE = frozenset(("Patient", "Organization", "Practitioner", "PractitionerRole"))


def tolerated(kind: str, resource: Any) -> Json | None:
    """The resource without what says nothing to us: empty arrays and objects, elements R4 does not have, extensions
    without an address, as live servers send them. None where what is left is no resource of that type."""
    if not isinstance(resource, dict) or resource.get("resourceType") != kind:
        return None
    found = _spoken(resource)
    for _ in range(5):  # a fault may hide another one
        places = _droppable(kind, found)
        if not places:
            return found if is_valid(kind, found) else None
        for place in places:
            _drop(found, place)
        found = _spoken(found)
    return None


def _spoken(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {name: _spoken(each) for name, each in value.items()}
        return {name: each for name, each in kept.items() if each not in (None, [], {}, "")}
    if isinstance(value, list):
        return [each for each in map(_spoken, value) if each not in (None, [], {}, "")]
    return value


def _droppable(kind: str, resource: Json) -> list[tuple[int | str, ...]]:
    """Longest first, so that dropping one moves no other; ``[]`` for a fault of another kind."""
    model = _MODELS.get(kind) or get_fhir_model_class(kind)
    try:
        model.model_validate(deepcopy(resource))
    except ValidationError as refused:
        faults = refused.errors(include_input=False, include_context=False)
        places = [each["loc"] for each in faults if each["type"] == "extra_forbidden"]
        places += [each["loc"][:-1] for each in faults if each["loc"][-3:-2] == ("extension",)]
        return sorted(set(places), key=lambda place: [str(each) for each in place], reverse=True)
    except (ValueError, TypeError, LookupError, AttributeError):
        return []
    return []


def _drop(resource: Any, place: tuple[int | str, ...]) -> None:
    try:
        for step in place[:-1]:
            resource = resource[step]
        del resource[place[-1]]
    except (LookupError, TypeError):
        return  # with what stood above it


def written_out(peer: str, resource: Json) -> str:
    """As text; ``PeerCannot`` for what is no valid resource of its type."""
    if not is_valid(str(resource.get("resourceType")), resource):
        raise PeerCannot(peer, "not-valid-fhir")
    return json.dumps(resource, ensure_ascii=False, indent=2)


def identifiers_of(resource: Json) -> list[Json]:
    """A QuestionnaireResponse has one at most, other types a list."""
    found = resource.get("identifier") or []
    return [found] if isinstance(found, dict) else list(found)


@dataclass(frozen=True, slots=True)
class Written:
    """Where a resource stands; ``existed``: the peer had it before this attempt."""

    reference: str
    existed: bool
    resource: Json = field(default_factory=dict, repr=False)


class FhirServer:
    """One FHIR endpoint behind ``http``."""

    def __init__(self, http: PeerHttp, now: Callable[[], float] = time.monotonic) -> None:
        self.http = http
        self._abilities = Remembered(self._statement, now)

    def read(self, kind: str, identity: str) -> Json | None:
        """``identity`` must not be a personal number: it stands in the address."""
        answer = self.http.get(f"{kind}/{identity}", accept=FHIR_JSON, expect=(404, 410))
        return None if answer.is_absence else self._resource(answer, kind)

    def search(self, kind: str, fields: Mapping[str, str]) -> list[Json]:
        """The first page. Servers may ignore what they do not know (R4 §3.1.1.3.1): check what comes back."""
        answer = self.http.post_form(f"{kind}/_search", fields, accept=FHIR_JSON)
        if kind in PEOPLE:
            return self._people(answer, kind)
        bundle = self._resource(answer, "Bundle")
        found = [each.get("resource", {}) for each in bundle.get("entry", [])]
        wanted = [each for each in found if each.get("resourceType") == kind]
        if not all(is_valid(kind, each) for each in wanted):
            raise answer.unreadable()
        return wanted

    def _people(self, answer: Answer, kind: str) -> list[Json]:
        bundle = answer.json()
        entries = bundle.get("entry") or [] if isinstance(bundle, dict) else None
        if not isinstance(entries, list) or not is_valid("Bundle", {**bundle, "entry": []}):
            raise answer.unreadable()
        found = [each.get("resource") for each in entries if isinstance(each, dict)]
        wanted = [each for each in found if isinstance(each, dict) and each.get("resourceType") == kind]
        read = [tolerated(kind, each) for each in wanted]
        if None in read:
            raise answer.unreadable()
        return [each for each in read if each is not None]

    def can(self, kind: str, ability: str) -> bool:
        """``updateCreate`` or ``conditionalCreate`` of the CapabilityStatement for a type (R4 §2.43)."""
        return bool(self._abilities.current().get(kind, {}).get(ability))

    def takes(self, kind: str) -> bool:
        """Whether the CapabilityStatement lists the type, and where it lists interactions too, one that creates."""
        told = self._abilities.current().get(kind)
        if told is None:
            return False
        codes = {each.get("code") for each in told.get("interaction") or []}
        return not codes or "create" in codes or ("update" in codes and bool(told.get("updateCreate")))

    def create_once(self, resource: Json, identifier: str, *, look: bool = True) -> Written:
        """Create the resource unless it stands there. ``identifier`` (``system|value``) is its business identifier.

        Looked for first, since a server may overlook conditions; not where nothing was ever sent (``look`` False).
        Then update-as-create under our own id where the server offers it (R4 §3.1.0.7.1), so that ``If-None-Match: *``
        settles every race, else ``If-None-Exist`` (R4 §3.1.0.8.1).
        """
        kind = resource["resourceType"]
        can_put = self.can(kind, "updateCreate")
        found = self.with_identifier(kind, identifier) if look else None
        if found is not None:
            return Written(f"{kind}/{found['id']}", existed=True, resource=found)
        return self._put_once(resource) if can_put else self._post_once(resource, identifier)

    def change(self, read: Json, revise: Callable[[Json], Json | None]) -> None:
        """Write what ``revise`` makes of the resource; None leaves it as it is. Where somebody else changed it in
        between (412 with ``If-Match``, R4 §3.1.0.5; some servers say 409) it is read again and revised anew, so that
        their change stays. After ``CHANGE_TRIES`` it is ``PeerBusy``: a 409 that stays is a record somebody holds."""
        kind, identity, status = read["resourceType"], read["id"], 0
        for _ in range(CHANGE_TRIES):
            wanted = revise(read)
            if wanted is None:
                return
            status = self._replaced(wanted)
            if status not in (409, 412):
                return
            found = self.read(kind, identity)
            if found is None:
                break
            read = found
        raise PeerBusy(self.http.peer, LOCKED if status == 409 else "changed-meanwhile", sent=True)

    def _replaced(self, resource: Json) -> int:
        """The status of the answer."""
        kind, identity = resource["resourceType"], resource["id"]
        version = resource.get("meta", {}).get("versionId")
        headers = FHIR_HEADERS | ({"If-Match": f'W/"{version}"'} if version else {})
        return self.http.send("PUT", f"{kind}/{identity}", resource, headers=headers, expect=(409, 412)).status

    def _put_once(self, resource: Json) -> Written:
        kind, identity = resource["resourceType"], resource["id"]
        headers = FHIR_HEADERS | {"If-None-Match": "*"}
        answer = self.http.send("PUT", f"{kind}/{identity}", resource, headers=headers, expect=(412,))
        if answer.status != 412:
            return Written(f"{kind}/{identity}", existed=False)
        found = self.read(kind, identity)
        if found is None:
            raise PeerBusy(self.http.peer, "precondition-without-resource", sent=True)
        return Written(f"{kind}/{identity}", existed=True, resource=found)

    def _post_once(self, resource: Json, identifier: str) -> Written:
        kind = resource["resourceType"]
        body = {name: value for name, value in resource.items() if name != "id"}
        headers = FHIR_HEADERS | {"If-None-Exist": f"identifier={identifier}"}
        answer = self.http.send("POST", kind, body, headers=headers)
        return Written(self._reference(answer, kind, identifier), existed=answer.status == 200)

    def with_identifier(self, kind: str, identifier: str, **also: str) -> Json | None:
        """The one resource of that business identifier; two are a fault that a person must look at."""
        system, _, value = identifier.rpartition("|")
        found = [
            each
            for each in self.search(kind, {"identifier": identifier, **also})
            if any(i.get("system") == system and i.get("value") == value for i in identifiers_of(each))
        ]
        if len(found) > 1:
            raise PeerRefused(self.http.peer, SEVERAL)
        return found[0] if found else None

    def _reference(self, answer: Answer, kind: str, identifier: str) -> str:
        """From ``Location`` (``[base]/Kind/id/_history/v``), else by looking it up."""
        steps = answer.headers.get("location", "").split("/")
        if kind in steps[:-1]:
            return f"{kind}/{steps[steps.index(kind) + 1]}"
        found = self.with_identifier(kind, identifier)
        if found is None:
            raise PeerUnclear(self.http.peer, "no-location")
        return f"{kind}/{found['id']}"

    def _resource(self, answer: Answer, kind: str) -> Json:
        resource = answer.json()
        if kind in PEOPLE:
            resource = tolerated(kind, resource)
        if not is_valid(kind, resource):
            raise answer.unreadable()
        return dict(resource)

    def _statement(self) -> dict[str, Json]:
        statement = self._resource(self.http.get("metadata", accept=FHIR_JSON), "CapabilityStatement")
        return {each["type"]: each for rest in statement.get("rest", []) for each in rest.get("resource", [])}
