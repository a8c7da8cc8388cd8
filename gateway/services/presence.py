"""Whether the employee's page is there: one that vanished while she waits is *lost* (D10)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol
from uuid import UUID

from gateway.domain.consultation.aggregate import Availability, Consultation, Status
from gateway.domain.consultation.queueing import step_away
from gateway.domain.people import SYSTEM
from gateway.domain.scope import SystemScope
from gateway.in_turn import each_in_turn, raise_first
from gateway.ports.base import Clock
from gateway.ports.rows import ConsultationStore
from gateway.services.changing import change

LOST_AFTER = timedelta(seconds=45)  # three signs of life missed, and longer than a reload or a tunnel
REACHABLE = (Status.WAITING, Status.CALLING)


class PresenceBook(Protocol):
    """When the page of each consultation was last there."""

    def seen(self, consultations: Collection[UUID], now: datetime) -> None: ...

    def gone_since(self, moment: datetime, limit: int = 50) -> Sequence[tuple[UUID, datetime]]: ...


def page_opened(consultation: Consultation, *, store: ConsultationStore, book: PresenceBook, clock: Clock) -> None:
    """The page is there; somebody who was lost is back. Who said that she goes stays away until she says otherwise."""
    now = clock.now()
    book.seen([consultation.id], now)
    if consultation.availability is Availability.LOST:
        change(store, SystemScope(), consultation.id, partial(_back, now=now))


def _back(consultation: Consultation, *, now: datetime) -> Consultation:
    if consultation.availability is not Availability.LOST:
        return consultation
    return step_away(consultation, Availability.HERE, now, SYSTEM)


def mark_lost(*, store: ConsultationStore, book: PresenceBook, clock: Clock) -> int:
    """Pages that were there and are not any more; how many were marked. *Since* is when the page was last seen."""
    now = clock.now()
    gone = dict(book.gone_since(now - LOST_AFTER))
    marked: list[UUID] = []

    def mark(id: UUID) -> None:
        change(store, SystemScope(), id, partial(_gone, since=gone[id]))
        marked.append(id)

    raise_first(each_in_turn("lost", gone, mark, lambda id: book.seen([id], now)))
    return len(marked)


def _gone(consultation: Consultation, *, since: datetime) -> Consultation:
    if consultation.availability is not Availability.HERE or consultation.status not in REACHABLE:
        return consultation
    return step_away(consultation, Availability.LOST, since, SYSTEM)
