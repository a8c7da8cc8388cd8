"""What asks the queue while somebody waits: a place before all others (domain/consultation/arranging.py)."""

from __future__ import annotations

from datetime import datetime, timedelta

from gateway.domain.consultation import arranging
from gateway.domain.consultation.aggregate import Consultation, Status
from gateway.domain.consultation.queue_entry import QueueEntry
from gateway.ports.rows import ConsultationStore
from gateway.services.act import Acting, F

_BEFORE = timedelta(seconds=1)


def move_forward(consultation: Consultation, reason: str, by: Acting[F]) -> Consultation:
    """Before everybody who waits at the same practice just now."""
    first = _first_place(consultation.require_entry("move-forward"), by.ports.store, by.at)
    return arranging.move_forward(consultation, first, reason, *by.stamp)


def _first_place(entry: QueueEntry, store: ConsultationStore, now: datetime) -> datetime:
    """Just before the first of the others; the entry's own place where it is the first."""
    others = [
        c.entry.place
        for c in store.at_clinic([entry.ydernummer], now)
        if c.entry is not None and c.entry.id != entry.id and c.entry.status.waits and c.status is Status.WAITING
    ]
    first = min(others, default=entry.place)
    return first - _BEFORE if first <= entry.place and others else entry.place
