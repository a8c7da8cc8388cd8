"""What a Danish care record says of who a citizen is (hl7dk/dk-core Patient), in FHIR's words; pure.

Nothing is guessed: two numbers in force, and a record that is no longer somebody's, stop a start with words.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from gateway.domain.errors import LaunchRefused
from gateway.domain.identifiers import CPR_SYSTEM, D_ECPR_SYSTEM, X_ECPR_SYSTEM, CitizenId, Cpr, ECpr
from gateway.domain.practice import danish_day

Json = Mapping[str, Any]
SEVERAL_NUMBERS: Final = "several-numbers"
DECEASED: Final = "deceased"
MERGED: Final = "merged"
INACTIVE: Final = "inactive"


def number_in_force(identifiers: Iterable[Json], day: date, path: str) -> CitizenId | None:
    """The CPR number in force that day, otherwise the replacement number: the national one before a region's own.

    None where the record has no number. Raises ``LaunchRefused`` (several-numbers) where it has two of a kind in force,
    and ``InvalidField`` for a number that is none."""
    known = numbers_in_force(identifiers, day, path)
    national = [each for each in known if each.system == X_ECPR_SYSTEM]
    for kind in ([each for each in known if isinstance(each, Cpr)], national, known):
        if len(kind) > 1:
            raise LaunchRefused(SEVERAL_NUMBERS, SEVERAL_NUMBERS)
        if kind:
            return kind[0]
    return None


def numbers_in_force(identifiers: Iterable[Json], day: date, path: str) -> Sequence[CitizenId]:
    """Each once. A replaced number (``use`` *old*, a period that has ended) is never used (R4 §2.24.0.2)."""
    found = [_citizen_id(each, f"{path}.{place}") for place, each in enumerate(identifiers) if is_in_force(each, day)]
    return list(dict.fromkeys(each for each in found if each is not None))


def is_in_force(identifier: Json, day: date) -> bool:
    period = identifier.get("period")
    start, end = (_day_of(period, name) if isinstance(period, Mapping) else None for name in ("start", "end"))
    return (
        bool(identifier.get("value"))
        and identifier.get("use") != "old"
        and (start is None or start <= day)
        and (end is None or day <= end)
    )


def _day_of(period: Json, name: str) -> date | None:
    """The first day of a start, the last of an end, where only a year or a month is said. What is no time says
    nothing of a start, and of an end that it has come: an end was meant."""
    said = str(period.get(name) or "")
    if not said:
        return None
    try:
        if "T" in said:
            return danish_day(datetime.fromisoformat(said))
        year, month, day = (*map(int, said.split("-")), 0, 0)[:3]
        if name == "start":
            return date(year, month or 1, day or 1)
        return date(year, month or 12, day or monthrange(year, month or 12)[1])
    except (ValueError, OverflowError):
        return None if name == "start" else date.min


def _citizen_id(identifier: Json, path: str) -> CitizenId | None:
    system, value = str(identifier.get("system") or ""), str(identifier["value"])
    if system == CPR_SYSTEM:
        return Cpr.parse(value, f"{path}.value")
    if system == X_ECPR_SYSTEM or system.startswith(D_ECPR_SYSTEM):
        return ECpr.parse(value, system, f"{path}.value")
    return None  # a number of the care system's own


def require_living_record(patient: Json) -> None:
    """Raises ``LaunchRefused`` (merged, deceased, inactive)."""
    if is_merged(patient):
        raise LaunchRefused(MERGED, MERGED)
    if patient.get("deceasedBoolean") is True or patient.get("deceasedDateTime"):
        raise LaunchRefused(DECEASED, DECEASED)
    if patient.get("active") is False:
        raise LaunchRefused(INACTIVE, INACTIVE)


def is_superseded(patient: Json) -> bool:
    """Another record of the same citizen is the one to use."""
    return is_merged(patient) or patient.get("active") is False


def is_merged(patient: Json) -> bool:
    return bool(_replacements(patient))


def replacement_of(patient: Json) -> str:
    """The reference of the one record that took this one's place; "" where none, or more than one, is named."""
    others = [each.get("other") for each in _replacements(patient)]
    named = {str(each.get("reference") or "") if isinstance(each, Mapping) else "" for each in others}
    return named.pop() if len(named) == 1 else ""


def _replacements(patient: Json) -> list[Json]:
    links = patient.get("link") or []
    return [each for each in links if isinstance(each, Mapping) and each.get("type") == "replaced-by"]
