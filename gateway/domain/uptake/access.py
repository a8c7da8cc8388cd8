"""Who has had access to an organisation's consultations, for its half-yearly review (AD15). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from gateway.domain.practice import danish_day

LATELY = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Holder:
    """``places``: each workplace whose list she may see, and whether an administrator granted it. Nobody who never
    logged in has a name here."""

    id: str
    name: str
    role: str
    places: tuple[tuple[str, bool], ...]
    first_seen_at: datetime | None
    last_seen_at: datetime | None
    barred_at: datetime | None

    def use(self, now: datetime) -> str:
        """``never``, ``lately`` or ``before``."""
        if self.last_seen_at is None:
            return "never"
        return "lately" if now - self.last_seen_at <= LATELY else "before"

    def could_look(self, day: date) -> bool:
        """Whether she was known by then and her access was open: at the latest when she was first seen."""
        known = self.first_seen_at is not None and danish_day(self.first_seen_at) <= day
        return known and (self.barred_at is None or danish_day(self.barred_at) >= day)


def by_place(holders: Iterable[Holder]) -> list[tuple[str, Sequence[Holder]]]:
    """Workplaces by name, each with its people by name; last those who have none."""
    found: dict[str, list[Holder]] = {}
    for holder in holders:
        for place in dict.fromkeys(name for name, _ in holder.places) or ("",):
            found.setdefault(place, []).append(holder)
    ordered = sorted(found, key=lambda place: (not place, place.casefold()))
    return [(place, sorted(found[place], key=lambda each: (each.name.casefold(), each.id))) for place in ordered]
