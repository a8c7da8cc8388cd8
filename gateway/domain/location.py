"""A unit of the health organisation register (SOR): where a practice stands in it, and how its system is reached."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from gateway.domain.identifiers import Gln, SorId, Ydernummer


@dataclass(frozen=True, slots=True)
class SorUnit:
    """One version of one unit. ``gln`` is the location number in force for it, its own or inherited from ``gln_from``;
    empty with a ``gln_flaw`` (inactive, internal-only, not-a-gln) where messages must not be sent there."""

    sor_id: SorId
    name: str
    kind: str  # owner | institution | unit
    valid_from: date
    valid_to: date | None = None
    parent: str = ""
    ydernummer: Ydernummer | None = None
    gln: Gln | None = None
    gln_flaw: str = ""
    gln_from: str = ""
    supplier: str = ""  # code of the practice system's supplier: a table with manual override says which adapter
    system_type: str = ""
    communication: str = ""
    institution_type: str = ""
    specialities: tuple[str, ...] = ()

    def valid_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)
