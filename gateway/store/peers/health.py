"""How each connection fares: its last success and failure, and its breaker, stored so that all processes obey one.

The functions that take a database connection are for a caller's own transaction (the settlement of an attempt).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, bindparam, exists, select, update

from gateway.domain.peers.breaker import Breaker, BreakerState, ConnectionHealth, Trouble
from gateway.domain.scope import SystemScope
from gateway.store.ground.engine import db_now, transaction
from gateway.store.ground.upsert import upsert, upsert_unless
from gateway.store.peers.tables import PHASE, connection_health

SUCCESS_EVERY = timedelta(seconds=10)  # between two notes that a peer answers
_H = connection_health.c
_CLOSED = str(BreakerState.CLOSED)
_WELL = {"breaker": _CLOSED, "open_since": None, "reason": "", "failures": 0, "openings": 0, "next_probe_at": None}
_ONE = select(connection_health).where(_H.connection == bindparam("name"))
_ANSWERED = _WELL | {"failing_since": None, "phase": ""}
_KNOWN = exists().where(
    _H.connection == bindparam("name"),
    _H.breaker == _CLOSED,
    _H.failures == 0,
    _H.failing_since.is_(None),
    _H.last_success_at >= bindparam("lately"),
)


class SqlConnectionHealth:
    """Read by pages, commands and metrics; ``now`` is the clock of the database."""

    def __init__(self, engine: Engine, now: Callable[[Connection], datetime] = db_now) -> None:
        self._engine = engine
        self._now = now

    def of(self, name: str) -> ConnectionHealth:
        """A connection that was never called is closed."""
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            row = connection.execute(_ONE, {"name": name}).one_or_none()
        return _health(row) if row else ConnectionHealth(name, Breaker())

    def every(self) -> Sequence[ConnectionHealth]:
        """All connections that were ever called, by name."""
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return [_health(row) for row in connection.execute(select(connection_health).order_by(_H.connection))]

    def answered(self, name: str) -> None:
        with transaction(self._engine, SystemScope()) as connection:
            note_answer(connection, name, self._now(connection))

    def failed(self, name: str, trouble: Trouble, jitter: float) -> Breaker:
        with transaction(self._engine, SystemScope()) as connection:
            return note_trouble(connection, name, trouble, self._now(connection), jitter)

    def close(self, name: str) -> None:
        """An operator has mended it: the next attempt is made at once, as the first of many."""
        with transaction(self._engine, SystemScope()) as connection:
            connection.execute(update(connection_health).where(_H.connection == name).values(**_WELL))


def note_answer(connection: Connection, name: str, now: datetime) -> None:
    """The peer answered: the breaker closes. Where that is no news, nothing is written for some seconds."""
    values = {"connection": name, "last_success_at": now, **_ANSWERED}
    upsert_unless(connection, connection_health, _KNOWN, values, {"name": name, "lately": now - SUCCESS_EVERY})


def note_trouble(connection: Connection, name: str, trouble: Trouble, now: datetime, jitter: float) -> Breaker:
    """The breaker as it is after that."""
    known = _held(connection, name)
    breaker = known.breaker.failed(trouble, now, jitter)
    failing = known.failing_since if trouble.rest is not None else known.failing_since or now
    seen = {"last_failure_at": now, "failing_since": failing, "phase": trouble.reason[:PHASE]}
    _write(connection, name, _columns(breaker) | seen)
    return breaker


def take_probe(connection: Connection, name: str, now: datetime, lease: timedelta) -> bool:
    """Whether the caller may make the one attempt that tells how the peer is; nobody else may until it is settled."""
    known = _held(connection, name)
    if not known.breaker.may_probe(now):
        return False
    _write(connection, name, _columns(known.breaker.probing(now, lease)))
    return True


def _held(connection: Connection, name: str) -> ConnectionHealth:
    """The row, locked until the caller's commit."""
    upsert(connection, connection_health, _WELL | {"connection": name, "phase": ""}, change=())
    return _health(connection.execute(_ONE.with_for_update(), {"name": name}).one())


def _write(connection: Connection, name: str, values: dict[str, Any]) -> None:
    connection.execute(update(connection_health).where(_H.connection == name).values(values))


def _columns(breaker: Breaker) -> dict[str, Any]:
    return {
        "breaker": str(breaker.state),
        "open_since": breaker.since,
        "reason": breaker.reason,
        "failures": breaker.failures,
        "openings": breaker.openings,
        "next_probe_at": breaker.next_probe_at,
    }


def _health(row: Row[Any]) -> ConnectionHealth:
    return health_of(row.connection, row)


def health_of(name: str, row: Row[Any]) -> ConnectionHealth:
    """From the columns of ``connection_health``, which are all NULL for a connection that was never called."""
    breaker = Breaker(
        BreakerState(row.breaker or _CLOSED),
        row.open_since,
        row.reason or "",
        row.failures or 0,
        row.openings or 0,
        row.next_probe_at,
    )
    return ConnectionHealth(name, breaker, row.last_success_at, row.last_failure_at, row.failing_since, row.phase or "")
