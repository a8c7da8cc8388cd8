"""What happened, in order: events, attempts to tell other systems, and what is still owed. Codes only, no texts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import Connection, Integer, and_, bindparam, exists, func, or_, select

from gateway.domain.consultation.events import DebtKind
from gateway.domain.errors import NotFound
from gateway.domain.peers.delivery import DeliveryStatus, Receipt
from gateway.domain.people import ActorKind
from gateway.domain.records import DeliveryRow, StoredEvent, TimelineRow
from gateway.domain.scope import ClinicScope, Scope, SystemScope, TenantScope
from gateway.store.consultation import reading
from gateway.store.consultation.tables import consultation_event, queue_entry
from gateway.store.consultation.tables_deliveries import delivery, delivery_attempt
from gateway.store.ground.sealing import Row

_EVENT, _ATTEMPT, _DELIVERY, _ENTRY = consultation_event.c, delivery_attempt.c, delivery.c, queue_entry.c
_LINES = (_EVENT.seq, _EVENT.at, _EVENT.kind, _EVENT.actor_kind, _EVENT.actor_role, _EVENT.detail)
_EVENTS = select(*_LINES).where(_EVENT.consultation == bindparam("id")).order_by(_EVENT.seq)
_ATTEMPTS = (
    select(delivery_attempt, _DELIVERY.kind)
    .join(delivery, _DELIVERY.id == _ATTEMPT.delivery)
    .where(_ATTEMPT.consultation == bindparam("id"))
    .order_by(_ATTEMPT.started_at, _ATTEMPT.number)
)
_OWED = (
    select(delivery)
    .where(_DELIVERY.consultation == bindparam("id"))
    .order_by(_DELIVERY.created_at, _DELIVERY.version, _DELIVERY.id)
)
# A clinic sees what was sent about its own entries, and whether the note of its own talk was filed.
_TOLD_TO_CLINIC = exists().where(
    _ENTRY.consultation == _DELIVERY.consultation,
    _ENTRY.ydernummer.in_(bindparam("ydernumre", expanding=True)),
    or_(_ENTRY.id == _DELIVERY.subject, and_(_ENTRY.latest, _DELIVERY.kind == str(DebtKind.NOTE))),
)
_CLINICS_EVENTS = _EVENTS.where(_EVENT.ydernummer.in_(bindparam("ydernumre", expanding=True)))
_CLINICS_ATTEMPTS = _ATTEMPTS.where(_TOLD_TO_CLINIC)
_CLINICS_OWED = _OWED.where(_TOLD_TO_CLINIC)
_TENANTS_OWED = _OWED.where(_DELIVERY.tenant == bindparam("tenant"))
# Their status is read, not asked for: by it SQLite would look through everything that stands still anywhere.
_NOTES = select(_DELIVERY.subject, _DELIVERY.version, _DELIVERY.status).where(
    _DELIVERY.tenant == bindparam("tenant"),
    _DELIVERY.consultation.in_(bindparam("ids", expanding=True)),
    _DELIVERY.kind == str(DebtKind.NOTE),
)
_STANDS_STILL = (str(DeliveryStatus.STUCK), str(DeliveryStatus.GIVEN_UP))
_AFTER = (
    select(consultation_event)
    .where(_EVENT.seq > bindparam("seq"))
    .order_by(_EVENT.seq)
    .limit(bindparam("limit", type_=Integer))
)
_LATEST = select(func.coalesce(func.max(_EVENT.seq), 0))


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
    query = _CLINICS_EVENTS if isinstance(scope, ClinicScope) else _EVENTS
    rows = connection.execute(query, reading.bound(scope, id=id)).mappings()
    return [TimelineRow(r["at"], r["kind"], r["actor_kind"], r["actor_role"], r["detail"]) for r in rows]


def _attempts(connection: Connection, scope: Scope, id: UUID) -> list[TimelineRow]:
    query = _CLINICS_ATTEMPTS if isinstance(scope, ClinicScope) else _ATTEMPTS
    return [_attempt_line(row) for row in connection.execute(query, reading.bound(scope, id=id)).mappings()]


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


def deliveries(connection: Connection, scope: Scope, id: UUID) -> Sequence[DeliveryRow]:
    """``NotFound`` where the scope does not see the consultation; a row that it sees says that it does."""
    query = _OWED
    if isinstance(scope, ClinicScope):
        query = _CLINICS_OWED
    elif isinstance(scope, TenantScope):
        query = _TENANTS_OWED
    rows = connection.execute(query, reading.bound(scope, id=id)).mappings().all()
    if not rows:
        _require_visible(connection, scope, id)
    return [_delivery_row(row) for row in rows]


def stuck_notes(connection: Connection, tenant: UUID, ids: Collection[UUID]) -> Collection[tuple[UUID, int]]:
    rows = connection.execute(_NOTES, {"tenant": tenant, "ids": list(ids)})
    return {(row.subject, row.version) for row in rows if row.status in _STANDS_STILL}


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
    rows = connection.execute(_AFTER, {"seq": seq, "limit": limit}).mappings()
    return [StoredEvent(r["seq"], r["consultation"], r["tenant"], r["kind"], r["ydernummer"], r["at"]) for r in rows]


def latest_seq(connection: Connection) -> int:
    return int(connection.execute(_LATEST).scalar_one())
