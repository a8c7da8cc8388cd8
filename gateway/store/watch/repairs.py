"""What a person may do with one undone delivery: have it sent again, call that back, or close it. Each act is signed.

A replay is the same row under the same key, so a peer that has it already answers that it has.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, or_, update

from gateway.domain.errors import TransitionRefused
from gateway.domain.peers.delivery import DeliveryStatus
from gateway.domain.peers.owed import OwedRow
from gateway.domain.scope import SystemScope
from gateway.store.consultation import undone
from gateway.store.consultation.tables_deliveries import delivery
from gateway.store.ground import signing
from gateway.store.ground.engine import db_now, transaction
from gateway.store.watch.owed import row_of

_D = delivery.c
_AFRESH = {"crashes": 0, "lost": 0}
_OVER = (DeliveryStatus.DONE, DeliveryStatus.BY_HAND)


class SqlRepairs:
    """``ports.RepairBook`` over an engine that an administrator signed; ``NotSigned`` over any other."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def replay(self, id: UUID, *, not_received: bool = False) -> OwedRow:
        with transaction(self._engine, SystemScope()) as connection:
            row = _opened(connection, id, "replay", also=not_received)
            if not_received and not row.unknown:
                raise TransitionRefused("replay", str(row.status), "nothing-unknown")
            values = {"status": str(DeliveryStatus.DUE), "due_at": db_now(connection), "fault": "", **_AFRESH}
            _change(connection, row, "replay", values | ({"unknown": False} if not_received else {}))
            return row

    def recall(self, row: OwedRow) -> bool:
        values = {"status": str(row.status), "fault": row.fault, "due_at": row.due_at, "unknown": row.unknown}
        with transaction(self._engine, SystemScope()) as connection:
            _sign(connection, row, "recalled")
            untouched = (_D.status == str(DeliveryStatus.DUE), _D.lease.is_(None), _D.attempts == row.attempts)
            statement = update(delivery).where(_D.id == row.id, *untouched)
            recalled = connection.execute(statement.values(values)).rowcount == 1
            undone.weigh_after(connection, row.kind, row.consultation)
            return recalled

    def close(self, id: UUID, status: DeliveryStatus) -> OwedRow:
        with transaction(self._engine, SystemScope()) as connection:
            row = _opened(connection, id, str(status))
            _change(connection, row, str(status), {"status": str(status), "lease": None, "lease_until": None})
            return row


def _opened(connection: Connection, id: UUID, verb: str, *, also: bool = False) -> OwedRow:
    row = row_of(connection, id)
    _sign(connection, row, "not-received" if also else "")
    if row.status in _OVER or str(row.status) == verb:
        raise TransitionRefused(verb, str(row.status), str(row.status))
    return row


def _sign(connection: Connection, row: OwedRow, how: str) -> None:
    signing.require_signed(connection)
    signing.note(connection, f"{row.id} {how}".strip(), row.tenant, row.consultation)


def _change(connection: Connection, row: OwedRow, verb: str, values: dict[str, Any]) -> None:
    """A row somebody is attempting at this moment is left to that attempt."""
    free = or_(_D.lease.is_(None), _D.lease_until < db_now(connection))
    statement = update(delivery).where(_D.id == row.id, _D.status == str(row.status), free)
    if connection.execute(statement.values(values)).rowcount != 1:
        raise TransitionRefused(verb, str(row.status), "being-attempted")
    undone.weigh_after(connection, row.kind, row.consultation)
