"""What SOR's two layouts share: a location number with its indicators, and days as they are written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import TypedDict

from gateway.domain.errors import InvalidField
from gateway.domain.identifiers import Gln, SorId, Ydernummer
from gateway.domain.location import SorUnit
from gateway.masterdata.refusal import RegisterRefused

LONGEST_NAME = 200


class Reach(TypedDict, total=False):
    """What a location number gives a ``SorUnit``; nothing where there is none."""

    gln: Gln | None
    gln_flaw: str
    gln_from: str
    supplier: str
    system_type: str
    communication: str


@dataclass(frozen=True, slots=True)
class Location:
    """A location number as a unit has it for itself. ``holder``: that unit's SOR id."""

    code: str = ""
    inactive: bool = False
    internal: bool = False
    supplier: str = ""
    system_type: str = ""
    communication: str = ""
    holder: str = ""

    def reach(self) -> Reach:
        """The number to send to, or why none: an inactive or internal one must not be used (requirements.md P2.4)."""
        return _reach(self) if self.code else {}


NOWHERE = Location()


@lru_cache(maxsize=16_384)
def _reach(location: Location) -> Reach:
    gln, flaw = _number(location)
    return {
        "gln": gln,
        "gln_flaw": flaw,
        "gln_from": location.holder,
        "supplier": location.supplier,
        "system_type": location.system_type,
        "communication": location.communication,
    }


def _number(location: Location) -> tuple[Gln | None, str]:
    if location.inactive:
        return None, "inactive"
    if location.internal:
        return None, "internal-only"
    try:
        return Gln.parse(location.code), ""
    except InvalidField:
        return None, "not-a-gln"


def located(unit: SorUnit, location: Location) -> SorUnit:
    """The unit with its location number, or with what is wrong with it."""
    return replace(unit, **location.reach()) if location.code else unit


def truth(text: str) -> bool:
    return text.strip().lower() in ("true", "1", "ja", "j", "yes")


@lru_cache(maxsize=65_536)
def _day(bare: str) -> date | None:
    """The few thousand days of a register, each read once; None where it is no day."""
    try:
        if bare[2:3] in "-." and bare[5:6] in "-.":
            return date(int(bare[6:10]), int(bare[3:5]), int(bare[:2]))
        return date.fromisoformat(bare)
    except ValueError:
        return None


def day_of(text: str, where: str) -> date | None:
    """``yyyy-mm-dd``, with or without a time of day; ``dd-mm-yyyy`` as the Danish exports write it; blank is none."""
    bare = text.strip()[:10]
    if not bare:
        return None
    day = _day(bare)
    if day is None:
        raise RegisterRefused("date", f"{where} is no date")
    return day


def sor_id_of(text: str, where: str) -> SorId:
    try:
        return SorId.parse(text)
    except InvalidField:
        raise RegisterRefused("field", f"{where}: not a SOR id") from None


@lru_cache(maxsize=16_384)
def ydernummer_of(text: str) -> Ydernummer | None:
    """As many units have a foreign provider number as a Danish one: what is none is none."""
    try:
        return Ydernummer.parse(text)
    except InvalidField:
        return None


def name_of(text: str) -> str:
    return " ".join(text.split())[:LONGEST_NAME]
