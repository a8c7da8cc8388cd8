"""Invariants that a value keeps for a reason which is seen without FHIRPath: evaluating them takes longer than all
other rules of a message together. Pure.

Each looks for the one reason by which ordinary messages keep the rule. Where it finds it the rule is kept; where it
does not, FHIRPath decides. Values have been judged by their types before (``structure``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

Json = dict[str, Any]
SOR: Final = "urn:oid:1.2.208.176.1.1"


def keeps(key: str, value: Any) -> bool:
    """``key``: the rule's own. False says nothing."""
    reason = REASONS.get(key)
    return reason is not None and reason(value)


def _resources(bundle: Json, kind: str) -> Iterator[Json]:
    for entry in bundle.get("entry") or ():
        resource = entry.get("resource") or {}
        if resource.get("resourceType") == kind:
            yield resource


def _is_message(bundle: Json) -> bool:
    return bundle.get("type") == "message"


def _no_entry_has(name: str) -> Callable[[Json], bool]:
    return lambda bundle: _is_message(bundle) and not any(name in entry for entry in bundle.get("entry") or ())


def _has_distinct_addresses(bundle: Json) -> bool:
    entries = bundle.get("entry") or []
    urls = [entry["fullUrl"] for entry in entries if "fullUrl" in entry]
    versions = any("versionId" in (entry.get("resource") or {}).get("meta", {}) for entry in entries)
    return len(set(urls)) == len(urls) and not versions


def _begins_with_a_header(bundle: Json) -> bool:
    entries = bundle.get("entry") or [{}]
    return bool((entries[0].get("resource") or {}).get("resourceType") == "MessageHeader")


def _contains_nothing(resource: Json) -> bool:
    return "contained" not in resource


def _has_a_whole_gln(digits: str) -> bool:
    """GS1: the last digit brings the weighted sum to a multiple of ten."""
    if len(digits) != 13 or not (digits.isascii() and digits.isdigit()):
        return False
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits[:12]))
    return (10 - weighted % 10) % 10 == int(digits[12])


def _is_named_by_sor(organisation: Json) -> bool:
    return any(each.get("system") == SOR for each in organisation.get("identifier") or ())


def _has_a_named_practitioner(bundle: Json) -> bool:
    return any(each.get("name") for each in _resources(bundle, "Practitioner"))


def _has_a_practitioner_in_a_role(bundle: Json) -> bool:
    return any((each.get("practitioner") or {}).get("reference") for each in _resources(bundle, "PractitionerRole"))


def _no_communication_has(name: str) -> Callable[[Json], bool]:
    return lambda bundle: not any(name in each for each in _resources(bundle, "Communication"))


REASONS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "bdl-1": lambda bundle: "total" not in bundle,
    "bdl-2": _no_entry_has("search"),
    "bdl-3": _no_entry_has("request"),
    "bdl-4": _no_entry_has("response"),
    "bdl-5": lambda entry: bool(entry.get("resource")),
    "bdl-7": _has_distinct_addresses,
    "bdl-8": lambda entry: "/_history/" not in entry.get("fullUrl", "/_history/"),
    "bdl-9": _is_message,
    "bdl-10": _is_message,
    "bdl-11": _is_message,
    "bdl-12": _begins_with_a_header,
    "dom-2": _contains_nothing,
    "dom-4": _contains_nothing,
    "dom-5": _contains_nothing,
    "org-1": lambda organisation: bool(organisation.get("identifier") or organisation.get("name")),
    "pat-1": lambda patient: bool(patient.get("name")),
    "gln-modulus-10": _has_a_whole_gln,
    "dk-core-organization-mandatory-identifier": _is_named_by_sor,
    "medcom-messaging-2": lambda bundle: any(_resources(bundle, "Provenance")),
    "medcom-careCommunication-2": lambda bundle: len(list(_resources(bundle, "Patient"))) == 1,
    "medcom-careCommunication-4": _has_a_named_practitioner,
    "medcom-careCommunication-11": _no_communication_has("extension"),
    "medcom-careCommunication-12": _no_communication_has("recipient"),
    "medcom-careCommunication-13": _has_a_practitioner_in_a_role,
}
