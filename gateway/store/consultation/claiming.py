"""Leasing rows that are due: by their ids, by lane, or one that is to be tried alone; each in one UPDATE … RETURNING.

Of two processes that claim at once, each gets other rows: on PostgreSQL rows that another is just claiming are passed
over, on SQLite there is one writer at a time. Statements are built once, with ``now`` as the database's own clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    Select,
    Update,
    and_,
    bindparam,
    case,
    exists,
    func,
    insert,
    not_,
    or_,
    select,
    update,
)

from gateway.domain.consultation.events import DebtKind
from gateway.domain.peers.breaker import BreakerState
from gateway.domain.peers.delivery import Delivery, DeliveryStatus, Outcome
from gateway.domain.peers.turns import Lane
from gateway.store.consultation.chronicle import receipt_of
from gateway.store.consultation.tables_deliveries import delivery, delivery_attempt
from gateway.store.ground.columns import Moment
from gateway.store.ground.sealing import Row
from gateway.store.peers.connections import IN_FORCE, RevisionState
from gateway.store.peers.tables import connection_health, connection_revision

LOST = "lost"  # outcome of an attempt whose owner disappeared
CRASHED = "crashed"  # outcome of an attempt that ended by a fault of our own
ALONE_AFTER = 2  # leases lost in a row, after which a row is tried where it can take nobody with it
DUE = str(DeliveryStatus.DUE)
_D, _H, _A = delivery.c, connection_health.c, delivery_attempt.c
_NOW = bindparam("now", type_=Moment)
_UNTIL = bindparam("until", type_=Moment)
_OPEN = (str(BreakerState.OPEN), str(BreakerState.HALF_OPEN))


def _newest_revision(of: ColumnElement[Any]) -> Any:
    other = connection_revision.alias("other_revision")
    in_force = or_(*(other.c.state == str(state) for state in IN_FORCE))  # no IN: it cannot be executed for many rows
    newest = select(func.max(other.c.number)).where(other.c.connection == of, in_force)
    return newest.correlate_except(other)  # of that connection, not of every one that has deliveries


def _is_paused(of: ColumnElement[Any]) -> ColumnElement[bool]:
    revision = connection_revision.c
    newest = _newest_revision(of).scalar_subquery()
    return exists().where(
        revision.connection == of, revision.number == newest, revision.state == str(RevisionState.PAUSED)
    )


def _is_blocked() -> ColumnElement[bool]:
    """An earlier version about the same subject is still to be told to the same connection."""
    earlier = delivery.alias("earlier")
    return exists().where(
        earlier.c.subject == _D.subject,
        earlier.c.connection == _D.connection,
        earlier.c.consultation == _D.consultation,
        earlier.c.version < _D.version,
        earlier.c.status == DUE,
    )


_FREE = or_(_D.lease.is_(None), _D.lease_until < _NOW)
_TO_BE_ALONE = or_(_D.crashes > 0, _D.lost >= ALONE_AFTER)
_RESTS = exists().where(_H.connection == _D.connection, _H.breaker.in_(_OPEN))
_CLAIMABLE = and_(_D.status == DUE, _D.due_at <= _NOW, _FREE, not_(_is_blocked()))
_IN_COMPANY = and_(_CLAIMABLE, not_(_TO_BE_ALONE))
_OLDEST_FIRST = select(_D.id).order_by(_D.due_at, _D.id).limit(bindparam("limit"))
_OF_LANE = and_(_D.connection == bindparam("of"), _D.tenant == bindparam("owner"))


def _leasing(chosen: Select[Any]) -> Update:
    """The attempt is counted; a lease found on the row is one that ran out."""
    had_owner = _D.lease.is_not(None)
    taken = chosen.with_for_update(skip_locked=True, of=delivery).cte("taken")
    statement = update(delivery).where(_D.id.in_(select(taken.c.id)))
    return statement.values(
        lease=bindparam("owner_lease"),
        lease_until=_UNTIL,
        attempts=_D.attempts + 1,
        lost=_D.lost + case((had_owner, 1), else_=0),
        unknown=or_(_D.unknown, had_owner),
        sent_at=case((had_owner, func.coalesce(_D.sent_at, _D.lease_until)), else_=_D.sent_at),
    ).returning(delivery)


_GATED = (not_(_is_paused(_D.connection)), not_(_RESTS))
OLDEST = _leasing(_OLDEST_FIRST.where(_CLAIMABLE, *_GATED))
BY_IDS = _leasing(_OLDEST_FIRST.where(_D.id.in_(bindparam("ids", expanding=True)), _CLAIMABLE, *_GATED))
NEW = _leasing(_OLDEST_FIRST.where(_D.id.in_(bindparam("ids", expanding=True)), _IN_COMPANY, *_GATED))
BY_LANE = _leasing(_OLDEST_FIRST.where(_OF_LANE, _IN_COMPANY))
# One attempt after another rather than all at the oldest row, which may be what the peer stumbles over.
PROBE = _leasing(
    select(_D.id).where(_OF_LANE, _IN_COMPANY).order_by(_D.attempts, _D.due_at, _D.id).limit(bindparam("limit"))
)
ALONE = _leasing(_OLDEST_FIRST.where(_CLAIMABLE, _TO_BE_ALONE, not_(_is_paused(_D.connection))))
_END_LOST = update(delivery_attempt).where(_A.delivery == bindparam("this"), _A.number == bindparam("former"))
_END_LOST = _END_LOST.values(ended_at=_NOW, outcome=LOST, fault="")
_NOTE_START = insert(delivery_attempt).values(
    connection_revision=_newest_revision(bindparam("whose", type_=_D.connection.type)).scalar_subquery()
)


def _next_of(column: ColumnElement[Any], *conditions: ColumnElement[bool]) -> Any:
    """The lowest value among rows that are due: one look into ``ix_delivery_lane``, however many are due."""
    return select(column).where(_D.status == DUE, *conditions).order_by(column).limit(1).scalar_subquery()


def _each_lane() -> CTE:
    """Connection and tenant of whatever is due, from one to the next; the last of each walk is NULL."""
    names = select(_next_of(_D.connection).label("name")).cte("names", recursive=True)
    after = _next_of(_D.connection, _D.connection > names.c.name)
    names = names.union_all(select(after).where(names.c.name.is_not(None)))
    first = _next_of(_D.tenant, _D.connection == names.c.name)
    start = select(names.c.name.label("connection"), first.label("tenant")).where(names.c.name.is_not(None))
    lane = start.cte("lane", recursive=True)
    after = _next_of(_D.tenant, _D.connection == lane.c.connection, _D.tenant > lane.c.tenant)
    return lane.union_all(select(lane.c.connection, after).where(lane.c.tenant.is_not(None)))


def _lanes_of(lane: CTE) -> Select[Any]:
    mine = (_D.connection == lane.c.connection, _D.tenant == lane.c.tenant)
    since = _next_of(_D.due_at, *mine, _D.due_at <= bindparam("before", type_=Moment), _FREE)
    waiting = select(lane, since.label("since")).where(lane.c.tenant.is_not(None)).subquery("waiting")
    health = waiting.outerjoin(connection_health, _H.connection == waiting.c.connection)
    query = select(waiting, _H.breaker, _H.failures, _H.next_probe_at).select_from(health)
    return query.where(waiting.c.since.is_not(None), not_(_is_paused(waiting.c.connection)))


_LANES = _lanes_of(_each_lane())


def take(
    connection: Connection, statement: Update, now: datetime, lease: timedelta, limit: int, **which: Any
) -> list[Delivery]:
    """Lease what the statement chooses, at most ``limit`` rows, the oldest first; their attempts are noted."""
    values = {"now": now, "until": now + lease, "owner_lease": uuid4().hex, "limit": limit, **which}
    rows: Sequence[Row] = connection.execute(statement, values).mappings().all()
    if lost := [{"this": row["id"], "former": row["attempts"] - 1, "now": now} for row in rows if row["lost"]]:
        connection.execute(_END_LOST, lost)
    if rows:
        connection.execute(_NOTE_START, [_start(row, now) for row in rows])
    sent = _sent_before(connection, [row["id"] for row in rows if row["unknown"]])
    in_order = sorted(rows, key=lambda row: (row["due_at"], row["id"]))
    return [delivery_of(row, now, sent.get(row["id"])) for row in in_order]


_MAY_HAVE_SENT = (str(Outcome.UNKNOWN), LOST, CRASHED)
_SENT_BEFORE = (
    select(
        _A.delivery, func.max(case((_A.outcome == LOST, _A.started_at), else_=_A.ended_at), type_=Moment).label("at")
    )
    .where(_A.delivery.in_(bindparam("ids", expanding=True)), _A.outcome.in_(_MAY_HAVE_SENT))
    .group_by(_A.delivery)
)


def _sent_before(connection: Connection, ids: Sequence[UUID]) -> Mapping[UUID, datetime]:
    """When the last attempt ended that may have taken effect unknown to us; of a lost one its beginning is known."""
    rows = connection.execute(_SENT_BEFORE, {"ids": ids}) if ids else ()
    return {row.delivery: row.at for row in rows}


def lanes(connection: Connection, now: datetime, older_than: timedelta) -> list[Lane]:
    """Where something is due and free; without connections that are paused or rest."""
    rows = connection.execute(_LANES, {"now": now, "before": now - older_than}).mappings()
    return [_lane(row) for row in rows if row["breaker"] not in _OPEN or _may_probe(row, now)]


def _may_probe(row: Mapping[Any, Any], now: datetime) -> bool:
    return row["next_probe_at"] is None or row["next_probe_at"] <= now


def _lane(row: Mapping[Any, Any]) -> Lane:
    since = row["since"]
    return Lane(row["connection"], row["tenant"], since, bool(row["failures"]), row["breaker"] in _OPEN)


def _start(row: Row, now: datetime) -> dict[str, Any]:
    return {
        "delivery": row["id"],
        "number": row["attempts"],
        "tenant": row["tenant"],
        "consultation": row["consultation"],
        "connection": row["connection"],
        "whose": row["connection"],
        "started_at": now,
    }


_HOLD = (
    update(delivery)
    .where(_D.id == bindparam("this"), _D.lease == bindparam("owner_lease"), _D.status == DUE)
    .values(lease_until=_UNTIL)
    .returning(delivery)
)


def hold(connection: Connection, id: UUID, owner_lease: str, now: datetime, lease: timedelta) -> Delivery | None:
    """The row claimed under that lease, which now begins anew; None where it is another's or settled."""
    values = {"this": id, "owner_lease": owner_lease, "until": now + lease}
    row = connection.execute(_HOLD, values).mappings().one_or_none()
    if row is None:
        return None
    return delivery_of(row, now, _sent_before(connection, [id]).get(id) if row["unknown"] else None)


def delivery_of(row: Row, claimed_at: datetime, sent_before: datetime | None) -> Delivery:
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
        claimed_at=claimed_at,
        receipt=receipt_of(row),
        sent_before=sent_before,
    )


_READY = and_(_D.status == DUE, _D.due_at <= bindparam("before", type_=Moment), _FREE, not_(_is_blocked()))
_DUE_IDS = select(_D.id).where(_READY, *_GATED).order_by(_D.due_at, _D.id).limit(bindparam("limit"))


def due(connection: Connection, now: datetime, older_than: timedelta, limit: int) -> list[UUID]:
    """Ids of rows that could be claimed now and have been due at least that long."""
    values = {"now": now, "before": now - older_than, "limit": limit}
    return list(connection.execute(_DUE_IDS, values).scalars())
