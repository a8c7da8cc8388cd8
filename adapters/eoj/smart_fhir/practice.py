"""Whose patient the record says a citizen is: ``Patient.generalPractitioner`` in every form dk-core allows.

A practice is known by its ydernummer, or by its SOR id where master data knows the ydernummer of that. It is named by a
logical reference, an Organization, or a PractitionerRole that works for one; referred to or contained.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from adapters.wire.fhir import FhirServer
from adapters.wire.record import is_in_force
from gateway.domain.errors import InvalidField
from gateway.domain.identifiers import SOR_SYSTEM, YDERNUMMER_SYSTEM, SorId, Ydernummer
from gateway.domain.launch import PracticeClaim
from gateway.domain.practice import danish_day
from gateway.ports.registers import UnitDirectory

Json = dict[str, Any]
MOST_READ = 6  # resources in all: a launch has five seconds
KINDS = ("Organization", "PractitionerRole")


def practice_of(server: FhirServer, patient: Json, now: datetime, units: UnitDirectory | None) -> PracticeClaim | None:
    """None where the record names no practice, several, or one that nobody can tell the ydernummer of: which of them
    is the own one is not ours to guess."""
    day = danish_day(now)
    try:
        found = set(_Named(server, units, day).practices(patient))
    except InvalidField:
        return None  # registers write 999999 or 000000 where there is no doctor: the employee is asked
    number = found.pop() if len(found) == 1 else None
    return PracticeClaim(number, "eoj", day) if number else None


def ydernummer_in(identifiers: list[Json], day: date) -> Ydernummer | None:
    """Raises ``InvalidField`` for a number that is none."""
    found = _value(identifiers, YDERNUMMER_SYSTEM, day)
    return Ydernummer.parse(found, "Organization.identifier.value") if found else None


def _value(identifiers: list[Json], system: str, day: date) -> str:
    known = (each for each in identifiers if each.get("system") == system and is_in_force(each, day))
    return next((str(each["value"]) for each in known), "")


@dataclass(slots=True)
class _Named:
    server: FhirServer
    units: UnitDirectory | None
    day: date
    left: int = MOST_READ

    def practices(self, patient: Json) -> Iterator[Ydernummer | None]:
        """None: one that cannot be told. A person who is named as doctor is no practice."""
        for each in patient.get("generalPractitioner") or []:
            kind = str(each.get("type") or each.get("reference") or "")
            if each.get("identifier") and (number := self._by_identifiers([each["identifier"]])):
                yield number
            elif "Practitioner/" not in kind and kind != "Practitioner":
                yield self._referred(each, patient)

    def _referred(self, reference: Json, holder: Json) -> Ydernummer | None:
        named = str(reference.get("reference") or "")
        found = self._resource(named, holder)
        if found is None:
            return None
        if found.get("resourceType") != "PractitionerRole":
            return self._by_identifiers(found.get("identifier") or [])
        employer = found.get("organization") or {}
        said = self._by_identifiers([employer["identifier"]]) if employer.get("identifier") else None
        return said or self._referred(employer, holder if named.startswith("#") else found)

    def _resource(self, reference: str, holder: Json) -> Json | None:
        """``left``: a record may lead in a circle."""
        if not self.left:
            return None
        self.left -= 1
        if reference.startswith("#"):
            held = holder.get("contained") or []
            return next((each for each in held if each.get("id") == reference[1:]), None)
        steps = reference.partition("/_history/")[0].split("/")
        if len(steps) < 2 or steps[-2] not in KINDS:
            return None
        return self.server.read(steps[-2], steps[-1])

    def _by_identifiers(self, identifiers: list[Json]) -> Ydernummer | None:
        number = ydernummer_in(identifiers, self.day)
        if number is not None or self.units is None:
            return number
        sor = _value(identifiers, SOR_SYSTEM, self.day)
        return self.units.ydernummer_of(SorId.parse(sor), self.day) if sor else None
