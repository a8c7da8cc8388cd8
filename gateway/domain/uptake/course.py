"""What an organisation's consultations came to, without anybody in them: whom they asked, how soon, how they ended.
Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from gateway.domain.consultation.aggregate import Ending

SOON = timedelta(minutes=5)
FEW = 5  # what is fewer, and not none, is told as that: a small number can be somebody
LATELY = 90  # days


def days_before(today: date, count: int = LATELY) -> list[date]:
    """Today and the days before it, the earliest first."""
    return [today - timedelta(days=back) for back in range(count - 1, -1, -1)]


@dataclass(frozen=True, slots=True)
class Asked:
    """One practice of a consultation: after how many seconds somebody there saw it, and why it was rejected."""

    practice: str
    seen_after: int | None
    rejected: str


@dataclass(frozen=True, slots=True)
class Course:
    """One consultation. ``ending`` empty: open. ``practice``: asked last, or meant. ``talk`` and ``filed``: seconds of
    the talk, and from its end to the note in the record."""

    day: date
    begun: datetime
    workplace: str
    ending: str
    practice: str
    device: str
    talk: int | None
    filed: int | None
    asked: tuple[Asked, ...]

    @property
    def is_started(self) -> bool:
        return self.ending != Ending.ABANDONED

    @property
    def seen_after(self) -> int | None:
        """Of the practice asked first."""
        return self.asked[0].seen_after if self.asked else None


@dataclass(slots=True)
class Uptake:
    """What one practice did with what it was asked. ``wanted``: consultations about its patients."""

    wanted: int = 0
    asked: int = 0
    seen_soon: int = 0
    by_phone: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    last_seen: datetime | None = None

    @property
    def soon_percent(self) -> int | None:
        """None where there were too few to say."""
        return round(100 * self.seen_soon / self.asked) if self.asked >= FEW else None


def is_few(count: int) -> bool:
    return 0 < count < FEW


def uptake_of(courses: Iterable[Course]) -> dict[str, Uptake]:
    """By practice."""
    found: dict[str, Uptake] = {}
    for course in courses:
        for practice in {course.practice, *(each.practice for each in course.asked)} - {""}:
            found.setdefault(practice, Uptake()).wanted += 1
        if course.practice and course.ending == Ending.HELD_BY_PHONE:
            found[course.practice].by_phone += 1
        for each in course.asked:
            _add(found[each.practice], each, course.begun)
    return found


def _add(uptake: Uptake, asked: Asked, begun: datetime) -> None:
    uptake.asked += 1
    if asked.rejected:
        uptake.rejected[asked.rejected] += 1
    if asked.seen_after is not None:
        uptake.seen_soon += asked.seen_after <= SOON.total_seconds()
        seen = begun + timedelta(seconds=asked.seen_after)
        uptake.last_seen = max(uptake.last_seen or seen, seen)
