"""A practice: what the register says, when it takes video, and whether anyone is looking (requirements.md D8)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from gateway.domain.errors import InvalidField
from gateway.domain.identifiers import Ydernummer

COPENHAGEN = ZoneInfo("Europe/Copenhagen")


def danish_day(moment: datetime) -> date:
    """The calendar day in Denmark: the register's dates change at its midnight, not at that of UTC."""
    return moment.astimezone(COPENHAGEN).date()


CLOSING_SOON = timedelta(minutes=20)  # who waits is told so long before (requirements.md U03)
_DANISH_NUMBER = re.compile(r"(?:\+45)?([2-9]\d{7})")
GENERAL_PRACTICE = "80"  # Yderregister HvdSpecKode, "almen lægegerning"


def direct_number(text: str) -> str:
    """A practice's direct number as its eight digits, however it was spaced; empty takes it away (C15).

    No Danish subscriber's number begins with 0 or 1: those are reserved for short and special numbers (112, 1813)."""
    typed = re.sub(r"[\s.\-]", "", text)
    if not typed:
        return ""
    found = _DANISH_NUMBER.fullmatch(typed)
    if found is None:
        raise InvalidField("direct_phone", "not-eight-digits")
    return found[1]


class Attended(StrEnum):
    """Whether a person looks at the queue; an answering system is not a person."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class AgreementPolicy(StrEnum):
    """Whether a consultation must be agreed beforehand (D9)."""

    REQUIRED = "required"
    RECOMMENDED = "recommended"
    FREE = "free"


def stricter(one: AgreementPolicy, other: AgreementPolicy) -> AgreementPolicy:
    return min(one, other, key=list(AgreementPolicy).index)


@dataclass(frozen=True, slots=True)
class Practice:
    """One version of a practice in the Yderregister."""

    ydernummer: Ydernummer
    name: str
    phone: str
    address: str
    postcode: str
    district: str
    speciality: str
    speciality_text: str
    valid_from: date
    valid_to: date | None = None

    def valid_on(self, day: date) -> bool:
        """``TilgDatoYder`` ≤ day < ``AfgDatoYder``, an open end counting as valid (requirements.md P2.1)."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)

    @property
    def is_general_practice(self) -> bool:
        return self.speciality == GENERAL_PRACTICE


@dataclass(frozen=True, slots=True)
class Span:
    """Opening hours of one weekday in local time, from inclusive, to exclusive."""

    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class VideoHours:
    """Weekly hours (0 = Monday), dated exceptions (an empty tuple = closed) and a switch that overrules both.

    ``switch``: ``None`` follows the hours; True or False holds until ``switch_until`` (for ever where None).
    ``paused_until``: nobody looks until then, and it opens again by itself; who waits goes on waiting.
    ``agreed_only``: only who has an agreed time may come.
    """

    weekly: Mapping[int, tuple[Span, ...]] = field(default_factory=dict)
    exceptions: Mapping[date, tuple[Span, ...]] = field(default_factory=dict)
    switch: bool | None = None
    switch_until: datetime | None = None
    paused_until: datetime | None = None
    agreed_only: bool = False

    def is_open(self, now: datetime) -> bool:
        return not self.is_paused(now) and self._is_open_but_for_pauses(now)

    def is_paused(self, now: datetime) -> bool:
        return self.paused_until is not None and now < self.paused_until

    def _is_open_but_for_pauses(self, now: datetime) -> bool:
        if self._switched(now):
            return bool(self.switch)
        local = now.astimezone(COPENHAGEN)
        return any(span.opens <= local.time() < span.closes for span in self._spans(local.date()))

    def reopens_at(self, now: datetime, days: int = 120) -> datetime | None:
        """The next opening after ``now`` as the hours say, or the end of a closing switch within open hours."""
        if self.paused_until is not None and self.is_paused(now):
            later = replace(self, paused_until=None)
            return self.paused_until if later.is_open(self.paused_until) else later.reopens_at(self.paused_until, days)
        start = now
        if self._switched(now) and self.switch is False:
            if self.switch_until is None:
                return None
            start = self.switch_until
            if self.is_open(start):
                return start
        return self._next_opening(start, days)

    def closes_at(self, now: datetime) -> datetime | None:
        """End of the span that holds ``now``; None where it is closed, or open by switch without an end."""
        if self._switched(now):
            return self.switch_until if self.switch else None
        local = now.astimezone(COPENHAGEN)
        for span in self._spans(local.date()):
            if span.opens <= local.time() < span.closes:
                closing = datetime.combine(local.date(), span.closes, COPENHAGEN)
                return closing.replace(fold=local.fold)  # the hour that comes twice in October
        return None

    def on_holiday(self, now: datetime) -> bool:
        """Closed the whole day by a dated exception, and not opened by hand."""
        closed_day = self.exceptions.get(danish_day(now)) == ()
        return closed_day and not self._switched(now)

    def closed_days(self, today: date) -> list[tuple[date, date]]:
        """Days closed by exceptions from today on, in runs: first and last of each."""
        runs: list[tuple[date, date]] = []
        for day in sorted(d for d, spans in self.exceptions.items() if not spans and d >= today):
            if runs and runs[-1][1] + timedelta(days=1) == day:
                runs[-1] = (runs[-1][0], day)
            else:
                runs.append((day, day))
        return runs

    def _switched(self, now: datetime) -> bool:
        return self.switch is not None and (self.switch_until is None or now < self.switch_until)

    def _spans(self, day: date) -> tuple[Span, ...]:
        return self.exceptions.get(day, self.weekly.get(day.weekday(), ()))

    def _next_opening(self, now: datetime, days: int) -> datetime | None:
        local = now.astimezone(COPENHAGEN)
        for offset in range(days):
            day = local.date() + timedelta(days=offset)
            for span in sorted(self._spans(day), key=lambda s: s.opens):
                opening = datetime.combine(day, span.opens, COPENHAGEN)
                if opening > now:
                    return opening
        return None


@dataclass(frozen=True, slots=True)
class PracticeChange:
    """Something a practice has said about itself: what, and who said it."""

    at: datetime
    what: str
    value: str
    by: str  # kind and id of the actor


@dataclass(frozen=True, slots=True)
class PracticeState:
    """Connected × open × attended, known before the queue (D8)."""

    connected: bool
    open: bool
    attended: Attended
    reopens_at: datetime | None = None
    closes_at: datetime | None = None
    reachable: bool = True
    agreement: AgreementPolicy = AgreementPolicy.RECOMMENDED
    direct_phone: str = ""
    agreed_only: bool = False
    paused_until: datetime | None = None
    holiday: bool = False
    closing: bool = False
    substitutes: tuple[Ydernummer, ...] = ()
    synthetic: bool | None = None  # an invented practice, which only synthetic consultations reach; None: not said
    connections: tuple[str, ...] = ()  # the names of those it is reached by, in order

    @property
    def needs_agreement(self) -> bool:
        """Nobody is placed there without an agreed time: by its policy, by "kun aftalte tider", or because it is
        closed."""
        return self.agreement is AgreementPolicy.REQUIRED or self.agreed_only or not (self.open or self.paused_until)
