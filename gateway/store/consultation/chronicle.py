"""What happened, in order: events, attempts to tell other systems, and what is still owed. Codes only, no texts."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, bindparam, exists, func, or_, select, true

from gateway.domain.consultation.events import DebtKind
from gateway.domain.errors import NotFound
from gateway.domain.peers.delivery import Receipt
from gateway.domain.people import ActorKind
from gateway.domain.records import DeliveryRow, StoredEvent, TimelineRow
from gateway.domain.scope import ClinicScope, Scope, SystemScope, TenantScope
from gateway.store.consultation import reading
from gateway.store.consultation.tables import consultation_event, queue_entry
from gateway.store.consultation.tables_deliveries import delivery, delivery_attempt
from gateway.store.ground.sealing import Row

_DELIVERIES = (
    select(delivery)
    .where(delivery.c.consultation == bindparam("id"))
    .order_by(delivery.c.created_at, delivery.c.version, delivery.c.id)
)
_DELIVERIES_OF_TENANT = _DELIVERIES.where(delivery.c.tenant == bindparam("tenant"))


def timeline(connection: Connection, scope: Scope, id: UUID) -> Sequence[TimelineRow]:
    """Events and delivery attempts by time. ``NotFound`` where the scope does not see the consultation."""
    if not isinstance(scope, SystemScope):
        _require_visible(connection, scope, id)
    lines = [*_events(connection, scope, id), *_attempts(connection, scope, id)]
    if not lines:
        _require_visible(connection, scope, id)
    return sorted(lines, key=lambda line: line.at)  # stable: events of one moment stay in their order


def _require_visible(connection: Connection, scope: Scope, id: UUID) -> None:
    if not reading.is_visible(connection, scope, id):
        raise NotFound("consultation")


def _events(connection: Connection, scope: Scope, id: UUID) -> list[TimelineRow]:
    event = consultation_event.c
    query = select(consultation_event).where(event.consultation == id).order_by(event.seq)
    if isinstance(scope, ClinicScope):
        query = query.where(event.ydernummer.in_([y.digits for y in scope.ydernumre]))
    rows = connection.execute(query).mappings()
    return [TimelineRow(r["at"], r["kind"], r["actor_kind"], r["actor_role"], r["detail"]) for r in rows]


def _attempts(connection: Connection, scope: Scope, id: UUID) -> list[TimelineRow]:
    attempt = delivery_attempt.c
    query = (
        select(delivery_attempt, delivery.c.kind)
        .join(delivery, delivery.c.id == attempt.delivery)
        .where(attempt.consultation == id, _told_to(scope))
        .order_by(attempt.started_at, attempt.number)
    )
    return [_attempt_line(row) for row in connection.execute(query).mappings()]


def _attempt_line(row: Row) -> TimelineRow:
    detail = {
        "delivery": row["kind"],
        "connection": row["connection"],
        "attempt": str(row["number"]),
        "outcome": row["outcome"] or "",
        "fault": row["fault"],
    }
    at = row["ended_at"] or row["started_at"]
    return TimelineRow(at, "delivery-attempted", str(ActorKind.SYSTEM), "", {k: v for k, v in detail.items() if v})


def _told_to(scope: Scope) -> ColumnElement[bool]:
    """A clinic sees what was sent about its own entries, and whether the note of its own talk was filed."""
    if not isinstance(scope, ClinicScope):
        return true()
    entry = queue_entry.c
    ours = and_(
        entry.consultation == delivery.c.consultation,
        entry.ydernummer.in_([y.digits for y in scope.ydernumre]),
        or_(entry.id == delivery.c.subject, and_(entry.latest, delivery.c.kind == str(DebtKind.NOTE))),
    )
    return exists().where(ours)


def deliveries(connection: Connection, scope: Scope, id: UUID) -> Sequence[DeliveryRow]:
    """``NotFound`` where the scope does not see the consultation; a row that it sees says that it does."""
    query = _DELIVERIES_OF_TENANT if isinstance(scope, TenantScope) else _DELIVERIES.where(_told_to(scope))
    rows = connection.execute(query, reading.bound(scope, id=id)).mappings().all()
    if not rows:
        _require_visible(connection, scope, id)
    return [_delivery_row(row) for row in rows]


def _delivery_row(row: Row) -> DeliveryRow:
    return DeliveryRow(
        id=row["id"],
        kind=row["kind"],
        subject=row["subject"],
        version=row["version"],
        connection=row["connection"],
        status=row["status"],
        unknown=row["unknown"],
        attempts=row["attempts"],
        due_at=row["due_at"],
        sent_at=row["sent_at"],
        receipt=receipt_of(row),
        fault=row["fault"],
    )


def receipt_of(row: Row) -> Receipt:
    return Receipt(row["reference"], row["received_at"], row["filed_at"], row["replayed"])


def events_after(connection: Connection, seq: int, limit: int) -> Sequence[StoredEvent]:
    event = consultation_event.c
    query = select(consultation_event).where(event.seq > seq).order_by(event.seq).limit(limit)
    rows = connection.execute(query).mappings()
    return [StoredEvent(r["seq"], r["consultation"], r["tenant"], r["kind"], r["ydernummer"], r["at"]) for r in rows]


def latest_seq(connection: Connection) -> int:
    return int(connection.execute(select(func.coalesce(func.max(consultation_event.c.seq), 0))).scalar_one())
