"""Planned maintenance of connections: when, what is said, what differs afterwards, how what was held goes out. Pure.

Times of day are Danish wall-clock time: a window "22:00–02:00" begins and ends when the clock on the wall says so, be
it three, four or five hours later.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from gateway.domain.errors import InvalidField
from gateway.domain.identifiers import contains_citizen_number
from gateway.domain.practice import COPENHAGEN

LOOKS_BEFORE = timedelta(minutes=10)  # so long before its beginning the peers are asked what they can
TRIES_EVERY = timedelta(minutes=1)  # at the end, until the connection answers
OVERRUN = timedelta(minutes=30)  # so long after its end a connection that does not answer is an alarm
DRAINS_WITHIN = timedelta(minutes=30)  # afterwards what is late is an alarm again
LONGEST = timedelta(hours=24)
RAMP = ((10, 1), (30, 5))  # seconds, rows a second; then ``FULL``
FULL = 20
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVERY_WEEK, LAST = 0, 5
WORDS_LENGTH = (10, 300)
MOST_FACTS, MOST_OF_A_FACT = 2000, 200


class WindowStage(StrEnum):
    """Where a window stands."""

    PLANNED = "planned"
    RUNNING = "running"  # its connections are paused; past its end they are tried until they answer
    DRAINING = "draining"  # all answer again; what was held goes out, faster and faster
    DONE = "done"
    CANCELLED = "cancelled"


MUTED = (WindowStage.RUNNING, WindowStage.DRAINING)


@dataclass(frozen=True, slots=True)
class Repeat:
    """Every week on that weekday (0 is Monday), or on the first to fourth or the last (``LAST``) of a month."""

    nth: int
    weekday: int

    @classmethod
    def parse(cls, code: str) -> Repeat | None:
        """ "2 tue", "0 sun" for every Sunday, "5 fri" for the last Friday; None for ""."""
        if not code:
            return None
        nth, _, day = code.partition(" ")
        if nth not in {str(each) for each in range(LAST + 1)} or day not in WEEKDAYS:
            raise InvalidField("repeat", "unknown")
        return cls(int(nth), WEEKDAYS.index(day))

    @property
    def code(self) -> str:
        return f"{self.nth} {WEEKDAYS[self.weekday]}"

    def after(self, day: date) -> date:
        """The next such day after that one."""
        return next(each for each in _days_after(day) if self._is_on(each))

    def _is_on(self, day: date) -> bool:
        if day.weekday() != self.weekday:
            return False
        if self.nth == LAST:
            return (day + timedelta(days=7)).month != day.month
        return self.nth == EVERY_WEEK or (day.day - 1) // 7 + 1 == self.nth


def _days_after(day: date) -> Iterator[date]:
    while True:
        day += timedelta(days=1)
        yield day


def on_the_wall(day: date, at: time, *, last: bool = False) -> datetime:
    """That time of day as a moment. An hour that is skipped in spring is the one after it; of the hour that comes twice
    in autumn the first, or the ``last``."""
    local = datetime.combine(day, at, COPENHAGEN).replace(fold=int(last))
    return local.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Hours:
    """On a day of the wall's calendar; an end that is not after the beginning is on the day after."""

    day: date
    begins: time
    ends: time

    @property
    def starts_at(self) -> datetime:
        return on_the_wall(self.day, self.begins)

    @property
    def ends_at(self) -> datetime:
        over_midnight = self.ends <= self.begins
        return on_the_wall(self.day + timedelta(days=over_midnight), self.ends, last=True)


@dataclass(frozen=True, slots=True)
class FactChange:
    """One thing a peer says of itself otherwise than before; "" where it did not say it, or says it no more."""

    fact: str
    before: str
    after: str


Facts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Held:
    """One connection of a window. ``paused``: by the window, so that it is resumed by it. ``before``: what it said of
    itself, None where it could not be asked. ``fault``: why its last trial after the end failed."""

    connection: str
    paused: bool = False
    before: Facts | None = field(default=None, repr=False)
    changes: tuple[FactChange, ...] = ()
    compared: bool = False
    resumed_at: datetime | None = None
    held: int = 0
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """``tenant`` None: the operator's. ``words`` are what the nurses read. ``upgrades_from``: where it is no other
    system's maintenance but an upgrade of our own, the version that ran when it was announced; it holds no
    connection."""

    id: UUID
    tenant: UUID | None
    words: str
    hours: Hours
    repeat: Repeat | None
    stage: WindowStage
    ends_at: datetime  # earlier than the hours say where somebody has ended it
    by: str
    at: datetime
    connections: tuple[Held, ...] = ()
    upgrades_from: str | None = None

    @property
    def starts_at(self) -> datetime:
        return self.hours.starts_at

    @property
    def waits_for(self) -> tuple[Held, ...]:
        """Connections it has paused and not resumed yet."""
        return tuple(each for each in self.connections if each.paused and each.resumed_at is None)

    def is_overrun(self, now: datetime) -> bool:
        return self.stage is WindowStage.RUNNING and bool(self.waits_for) and now >= self.ends_at + OVERRUN


@dataclass(frozen=True, slots=True)
class Plan:
    """What somebody wants; sound once ``require_sound`` has said nothing."""

    connections: tuple[str, ...]
    hours: Hours
    words: str
    repeat: Repeat | None = None


def require_sound(plan: Plan, now: datetime) -> None:
    """Raises ``InvalidField``."""
    if not plan.connections:
        raise InvalidField("connections", "required")
    require_sayable(plan, now)


def require_sayable(plan: Plan, now: datetime) -> None:
    """Its words and hours alone; raises ``InvalidField``."""
    shortest, longest = WORDS_LENGTH
    if not shortest <= len(plan.words) <= longest:
        raise InvalidField("message", "too-short" if len(plan.words) < shortest else "too-long")
    if contains_citizen_number(plan.words):
        raise InvalidField("message", "no-number-here")
    if plan.hours.ends_at <= max(now, plan.hours.starts_at):
        raise InvalidField("day", "past")
    if plan.hours.ends_at - plan.hours.starts_at > LONGEST + timedelta(hours=1):  # the long day of autumn
        raise InvalidField("ends", "too-long")


def next_hours(window: Window) -> Hours | None:
    """Of the next time; None where it does not come back."""
    if window.repeat is None:
        return None
    return Hours(window.repeat.after(window.hours.day), window.hours.begins, window.hours.ends)


def offsets(rows: int) -> Iterator[timedelta]:
    """When each of so many held rows becomes due after the end: one a second, then 5, then 20."""
    second, sent = 0, 0
    steps = [rate for seconds, rate in RAMP for _ in range(seconds)]
    while sent < rows:
        rate = steps[second] if second < len(steps) else FULL
        for place in range(min(rate, rows - sent)):
            yield timedelta(seconds=second + place / rate)
        sent, second = sent + rate, second + 1


def facts_of(document: Any) -> dict[str, str]:
    """What a peer says of itself, flat and cut to a bearable length. Members of a list are told apart by what they are
    called, so that another order is no difference."""
    return dict(sorted(_flat("", document))[:MOST_FACTS])


_CALLED = ("type", "name", "code", "url", "rel", "mode", "system")
# When and by which build the document was made, which differs without any other difference.
_PASSING = frozenset({"date", "id", "meta", "text", "lastUpdated"})


def _flat(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if str(key) not in _PASSING:
                yield from _flat(f"{path}.{key}" if path else str(key), inner)
    elif isinstance(value, (list, tuple)):
        yield from _members(path, value)
    elif value is not None and value != "":
        yield path[:MOST_OF_A_FACT], str(value)[:MOST_OF_A_FACT]


def _members(path: str, values: Sequence[Any]) -> Iterator[tuple[str, str]]:
    for value in values:
        if isinstance(value, Mapping):
            called = next((str(value[key]) for key in _CALLED if isinstance(value.get(key), str)), "")
            yield from _flat(f"{path}[{called}]", value)
        elif not isinstance(value, (list, tuple)):
            yield f"{path}[{value}]"[:MOST_OF_A_FACT], "✓"


def compared(before: Facts, after: Facts) -> tuple[FactChange, ...]:
    differing = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
    return tuple(FactChange(name, before.get(name, ""), after.get(name, "")) for name in differing)
