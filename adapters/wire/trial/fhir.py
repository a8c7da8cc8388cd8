"""What a FHIR server says of itself, held against what we need of it (R4 §2.2 CapabilityStatement)."""

from __future__ import annotations

from typing import Any, Final

from adapters.wire.http import FHIR_JSON, PeerHttp
from gateway.domain.peers.trial import Cause, TrialFailed, sayable

SPEAKS: Final = "FHIR R4"
VERSION: Final = "4.0.1"


def r4_statement(http: PeerHttp) -> dict[str, Any]:
    """Fetched anew; ``TrialFailed`` where it speaks another release, ``PeerUnclear`` where it is no such statement."""
    answer = http.get("metadata", accept=FHIR_JSON)
    found = answer.json()
    if not isinstance(found, dict) or found.get("resourceType") != "CapabilityStatement":
        raise answer.unreadable()
    theirs = str(found.get("fhirVersion", ""))
    if not theirs.startswith("4.0"):
        raise TrialFailed(Cause.VERSION, {"theirs": sayable(theirs) or "–", "ours": VERSION})
    return found


def require_found_by_id(statement: dict[str, Any], kind: str) -> None:
    """Ours must be found again by our id: by an address that we choose, or by a search. One that lists no search
    parameters at all may know it."""
    servers = [each for each in statement.get("rest") or [] if isinstance(each, dict)]
    resources = [each for rest in servers for each in rest.get("resource") or [] if isinstance(each, dict)]
    told = next((each for each in resources if each.get("type") == kind), None)
    if told is None or told.get("updateCreate"):
        return
    names = [each.get("name") for each in told.get("searchParam") or [] if isinstance(each, dict)]
    if names and "identifier" not in names:
        raise TrialFailed(Cause.CAPABILITY, {"what": "search-by-id"})
