"""A practice moves to another system while somebody waits: her entry ends at the old one and goes on at the new."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.events import Debt, DebtKind
from gateway.domain.consultation.queue_entry import EntryStatus
from gateway.domain.people import Actor


def change_connections(
    consultation: Consultation, *, entry_id: UUID, connections: tuple[str, ...], at: datetime, actor: Actor
) -> Consultation:
    """Withdrawn where it waited and put where it now belongs, in one step, with its place. Whoever rings or talks
    finishes where she is; the same connections again is a no-op.

    A new entry, so that whatever is still on its way to or from the old system is about another one."""
    entry = consultation.entry
    if entry is None or not entry.status.waits or set(entry.connections) == set(connections):
        return consultation
    gone_on = replace(
        entry,
        id=entry_id,
        status=EntryStatus.REQUESTED,
        requested_at=at,
        connections=connections,
        received_at=None,
        seen_at=None,
        told_not_received=False,
        told_not_seen=False,
        revision=1,
    )
    words = tuple(replace(r, entry=entry_id) if r.entry == entry.id else r for r in consultation.remarks)
    left = consultation.ended_entry(EntryStatus.TRANSFERRED, at, "connection-changed")
    moved = replace(left, entries=(*left.entries, gone_on), remarks=words)
    owed = moved.owing(Debt(DebtKind.ENQUEUE, connection, entry_id, 1) for connection in connections)
    return owed.noting("connection-changed", at, actor)
