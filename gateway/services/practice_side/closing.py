"""A practice changes its hours or its number while somebody waits, who learns what that means for her (C09, C15)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from gateway.domain.consultation import arranging, queueing
from gateway.domain.consultation.aggregate import Consultation, Status
from gateway.domain.consultation.queue_entry import RejectReason
from gateway.domain.errors import NotFound, TransitionRefused
from gateway.domain.identifiers import Ydernummer
from gateway.domain.practice import VideoHours, direct_number
from gateway.domain.records import AuditRow
from gateway.domain.scope import Scope
from gateway.ports.rows import ConsultationStore
from gateway.services.act import Acting, F
from gateway.services.changing import Along, change

AuditOf = Callable[[Consultation], Sequence[AuditRow]]


def _unaudited(_consultation: Consultation) -> Sequence[AuditRow]:
    return ()


def set_hours(scope: Scope, ydernummer: Ydernummer, hours: VideoHours, by: Acting[F]) -> None:
    """Keep the hours. Closing gives those who wait another 15 minutes, a pause takes nothing from them (D20)."""
    now, store = by.at, by.ports.store
    by.ports.practices.set_hours(ydernummer, hours, by.actor, now)
    closes_at = now if _is_closed(hours, now) else hours.closes_at(now)
    for consultation in _waiting_at(ydernummer, store, now):
        change(store, scope, consultation.id, partial(arranging.wait_until_closing, closes_at=closes_at, at=now))


def set_direct_phone(scope: Scope, ydernummer: Ydernummer, text: str, by: Acting[F]) -> None:
    """Keep the number employees ring, as it was typed but for its blanks. Who waits sees the new one at once."""
    store = by.ports.store
    if by.ports.practices.set_direct_phone(ydernummer, direct_number(text), by.actor, by.at):
        for consultation in store.at_clinic([ydernummer], by.at):
            change(store, scope, consultation.id, partial(arranging.learn_phone, at=by.at, actor=by.actor))


def _is_closed(hours: VideoHours, now: datetime) -> bool:
    return not hours.is_open(now) and not hours.is_paused(now)


def _waiting_at(ydernummer: Ydernummer, store: ConsultationStore, now: datetime) -> list[Consultation]:
    found = store.at_clinic([ydernummer], now)
    return [c for c in found if c.status is Status.WAITING and c.entry is not None and c.entry.status.waits]


def reject_all(
    scope: Scope, ydernummer: Ydernummer, reason: RejectReason, text: str, by: Acting[F], audit: AuditOf = _unaudited
) -> int:
    """ "Afvis alle med besked": everybody who waits without an agreed time; how many were told.

    ``audit`` makes the rows about one of them."""
    store, told = by.ports.store, 0
    for consultation in _waiting_at(ydernummer, store, by.at):
        if consultation.agreed_at is not None:
            continue
        try:
            rejected = partial(queueing.reject, reason=reason, text=text, at=by.at, actor=by.actor)
            change(store, scope, consultation.id, rejected, along=Along(audit(consultation)))
        except (TransitionRefused, NotFound):
            continue  # taken, withdrawn or gone to another practice just now
        told += 1
    return told
