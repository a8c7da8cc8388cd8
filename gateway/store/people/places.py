"""Which media processes there are, and where the room of each call is placed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, exists, func, select, update

from gateway.domain.call_room import Look, Node
from gateway.domain.scope import SystemScope
from gateway.store.ground.bulk import delete_some
from gateway.store.ground.engine import db_now, transaction
from gateway.store.ground.upsert import insert_new
from gateway.store.people.rooms import FRESH
from gateway.store.people.tables_rooms import media_process, room_place, room_state

KNOWN = timedelta(minutes=1)
_TRIES, _TRY_AGAIN = 10, 0.02
ON_THE_WAY = timedelta(seconds=20)  # a page that got its ticket enters within seconds, or not at all

_PLACE, _PROCESS, _STATE = room_place.c, media_process.c, room_state.c
_NODES = (
    select(media_process)
    .where(_PROCESS.name != "", _PROCESS.heard_at > bindparam("since"))
    .order_by(_PROCESS.heard_at, _PROCESS.number)
)
_EXPECTED = (
    select(_PLACE.node, func.count().label("rooms"))
    .where(_PLACE.placed_at > bindparam("since"))
    .where(~exists().where(_STATE.room == _PLACE.room, _STATE.heard_at >= _PLACE.placed_at).correlate(room_place))
    .group_by(_PLACE.node)
)
_NODE_OF = select(_PLACE.node).where(_PLACE.room == bindparam("this"))
_SEATS = select(_STATE.seats).where(_STATE.room == bindparam("this"), _STATE.heard_at > bindparam("since"))
_MOVED = (
    update(room_place)
    .where(_PLACE.room == bindparam("this"), _PLACE.node == bindparam("former"))
    .values(node=bindparam("next"), placed_at=bindparam("at"))
)


_TURN = 0x1AE6EB23  # PostgreSQL's advisory lock: each choice knows of the one before it


class SqlPlaceBook:
    """``services.call_rooms.placing.PlaceBook``. Ages go by the database's clock."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._in_turn = Lock()  # threads wait here, without a connection

    def nodes(self) -> Sequence[Node]:
        """Those heard of within the last minute, one for each name."""
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return _nodes(connection, db_now(connection))

    def node_of(self, room: str) -> str:
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return _node_of(connection, room)

    def look(self, room: str) -> Look:
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            now = db_now(connection)
            nodes, name = _nodes(connection, now), _node_of(connection, room) if room else ""
            draining = any(node.name == name and node.draining for node in nodes)
            return Look(nodes, name, draining and _occupied(connection, room, now))

    def settle(self, room: str, instead_of: str, choose: Callable[[Sequence[Node]], Node | None]) -> str:
        with self._in_turn, transaction(self._engine, SystemScope()) as connection:
            _one_after_the_other(connection)
            at = db_now(connection)
            best = choose(_nodes(connection, at))
            if best is not None and not _place_new(connection, [room], best.name, at):
                moved = {"this": room, "former": instead_of, "next": best.name, "at": at}
                connection.execute(_MOVED, moved)
            return _node_of(connection, room)

    def placed_elsewhere(self, node: str, rooms: Sequence[str]) -> Sequence[str]:
        with transaction(self._engine, SystemScope()) as connection:
            found = select(_PLACE.room, _PLACE.node).where(_PLACE.room.in_(rooms))
            placed = {row.room: row.node for row in connection.execute(found)}
            new = [room for room in rooms if room not in placed]
            _place_new(connection, new, node, db_now(connection))
            return [room for room in rooms if placed.get(room, node) != node]

    def forget(self, before: datetime) -> int:
        """Upkeep: places of rooms and processes that are long over; the number of rows that went."""
        with transaction(self._engine, SystemScope()) as connection:
            gone = delete_some(connection, media_process, _PROCESS.heard_at < before)
            return gone + delete_some(connection, room_place, _PLACE.placed_at < before)


def _one_after_the_other(connection: Connection) -> None:
    """Among processes, as far as that is had soon: on a busy server rooms are placed less evenly rather than late.
    SQLite has one writer anyway."""
    for _ in range(_TRIES if connection.dialect.name == "postgresql" else 0):
        if connection.execute(select(func.pg_try_advisory_xact_lock(_TURN))).scalar():
            return
        time.sleep(_TRY_AGAIN)


def _nodes(connection: Connection, now: datetime) -> list[Node]:
    expected = {row.node: row.rooms for row in connection.execute(_EXPECTED, {"since": now - ON_THE_WAY})}
    rows = connection.execute(_NODES, {"since": now - KNOWN})
    newest = {row.name: row for row in rows}  # a process that was started anew has the name of the one before it
    return [_node(row, now, expected.get(name, 0)) for name, row in newest.items()]


def _node_of(connection: Connection, room: str) -> str:
    return connection.execute(_NODE_OF, {"this": room}).scalar_one_or_none() or ""


def _occupied(connection: Connection, room: str, now: datetime) -> bool:
    return any(connection.execute(_SEATS, {"this": room, "since": now - FRESH}).scalars())


def _place_new(connection: Connection, rooms: Sequence[str], node: str, at: datetime) -> int:
    rows: list[dict[str, Any]] = [{"room": room, "node": node, "placed_at": at} for room in sorted(rooms)]
    return insert_new(connection, room_place, rows) if rows else 0


def _node(row: Any, now: datetime, expected: int) -> Node:
    silent = max(0.0, (now - row.heard_at).total_seconds())
    return Node(row.name, row.signal_url, row.seats, row.core_percent / 100, row.draining, silent, expected)
