"""Undone deliveries as operations see them: grouped by connection and cause, or one by one; codes only, no person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Select,
    String,
    and_,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
)

from gateway.domain.errors import NotFound
from gateway.domain.peers.breaker import BreakerState
from gateway.domain.peers.delivery import DeliveryStatus
from gateway.domain.peers.owed import Attempt, Choice, OwedGroup, OwedRow, Standing
from gateway.domain.scope import SystemScope
from gateway.store.consultation import undone
from gateway.store.consultation.tables import consultation
from gateway.store.consultation.tables_deliveries import delivery, delivery_attempt
from gateway.store.ground.engine import transaction
from gateway.store.peers.connections import RevisionState, newest_revisions
from gateway.store.peers.tables import connection as connection_table
from gateway.store.peers.tables import connection_health

_D, _A = delivery.c, delivery_attempt.c
PAUSED, NEVER_TRIED = "paused", "not-tried-yet"
UNDONE = (str(DeliveryStatus.DUE), str(DeliveryStatus.STUCK))
_ORDER = list(Standing)

_newest = newest_revisions().subquery()
_IS_PAUSED = _D.connection.in_(
    select(_newest.c.connection).where(_newest.c.state == bindparam("paused", str(RevisionState.PAUSED), String()))
)
_SHARED = select(connection_table.c.name).where(connection_table.c.owner_tenant.is_(None))
_H = connection_health.c
_OPEN = (str(BreakerState.OPEN), str(BreakerState.HALF_OPEN))
_ILL = select(case((_H.reason != "", _H.reason), else_=_H.phase)).where(
    _H.connection == _D.connection, or_(_H.failing_since.is_not(None), _H.breaker.in_(_OPEN))
)
_ILLNESS = func.coalesce(_ILL.correlate(delivery).scalar_subquery(), "")
_IS_DUE = _D.status == str(DeliveryStatus.DUE)
_STANDING: ColumnElement[str] = case(
    (_D.status == str(DeliveryStatus.STUCK), literal(str(Standing.STUCK))),
    (_D.status.not_in(UNDONE), _D.status),
    (_D.unknown, literal(str(Standing.UNKNOWN))),
    (or_(_IS_PAUSED, _ILLNESS != ""), literal(str(Standing.WAITING))),
    else_=literal(str(Standing.DUE)),
)
_CAUSE: ColumnElement[str] = case(
    (and_(_IS_DUE, _IS_PAUSED), literal(PAUSED)),
    (_D.fault != "", _D.fault),
    (and_(_IS_DUE, _ILLNESS != ""), _ILLNESS),
    (_D.attempts == 0, literal(NEVER_TRIED)),
    else_=literal(""),
)
# Not joined: PostgreSQL would begin with the consultations, of which there are many, and not with what is undone.
_SHORT_ID = select(consultation.c.short_id).where(consultation.c.id == _D.consultation).correlate(delivery)
_ROWS = select(
    delivery, _SHORT_ID.scalar_subquery().label("short_id"), _STANDING.label("standing"), _CAUSE.label("cause")
)
_UNDONE_ROWS = _ROWS.where(undone.asks_operations())
marked = select(
    _D.connection, _STANDING.label("standing"), _CAUSE.label("cause"), _D.created_at, _D.due_at, _D.kind
).where(undone.asks_operations())


class SqlOwedBook:
    """``ports.OwedBook``: reads only."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def groups(self, *, tenant: UUID | None = None, shared: bool = False) -> Sequence[OwedGroup]:
        """Perhaps received first, then stuck, then what waits; within each the oldest first. Of one organisation, or
        over the operator's connections, where that is asked."""
        rows = _whose(marked, tenant, shared).subquery()
        by = (rows.c.connection, rows.c.standing, rows.c.cause)
        query = select(*by, func.count(), func.min(rows.c.created_at), func.min(rows.c.due_at)).group_by(*by)
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            found = connection.execute(query).all()
        groups = [OwedGroup(name, Standing(how), cause, n, old, due) for name, how, cause, n, old, due in found]
        return sorted(groups, key=lambda group: (_ORDER.index(group.standing), group.oldest))

    def rows(self, choice: Choice, limit: int = 1000) -> Sequence[OwedRow]:
        """The chosen undone deliveries, the oldest first."""
        query = _chosen(choice).order_by(_D.created_at, _D.id).limit(limit)
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return [_row(row) for row in connection.execute(query).mappings()]

    def row(self, id: UUID) -> OwedRow:
        """Any delivery, done or not. ``NotFound`` where there is none of that id."""
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return row_of(connection, id)

    def attempts(self, id: UUID) -> Sequence[Attempt]:
        query = select(delivery_attempt).where(_A.delivery == id).order_by(_A.number)
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            rows = connection.execute(query).mappings()
            return [
                Attempt(
                    row["number"],
                    row["started_at"],
                    row["ended_at"],
                    row["outcome"] or "",
                    row["fault"],
                    row["connection_revision"],
                )
                for row in rows
            ]


def row_of(connection: Connection, id: UUID) -> OwedRow:
    row = connection.execute(_ROWS.where(_D.id == id)).mappings().one_or_none()
    if row is None:
        raise NotFound("delivery")
    return _row(row)


def _whose(query: Select[Any], tenant: UUID | None, shared: bool) -> Select[Any]:
    if tenant is not None:
        query = query.where(_D.tenant == tenant)
    return query.where(_D.connection.in_(_SHARED)) if shared else query


def _chosen(choice: Choice) -> Select[Any]:
    query = _whose(_UNDONE_ROWS, choice.tenant, choice.shared)
    if choice.connection:
        query = query.where(_D.connection == choice.connection)
    if choice.standing is not None:
        query = query.where(_STANDING.in_([str(choice.standing)]))
    if choice.cause:
        query = query.where(_CAUSE.in_([choice.cause]))
    if choice.kind:
        query = query.where(_D.kind == choice.kind)
    return query


def _row(row: Mapping[Any, Any]) -> OwedRow:
    standing = row["standing"]
    return OwedRow(
        id=row["id"],
        tenant=row["tenant"],
        consultation=row["consultation"],
        short_id=row["short_id"],
        kind=row["kind"],
        subject=row["subject"],
        version=row["version"],
        connection=row["connection"],
        status=DeliveryStatus(row["status"]),
        standing=Standing(standing) if standing in _ORDER else None,
        cause=row["cause"],
        fault=row["fault"],
        unknown=row["unknown"],
        attempts=row["attempts"],
        created_at=row["created_at"],
        due_at=row["due_at"],
        received=row["received_at"] is not None,
    )
