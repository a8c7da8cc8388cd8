"""Who is who in a message: organisations by their identifiers, citizens by their numbers in force. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from adapters.wire.medcom.loose import listed, mapping, moment, text
from gateway.domain.identifiers import CPR_SYSTEM, D_ECPR_SYSTEM, X_ECPR_SYSTEM

Json = dict[str, Any]
Identifiers = frozenset[tuple[str, str]]  # (system, value)
_NAMING = ("subject", "patient", "about")  # references to whom something is about


def identifiers(resource: Json | None) -> Identifiers:
    found = listed(mapping(resource).get("identifier"))
    return frozenset((text(each.get("system")), text(each.get("value"))) for each in found)


def subjects(bundle: Json, now: datetime) -> tuple[Identifiers, ...]:
    """The numbers in force of every Patient, wherever in the message it stands, and of every reference that names a
    person by number: a message that is about two people is about both. A Patient without a number is nobody known."""
    return tuple(dict.fromkeys(_people(bundle, now)))


def is_person_system(system: str) -> bool:
    return system in (CPR_SYSTEM, X_ECPR_SYSTEM) or system.startswith(D_ECPR_SYSTEM)


def _people(value: Any, now: datetime) -> Iterator[Identifiers]:
    if isinstance(value, list):
        for each in value:
            yield from _people(each, now)
    elif isinstance(value, dict):
        if value.get("resourceType") == "Patient":
            yield frozenset(_in_force(listed(value.get("identifier")), now))
        for name, below in value.items():
            if name in _NAMING or _says_patient(name, below):
                yield from _named_by_number(below, now)
            yield from _people(below, now)


def _says_patient(name: str, value: Any) -> bool:
    """A reference that says so, whatever its member is called, and one in an extension that does not say of what type
    it is. Not so ``Patient.link.other``: an earlier record of the same citizen."""
    kinds = [each.get("type") for each in ([value] if isinstance(value, dict) else listed(value))]
    return name != "other" and ("Patient" in kinds or (name == "valueReference" and None in kinds))


def _named_by_number(reference: Any, now: datetime) -> Iterator[Identifiers]:
    for each in [reference] if isinstance(reference, dict) else listed(reference):
        numbers = frozenset(
            (system, value)
            for system, value in _in_force([mapping(each.get("identifier"))], now)
            if is_person_system(system)
        )
        if numbers:
            yield numbers


def _in_force(found: list[Json], now: datetime) -> Iterator[tuple[str, str]]:
    """Replaced numbers (``use`` *old*, a period that has ended) say nothing about who it is today."""
    for each in found:
        system, value = text(each.get("system")), text(each.get("value"))
        ended = moment(_end(mapping(each.get("period")).get("end")))
        if value and each.get("use") != "old" and (ended is None or ended >= now):
            yield system, value


def _end(value: Any) -> Any:
    """A date alone ends with its day, counted late rather than early."""
    return f"{value}T23:59:59+00:00" if isinstance(value, str) and len(value) == 10 else value
