"""Who has had access to an organisation's consultations, for its half-yearly review (AD15). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from gateway.domain.errors import InvalidField
from gateway.domain.practice import COPENHAGEN, danish_day

LATELY = timedelta(days=90)
USES = ("lately", "before", "never")


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


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom the review is about: of one ``use``, who could look on that ``day``, of one workplace."""

    use: str = ""
    day: date | None = None
    place: UUID | None = None

    @property
    def known_before(self) -> datetime | None:
        """First seen before this; None: whenever that was."""
        if self.day is None:
            return None
        after = self.day + timedelta(days=1)
        return datetime(after.year, after.month, after.day, tzinfo=COPENHAGEN)

    def seen(self, now: datetime) -> tuple[datetime | None, datetime | None]:
        """Last seen from, and before."""
        if self.use == "never":
            return now + LATELY, None
        return (now - LATELY, None) if self.use == "lately" else (None, now - LATELY if self.use else None)

    @property
    def takes_used(self) -> bool:
        return self.use != "never"

    @property
    def takes_unused(self) -> bool:
        """Whoever never logged in could look on no day."""
        return self.use in ("", "never") and self.day is None


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a page ended: when the last one was first seen (None: never, or not the order), and her id."""

    seen: datetime | None
    id: UUID

    def __str__(self) -> str:
        return f"{self.seen.isoformat() if self.seen else ''}~{self.id}"

    @classmethod
    def parse(cls, text: str) -> Mark:
        seen, _, id = text.rpartition("~")
        try:
            mark = cls(datetime.fromisoformat(seen) if seen else None, UUID(id))
        except ValueError:
            raise InvalidField("after", "unreadable") from None
        if mark.seen and mark.seen.tzinfo is None:
            raise InvalidField("after", "unreadable")
        return mark


@dataclass(frozen=True, slots=True)
class Some:
    """A page of people; ``then``: where the next one begins, None where this is the last."""

    people: Sequence[Holder]
    then: Mark | None


def by_place(holders: Iterable[Holder]) -> list[tuple[str, Sequence[Holder]]]:
    """Workplaces by name, each with its people by name; last those who have none."""
    found: dict[str, list[Holder]] = {}
    for holder in holders:
        for place in dict.fromkeys(name for name, _ in holder.places) or ("",):
            found.setdefault(place, []).append(holder)
    ordered = sorted(found, key=lambda place: (not place, place.casefold()))
    return [(place, by_name(found[place])) for place in ordered]


def by_name(holders: Iterable[Holder]) -> list[Holder]:
    return sorted(holders, key=lambda each: (each.name.casefold(), each.id))
