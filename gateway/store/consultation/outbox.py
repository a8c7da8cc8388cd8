"""What is due to other systems: claimed with a lease, settled once, and never forgotten (requirements.md R1).

The row is the work. A claim counts the attempt and commits before anything is sent; a lease that runs out says that
the attempt may or may not have taken effect. So a lease must outlast the call's timeout and the peer's quiet period.
Rows about one subject to one connection go in the order of their versions: a later one waits while an earlier is due.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Engine, Select, and_, case, exists, func, insert, or_, select, update

from gateway.domain.consultation.events import DebtKind
from gateway.domain.peers.delivery import POISON_AFTER, Delivery, DeliveryStatus, Outcome, Receipt
from gateway.domain.scope import SystemScope
from gateway.store.consultation.chronicle import receipt_of
from gateway.store.consultation.tables_deliveries import delivery, delivery_attempt
from gateway.store.ground.engine import db_now, transaction
from gateway.store.ground.sealing import Row, Values
from gateway.store.peers.connections import RevisionState, newest_revisions

_COLUMNS = delivery.c
_DUE = str(DeliveryStatus.DUE)
POISON = "poison"  # fault of a row whose attempts never came to an outcome
LOST = "lost"  # outcome of an attempt whose owner disappeared


class SqlOutbox:
    """``ports.Outbox``. Rows of a paused connection stay due, untouched; each attempt keeps the number of the
    connection's revision it was made under (D15)."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def claim(self, lease: timedelta, id: UUID | None = None) -> Delivery | None:
        while True:
            with transaction(self._engine, SystemScope()) as connection:
                row = _take(connection, lease, id)
                if row is None:
                    return None
                if row["crashes"] < POISON_AFTER:
                    _note_start(connection, row)
                    return _delivery_of(row)
                _set_aside(connection, row)

    def settle(
        self, delivery: Delivery, outcome: Outcome, *, pause: timedelta, receipt: Receipt | None = None, fault: str = ""
    ) -> bool:
        with transaction(self._engine, SystemScope()) as connection:
            now = db_now(connection)
            written = _write_outcome(connection, delivery, _settled(outcome, now, pause, receipt, fault))
            if written:
                _end_attempt(connection, delivery.id, delivery.attempt, now, str(outcome), fault)
            return written

    def due(self, limit: int = 200, older_than: timedelta = timedelta(0)) -> Sequence[UUID]:
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            now = db_now(connection)
            query = _claimable(now, now - older_than).order_by(_COLUMNS.due_at, _COLUMNS.id).limit(limit)
            found: Sequence[UUID] = connection.execute(query).scalars().all()
            return found


def _claimable(now: datetime, due_before: datetime) -> Select[Any]:
    earlier = delivery.alias("earlier")
    blocked = exists().where(
        earlier.c.subject == _COLUMNS.subject,
        earlier.c.connection == _COLUMNS.connection,
        earlier.c.consultation == _COLUMNS.consultation,
        earlier.c.version < _COLUMNS.version,
        earlier.c.status == _DUE,
    )
    newest = newest_revisions().subquery()
    paused = select(newest.c.connection).where(newest.c.state == str(RevisionState.PAUSED))
    return select(_COLUMNS.id).where(
        _COLUMNS.status == _DUE,
        _COLUMNS.due_at <= due_before,
        or_(_COLUMNS.lease.is_(None), _COLUMNS.lease_until < now),
        _COLUMNS.connection.not_in(paused),
        ~blocked,
    )


def _take(connection: Connection, lease: timedelta, id: UUID | None) -> Row | None:
    """Lease the row and count the attempt; a lease found on it is one that ran out."""
    now = db_now(connection)
    query = _claimable(now, now)
    if id is not None:
        query = query.where(_COLUMNS.id == id)
    # Rows another worker is just claiming are passed over (PostgreSQL); on SQLite there is one writer at a time.
    chosen: UUID | None = connection.execute(
        query.order_by(_COLUMNS.due_at, _COLUMNS.id).limit(1).with_for_update(skip_locked=True, of=delivery)
    ).scalar()
    if chosen is None:
        return None
    before = connection.execute(select(_COLUMNS.lease, _COLUMNS.attempts).where(_COLUMNS.id == chosen)).one()
    if before.lease is not None:
        _end_attempt(connection, chosen, before.attempts, now, LOST, "")
    statement = update(delivery).where(_COLUMNS.id == chosen).values(_leased(now, lease)).returning(delivery)
    return connection.execute(statement).mappings().one()


def _note_start(connection: Connection, row: Row) -> None:
    newest = newest_revisions().subquery()
    revision = select(newest.c.number).where(newest.c.connection == row["connection"])
    attempt = {
        "delivery": row["id"],
        "number": row["attempts"],
        "tenant": row["tenant"],
        "consultation": row["consultation"],
        "connection": row["connection"],
        "connection_revision": connection.execute(revision).scalar(),
        "started_at": db_now(connection),
    }
    connection.execute(insert(delivery_attempt).values(attempt))


def _leased(now: datetime, lease: timedelta) -> Values:
    had_owner = _COLUMNS.lease.is_not(None)
    return {
        "lease": uuid4().hex,
        "lease_until": now + lease,
        "attempts": _COLUMNS.attempts + 1,
        "crashes": _COLUMNS.crashes + case((had_owner, 1), else_=0),
        "unknown": or_(_COLUMNS.unknown, had_owner),
        "sent_at": case((had_owner, func.coalesce(_COLUMNS.sent_at, _COLUMNS.lease_until)), else_=_COLUMNS.sent_at),
    }


def _set_aside(connection: Connection, row: Row) -> None:
    """Three crashes in a row without any outcome: a human looks before it takes another worker down."""
    values = {
        "status": str(DeliveryStatus.STUCK),
        "fault": POISON,
        "lease": None,
        "lease_until": None,
        "attempts": row["attempts"] - 1,
    }
    connection.execute(update(delivery).where(_COLUMNS.id == row["id"]).values(values))


def _settled(outcome: Outcome, now: datetime, pause: timedelta, receipt: Receipt | None, fault: str) -> Values:
    values: Values = {"lease": None, "lease_until": None, "crashes": 0, "fault": fault}
    if outcome is Outcome.DONE:
        values |= {"status": str(DeliveryStatus.DONE), "unknown": False}
    elif outcome is Outcome.REFUSED:
        values |= {"status": str(DeliveryStatus.STUCK)}
    else:
        values |= {"due_at": now + pause}
    if outcome is Outcome.UNKNOWN:
        values |= {"unknown": True}
    if outcome is not Outcome.NOT_DONE:
        values |= {"sent_at": func.coalesce(_COLUMNS.sent_at, now)}
    return values | _receipt_values(receipt)


def _receipt_values(receipt: Receipt | None) -> Values:
    """Only what the receipt says: a later, emptier one takes nothing back."""
    if receipt is None:
        return {}
    said = {"reference": receipt.reference, "received_at": receipt.received_at, "filed_at": receipt.filed_at}
    return {name: value for name, value in said.items() if value} | {"replayed": receipt.replayed}


def _write_outcome(connection: Connection, claimed: Delivery, values: Values) -> bool:
    # Fenced: an owner that came back after its lease was taken over changes nothing.
    ours = and_(_COLUMNS.id == claimed.id, _COLUMNS.lease == claimed.lease, _COLUMNS.status == _DUE)
    return connection.execute(update(delivery).where(ours).values(values)).rowcount == 1


def _end_attempt(connection: Connection, id: UUID, number: int, at: datetime, outcome: str, fault: str) -> None:
    attempt = delivery_attempt.c
    statement = update(delivery_attempt).where(attempt.delivery == id, attempt.number == number)
    connection.execute(statement.values(ended_at=at, outcome=outcome, fault=fault))


def _delivery_of(row: Row) -> Delivery:
    return Delivery(
        id=row["id"],
        tenant=row["tenant"],
        consultation=row["consultation"],
        kind=DebtKind(row["kind"]),
        subject=row["subject"],
        version=row["version"],
        connection=row["connection"],
        attempt=row["attempts"],
        unknown=row["unknown"],
        lease=row["lease"],
        created_at=row["created_at"],
        receipt=receipt_of(row),
    )
