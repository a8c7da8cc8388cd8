"""How much is owed, for how long, and how connections, rooms and processes fare: numbers for alarms and metrics."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, and_, bindparam, case, func, not_, or_, select

from gateway.domain.alarm import Beat, IllConnection, Limits, OwedCount, Pace, Seen
from gateway.domain.consultation.aggregate import Status
from gateway.domain.oversight import Oversight
from gateway.domain.peers.delivery import DeliveryStatus
from gateway.domain.peers.owed import Standing
from gateway.domain.peers.verdict import LOCKS
from gateway.domain.register_age import RegisterAge
from gateway.domain.scope import SystemScope
from gateway.store.consultation import undone
from gateway.store.consultation.claiming import LOST
from gateway.store.consultation.tables import HAS_ROOM, NOT_CLOSED, consultation
from gateway.store.consultation.tables_deliveries import delivery, delivery_attempt
from gateway.store.ground.engine import db_now, transaction
from gateway.store.ground.tables_audit import IS_STOPPED_SEARCH, audit
from gateway.store.peers import tables as peer_tables
from gateway.store.peers.connections import RevisionState, newest_revisions
from gateway.store.people.tables_rooms import media_process, room_state
from gateway.store.people.wishes import new_wishes
from gateway.store.watch.alarms import beats, hosts
from gateway.store.watch.head_failures import unkept_heads
from gateway.store.watch.maintaining import running
from gateway.store.watch.owed import marked
from gateway.store.watch.tables import difference

_D, _A, _H = delivery.c, delivery_attempt.c, peer_tables.connection_health.c
_STUCK, _DUE = str(DeliveryStatus.STUCK), str(DeliveryStatus.DUE)
LATELY, LAST, ENOUGH = timedelta(minutes=10), 500, 5  # the attempts by which a connection's pace is judged
WAITS = (Status.WAITING, Status.CALLING)
FRESH = timedelta(seconds=10)  # a media process that is alive speaks every two seconds
ERASURE_GRACE = timedelta(hours=1)  # the erasure's passes come every few seconds, fifty at a time
MOST_PAST = 200  # looked at, so that a great pile costs no more than this
_PAST = consultation.c.erase_after <= bindparam("before")


@dataclass(frozen=True, slots=True)
class Depth:
    """Undone deliveries of one connection that stand in one way."""

    connection: str
    kind: str
    standing: Standing
    count: int
    oldest: datetime


@dataclass(frozen=True, slots=True)
class EndedAttempt:
    delivery: UUID
    number: int
    connection: str
    outcome: str
    started_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class ConnectionState:
    """``state``: active, paused or retired as the administrator wants it; ``failing_since`` as the peer has it.
    ``breaker``: "" or closed where it is called."""

    connection: str
    kind: str
    state: str
    failing_since: datetime | None
    breaker: str | None


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything of one moment."""

    now: datetime
    depths: Sequence[Depth]
    connections: Sequence[ConnectionState]
    differences: Sequence[tuple[str, UUID | None, int]]
    beats: Sequence[Beat]
    rooms: int
    occupied_rooms: int
    unsealed: int


@dataclass(frozen=True, slots=True)
class UnderWay:
    """Rooms somebody is in, and consultations whose citizen waits for the clinic."""

    calls: int
    waiting: int


class SqlFigures:
    """Reads only."""

    def __init__(self, engine: Engine, now: Callable[[Connection], datetime] = db_now) -> None:
        self._engine = engine
        self._now = now

    def present(self) -> Figures:
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            now = db_now(connection)
            rooms, occupied = _rooms(connection, now)
            found = (_depths(connection), _connections(connection), _differences(connection), beats(connection))
            return Figures(now, *found, rooms, occupied, _unsealed(connection, now))

    def seen(self, limits: Limits, registers: Sequence[RegisterAge]) -> tuple[Seen, datetime]:
        """What alarms are judged by, and the moment as the database has it."""
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            now = self._now(connection)
            windows = running(connection)
            seen = Seen(
                _owed(connection, now, limits),
                _ill(connection),
                beats(connection),
                registers,
                _differences(connection),
                hosts(connection, now - limits.silent),
                _paces(connection, now - LATELY),
                _stopped_searches(connection, now - limits.searches),
                new_wishes(connection),
                unkept_heads(connection),
                frozenset(each.connection for window in windows for each in window.connections),
                [(each.connection, w.tenant) for w in windows if w.is_overrun(now) for each in w.waits_for],
            )
            return seen, now

    def under_way(self) -> UnderWay:
        waits = consultation.c.status.in_([str(each) for each in WAITS])
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            _rooms_open, occupied = _rooms(connection, db_now(connection))
            waiting = connection.execute(select(func.count()).select_from(consultation).where(NOT_CLOSED, waits))
            return UnderWay(occupied, waiting.scalar_one())

    def ended_since(self, moment: datetime, limit: int) -> Sequence[EndedAttempt]:
        """Attempts that ended at that moment or later, the earliest first."""
        query = select(_A.delivery, _A.number, _A.connection, _A.outcome, _A.started_at, _A.ended_at)
        late = query.where(_A.ended_at >= moment).order_by(_A.ended_at).limit(limit)
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return [EndedAttempt(*row) for row in connection.execute(late)]

    def now(self) -> datetime:
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return db_now(connection)


def _stopped_searches(connection: Connection, since: datetime) -> list[tuple[UUID, int]]:
    """Of each organisation, how many people. Counted here: asked to group, SQLite walks the whole trail by tenant."""
    query = select(audit.c.tenant, audit.c.actor_id).where(IS_STOPPED_SEARCH, audit.c.at >= since)
    people: dict[UUID, set[str]] = {}
    for row in connection.execute(query):
        people.setdefault(row.tenant, set()).add(row.actor_id)
    return [(tenant, len(found)) for tenant, found in people.items()]


def _depths(connection: Connection) -> list[Depth]:
    rows = marked.subquery()
    by = (rows.c.connection, rows.c.kind, rows.c.standing)
    query = select(*by, func.count(), func.min(rows.c.created_at)).group_by(*by)
    return [Depth(name, kind, Standing(how), n, old) for name, kind, how, n, old in connection.execute(query)]


def _connections(connection: Connection) -> list[ConnectionState]:
    newest = newest_revisions().subquery()
    health = peer_tables.connection_health
    joined = newest.outerjoin(health, _H.connection == newest.c.connection)
    shown = (newest.c.connection, newest.c.kind, newest.c.state, _H.failing_since, _H.breaker)
    query = select(*shown).select_from(joined)
    return [ConnectionState(*row) for row in connection.execute(query.order_by(newest.c.connection))]


def _ill(connection: Connection) -> list[IllConnection]:
    newest = newest_revisions().subquery()
    joined = newest.join(peer_tables.connection_health, _H.connection == newest.c.connection)
    query = select(newest.c.connection, newest.c.owner_tenant, _H.failing_since).select_from(joined)
    failing = query.where(newest.c.state == str(RevisionState.ACTIVE), _H.failing_since.is_not(None))
    return [IllConnection(*row) for row in connection.execute(failing)]


def _paces(connection: Connection, since: datetime) -> list[Pace]:
    """Of connections at which enough was attempted since. Attempts that ended unanswered count: they took that long."""
    newest = newest_revisions().subquery()
    query = select(newest.c.connection, newest.c.owner_tenant, _A.started_at, _A.ended_at)
    joined = query.select_from(newest.join(delivery_attempt, _A.connection == newest.c.connection))
    ended = joined.where(_A.ended_at >= since, _A.outcome != LOST).order_by(_A.ended_at.desc()).limit(LAST)
    taken: dict[tuple[str, UUID | None], list[timedelta]] = {}
    for row in connection.execute(ended):
        taken.setdefault((row.connection, row.owner_tenant), []).append(row.ended_at - row.started_at)
    enough = {whose: sorted(times) for whose, times in taken.items() if len(times) >= ENOUGH}
    return [Pace(name, owner, times[len(times) // 2]) for (name, owner), times in enough.items()]


def _owed(connection: Connection, now: datetime, limits: Limits) -> list[OwedCount]:
    newest = newest_revisions().subquery()
    paused = select(newest.c.connection).where(newest.c.state == str(RevisionState.PAUSED))
    running = and_(_D.status == _DUE, _D.connection.not_in(paused))
    stuck = _D.status == _STUCK
    unknown = and_(running, _D.unknown, func.coalesce(_D.sent_at, _D.created_at) <= bindparam("unknown_before"))
    late, held = and_(running, _D.created_at <= bindparam("overdue_before")), func.coalesce(_D.fault, "").in_(LOCKS)
    overdue, locked = and_(late, not_(held)), and_(late, held)
    counted = [func.sum(case((each, 1), else_=0)) for each in (stuck, unknown, overdue, locked)]
    query = select(_D.connection, _D.tenant, *counted).where(undone.asks_operations(), or_(stuck, unknown, late))
    before = {"unknown_before": now - limits.unknown, "overdue_before": now - limits.overdue}
    return [OwedCount(*row) for row in connection.execute(query.group_by(_D.connection, _D.tenant), before)]


def _differences(connection: Connection) -> list[tuple[str, UUID | None, int]]:
    by: Any = (difference.c.connection, difference.c.tenant)
    query = select(*by, func.count()).where(difference.c.settled_at.is_(None)).group_by(*by)
    return [(row[0], row[1], row[2]) for row in connection.execute(query)]


def _rooms(connection: Connection, now: datetime) -> tuple[int, int]:
    """Rooms of open consultations, and those somebody is connected to."""
    rooms = select(func.count()).select_from(consultation).where(HAS_ROOM, NOT_CLOSED)
    fresh = select(room_state.c.room, room_state.c.seats).where(room_state.c.heard_at > now - FRESH)
    occupied = {row.room for row in connection.execute(fresh) if row.seats}
    return int(connection.execute(rooms).scalar_one()), len(occupied)


def _unsealed(connection: Connection, now: datetime) -> int:
    process = media_process.c
    fresh = select(func.coalesce(func.sum(process.unsealed), 0)).where(process.heard_at > now - FRESH)
    return int(connection.execute(fresh).scalar_one())


@dataclass(frozen=True, slots=True)
class ErasureStanding:
    """Consultations past their day: ``held`` keep their text until the note has come through, ``overdue`` should be
    bare by now. ``more``: there are more than were looked at."""

    held: int
    overdue: int
    more: bool


def erasure_standing(engine: Engine, seen: Oversight) -> ErasureStanding:
    """The oldest ``MOST_PAST`` of one organisation, or of all for the operator."""
    own = () if seen.tenant is None else (consultation.c.tenant == seen.tenant,)
    unfiled = undone.has_unfiled_note().label("unfiled")
    past = (
        select(unfiled)
        .where(_PAST, *own)
        .order_by(consultation.c.erase_after, consultation.c.id)
        .limit(MOST_PAST)
        .subquery()
    )
    counted = select(past.c.unfiled, func.count()).group_by(past.c.unfiled)
    with transaction(engine, seen.scope, read_only=True) as connection:
        found = connection.execute(counted, {"before": db_now(connection) - ERASURE_GRACE})
        counts = {bool(held): count for held, count in found}
    held, overdue = counts.get(True, 0), counts.get(False, 0)
    return ErasureStanding(held, overdue, held + overdue == MOST_PAST)
