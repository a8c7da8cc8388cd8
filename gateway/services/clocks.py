"""The clocks of all consultations, and the calls nobody sits in any more (D20)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from gateway.domain.consultation import clocks, talking
from gateway.domain.consultation.aggregate import Consultation, Status
from gateway.domain.errors import NotFound
from gateway.domain.organisation import Organisation
from gateway.domain.people import SYSTEM
from gateway.domain.scope import SystemScope
from gateway.in_turn import each_in_turn, raise_first
from gateway.ports.base import Clock
from gateway.ports.rows import ConsultationStore, RoomBook
from gateway.services.changing import change

PAGES = 10  # of due rows in one pass; what is left is due in the next
PUT_OFF = timedelta(minutes=1)  # a clock whose work failed


def run_due(
    organisation_of: Callable[[UUID], Organisation], *, store: ConsultationStore, clock: Clock, limit: int = 50
) -> int:
    """Let every clock that has run out do its work; returns how many there were."""
    now = clock.now()

    def run_out(id: UUID) -> None:
        change(store, SystemScope(), id, partial(_ran_out, now=now, organisation_of=organisation_of))

    def put_off(id: UUID) -> None:
        store.postpone_clock(id, now, now + PUT_OFF)

    found, faults, before = 0, list[Exception](), list[UUID]()
    for _ in range(PAGES):
        due = list(store.due_clocks(now, limit))
        if due == before:
            break  # all of them busy just now
        found, before = found + len(due), due
        faults += each_in_turn("clock", due, run_out, put_off)
        if len(due) < limit:
            break
    raise_first(faults)
    return found


def _ran_out(
    consultation: Consultation, *, now: datetime, organisation_of: Callable[[UUID], Organisation]
) -> Consultation:
    organisation = organisation_of(consultation.tenant)
    return clocks.run_out(consultation, now, SYSTEM, organisation.name, organisation.note_rules)


def end_abandoned_calls(
    organisation_of: Callable[[UUID], Organisation], *, store: ConsultationStore, rooms: RoomBook, clock: Clock
) -> int:
    """A call ends when all seats have been empty for five minutes; the death of a media process never ends one."""
    now = clock.now()
    ended: list[str] = []

    def end(room: str) -> None:
        consultation = _talking_in(room, store)
        if consultation is not None:
            review = organisation_of(consultation.tenant).review
            change(store, SystemScope(), consultation.id, partial(_left, now=now, review=review))
            ended.append(room)

    empty = rooms.empty_since_before(now - clocks.EMPTY_CALL)
    raise_first(each_in_turn("empty-call", empty, end, lambda room: rooms.look_later(room, now)))
    return len(ended)


def _talking_in(room: str, store: ConsultationStore) -> Consultation | None:
    try:
        consultation = store.load_by_room(room)
    except NotFound:
        return None
    return consultation if consultation.status is Status.IN_CALL else None


def _left(consultation: Consultation, *, now: datetime, review: timedelta) -> Consultation:
    if consultation.status is not Status.IN_CALL:
        return consultation
    return talking.hang_up(consultation, now, SYSTEM, review)
