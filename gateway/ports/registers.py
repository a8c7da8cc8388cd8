"""Registers and look-ups: practices by ydernummer, citizens in the national registers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Protocol, runtime_checkable

from gateway.domain.capability import Capability as Capability
from gateway.domain.citizen.finding import Finding, Question
from gateway.domain.citizen.lookup import InsuredPeriods, NationalAnswer
from gateway.domain.identifiers import CitizenId, SorId, Ydernummer
from gateway.domain.practice import Practice


class ProviderDirectory(Protocol):
    def find(self, ydernummer: Ydernummer, on: date) -> Practice | None:
        """The version valid on that day, else the latest one, else None."""

    def search(self, text: str, on: date, limit: int = 20) -> Sequence[Practice]:
        """By ydernummer, name or place."""


class UnitDirectory(Protocol):
    """Health organisation units (SOR)."""

    def ydernummer_of(self, unit: SorId, on: date) -> Ydernummer | None:
        """The provider number of that unit, None where it has none that day or is not known."""


@runtime_checkable
class KnowingUnits(Protocol):
    """An adapter that meets SOR ids: handed the directory before its first call."""

    def look_units_up_in(self, units: UnitDirectory) -> None: ...


class NationalLookup(Protocol):
    """A national service that knows whose patient a citizen is (Det Gode CPR-opslag)."""

    name: str

    def find(self, identifier: CitizenId, now: datetime) -> NationalAnswer:
        """What the service says now, unjudged; no such citizen is ``NationalAnswer.nobody``.

        Raises only ``PeerError``s (``PeerCannot`` for a replacement number the service does not take), within the
        adapter's own time limit."""


class InsuredRegister(Protocol):
    """The copy of the Sikrede register we hold ourselves."""

    def find_insured(self, identifier: CitizenId) -> tuple[date | None, InsuredPeriods | None]:
        """The day of the register in force (None: there is none), and the citizen in it (None: not listed)."""


# ``masterdata.resolver.resolve``: weighs what the sources said, with the register's version of each practice named.
PracticeResolver = Callable[[Question, Callable[[Ydernummer], Practice | None]], Finding]
