"""The monthly review of who looked: draw, judge, sign, add; the same for the console and ``laegebro review`` (AD18)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from functools import partial
from uuid import UUID

from gateway.domain.errors import InvalidField, NotFound, TransitionRefused
from gateway.domain.identifiers import contains_citizen_number
from gateway.domain.log_review import review as steps
from gateway.domain.log_review.drawing import Known, Look, Terms, draw
from gateway.domain.log_review.review import SIZE, Entry, EntryKind, Judgement, Review, bounds, due, due_day
from gateway.domain.practice import Span, danish_day
from gateway.domain.uptake.statistics import months_over
from gateway.store.matters.log_reviews import required
from gateway.store.matters.looks import Shown
from gateway.wiring import Gateway

SOME = 100


@dataclass(frozen=True, slots=True)
class Who:
    """Who draws, judges or signs."""

    person: str
    name: str


@dataclass(frozen=True, slots=True)
class MonthLine:
    """``state`` None: nobody has drawn it. ``late``: it should have been signed; a month in which nothing was written
    needs no signature."""

    month: date
    state: EntryKind | None
    due: date
    late: bool
    used: bool


def lines(gateway: Gateway, tenant: UUID) -> Sequence[MonthLine]:
    """The months that are over, the newest first."""
    today = danish_day(gateway.clock.now())
    months, day = months_over(today), due_day(gateway.tenant(tenant).settings)
    states, used = gateway.log_reviews.states(tenant, months[-1]), gateway.log_reviews.used(tenant, months)
    return [_line(month, states.get(month), due(month, day), today, month in used) for month in months]


def _line(month: date, state: EntryKind | None, until: date, today: date, used: bool) -> MonthLine:
    return MonthLine(month, state, until, used and state is not EntryKind.SIGNED and until < today, used)


def of_month(gateway: Gateway, tenant: UUID, month: date) -> Review | None:
    """None: not drawn yet. ``NotFound`` for a month that is not over."""
    if month >= danish_day(gateway.clock.now()).replace(day=1):
        raise NotFound("month")
    return gateway.log_reviews.of_month(tenant, month)


def draw_month(gateway: Gateway, tenant: UUID, month: date, by: Who) -> Review:
    """``ConcurrentChange`` where it is drawn already: a month is drawn once."""
    if of_month(gateway, tenant, month) is not None:
        raise TransitionRefused("draw", "drawn", "already-drawn")
    start, end = bounds(month)
    rows = list(gateway.looks.between(tenant, start, end))
    sample = draw(rows, _known(gateway, tenant, [row for row in rows if row.is_look]), _terms(gateway, tenant, month))
    gateway.log_reviews.draw(tenant, month, sample, Entry(EntryKind.DRAWN, gateway.clock.now(), by.person, by.name))
    return required(gateway.log_reviews.of_month(tenant, month))


def judge(gateway: Gateway, tenant: UUID, month: date, said: Entry) -> Entry:
    """A verdict on one row, or an addendum once the month is signed."""
    if contains_citizen_number(said.note):
        raise InvalidField("note", "no-number-here")
    review = required(of_month(gateway, tenant, month))
    entry = steps.judge(review, said)
    gateway.log_reviews.add(tenant, review, entry)
    return entry


def sign(gateway: Gateway, tenant: UUID, month: date, by: Who) -> Entry:
    """Its digest stands in the audit trail too."""
    review = required(of_month(gateway, tenant, month))
    entry = steps.sign(review, gateway.clock.now(), by.person, by.name)
    gateway.log_reviews.add(tenant, review, entry)
    return entry


def said(gateway: Gateway, by: Who, seq: int, judgement: Judgement, note: str) -> Entry:
    return Entry(EntryKind.JUDGED, gateway.clock.now(), by.person, by.name, seq, judgement, note.strip())


def rows(gateway: Gateway, tenant: UUID, review: Review) -> Sequence[Shown]:
    return gateway.looks.shown(tenant, review.sample.rules)


def _terms(gateway: Gateway, tenant: UUID, month: date) -> Terms:
    settings = gateway.tenant(tenant).settings
    opens, _, closes = str(settings.get("ordinary_hours") or "06:00-23:00").partition("-")
    hours = Span(time.fromisoformat(opens), time.fromisoformat(closes))
    return Terms(int(settings.get("review_size") or SIZE), hours, partial(_rank, gateway, f"{tenant} {month:%Y-%m}"))


def _rank(gateway: Gateway, whose: str, seq: int) -> bytes:
    return gateway.vault.index("log-review", f"{whose} {seq}")


def _known(gateway: Gateway, tenant: UUID, looks: Sequence[Look]) -> Known:
    ids = sorted({each.consultation for each in looks if each.consultation is not None})
    protected = set[UUID]()
    for first in range(0, len(ids), SOME):
        some = gateway.store.load_each(ids[first : first + SOME])
        protected |= {id for id, one in some.items() if any(case.citizen.protected for case in one.cases)}
    return Known(gateway.looks.near(tenant, looks), frozenset(protected))
