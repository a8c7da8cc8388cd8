"""What clinic and employee arrange while somebody waits, each in one transaction (domain/arranging.py)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from gateway.domain.consultation import arranging
from gateway.domain.consultation.aggregate import Consultation, Status
from gateway.domain.consultation.queue_entry import QueueEntry
from gateway.domain.note import clinic_draft
from gateway.domain.people import Actor
from gateway.domain.records import AuditRow
from gateway.domain.scope import Scope
from gateway.ports.base import Clock, Ids
from gateway.ports.rows import ConsultationStore
from gateway.services.changing import change

_BEFORE = timedelta(seconds=1)


def remark(
    scope: Scope,
    id: UUID,
    text: str,
    actor: Actor,
    *,
    store: ConsultationStore,
    clock: Clock,
    ids: Ids,
    audit: Sequence[AuditRow] = (),
) -> Consultation:
    """Say something to the other side; one press is one remark, however often the commit had to be tried."""
    now, remark_id = clock.now(), ids.new()
    return change(store, scope, id, lambda c: arranging.remark(c, remark_id, text, now, actor), audit=audit)


def address_to(
    scope: Scope, id: UUID, colleague: str, actor: Actor, *, store: ConsultationStore, clock: Clock
) -> Consultation:
    now = clock.now()
    return change(store, scope, id, lambda c: arranging.address_to(c, colleague, now, actor))


def move_forward(
    scope: Scope, id: UUID, reason: str, actor: Actor, *, store: ConsultationStore, clock: Clock
) -> Consultation:
    """Before everybody who waits at the same practice just now."""
    now = clock.now()

    def moved(consultation: Consultation) -> Consultation:
        entry = consultation.require_entry("move-forward")
        return arranging.move_forward(consultation, _first_place(entry, store, now), reason, now, actor)

    return change(store, scope, id, moved)


def _first_place(entry: QueueEntry, store: ConsultationStore, now: datetime) -> datetime:
    """Just before the first of the others; the entry's own place where it is the first."""
    others = [
        c.entry.place
        for c in store.at_clinic([entry.ydernummer], now)
        if c.entry is not None and c.entry.id != entry.id and c.entry.status.waits and c.status is Status.WAITING
    ]
    first = min(others, default=entry.place)
    return first - _BEFORE if first <= entry.place and others else entry.place


def propose_time(
    scope: Scope, id: UUID, wanted: datetime, actor: Actor, *, store: ConsultationStore, clock: Clock
) -> Consultation:
    now = clock.now()
    return change(store, scope, id, lambda c: arranging.propose_time(c, wanted, now, actor))


def agree_time(scope: Scope, id: UUID, actor: Actor, *, store: ConsultationStore, clock: Clock) -> Consultation:
    now = clock.now()
    return change(store, scope, id, lambda c: arranging.agree_time(c, now, actor))


def note_agreement(
    scope: Scope, id: UUID, agreed: datetime, who: str, actor: Actor, *, store: ConsultationStore, clock: Clock
) -> Consultation:
    now = clock.now()
    return change(store, scope, id, lambda c: arranging.note_agreement(c, agreed, who, now, actor))


def take_back_rejection(
    scope: Scope, id: UUID, actor: Actor, *, store: ConsultationStore, clock: Clock, ids: Ids
) -> Consultation:
    """The same place once more, under a new entry."""
    now, entry_id = clock.now(), ids.new()
    return change(store, scope, id, lambda c: arranging.take_back_rejection(c, entry_id, now, actor))


def keep_clinic_draft(scope: Scope, id: UUID, case_id: UUID, text: str, *, store: ConsultationStore) -> Consultation:
    """Save the clinic's field as it is typed (U07)."""
    return change(store, scope, id, lambda c: clinic_draft.keep_clinic_draft(c, case_id, text))
