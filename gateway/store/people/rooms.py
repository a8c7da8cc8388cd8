"""What the media processes say about rooms, kept apart from the consultation: a heartbeat never moves its version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, func, select, update

from gateway.domain.consultation.aggregate import Status
from gateway.domain.room import Heartbeat, NodeState, RoomState
from gateway.domain.scope import SystemScope
from gateway.store.consultation.tables import LIVE, consultation
from gateway.store.ground.bulk import delete_some
from gateway.store.ground.engine import db_now, transaction
from gateway.store.ground.upsert import insert_new
from gateway.store.people.tables_rooms import media_process, room_state

FRESH = timedelta(seconds=10)
MOST_PERCENT = 100_000


_STATE = room_state.c
_last = func.max(_STATE.present_at)
_EMPTY_CALLS = (
    select(consultation.c.room)
    .join(room_state, _STATE.room == consultation.c.room)
    .where(LIVE, consultation.c.status == str(Status.IN_CALL))
    .group_by(consultation.c.room)
    .having(_last <= bindparam("moment"))
    .order_by(_last)
    .limit(bindparam("limit"))
)


_PROCESS = media_process.c
_OF_PROCESS = (_PROCESS.process == bindparam("this"), _PROCESS.number < bindparam("newest"))
_OLDER = select(_PROCESS.told_at).where(*_OF_PROCESS)
_NEWER = update(media_process).where(*_OF_PROCESS)


class SqlRoomBook:
    """``ports.RoomBook``. How fresh the news is goes by the database's clock, since when a room is empty by the
    caller's."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def note(self, heartbeat: Heartbeat, now: datetime) -> bool:
        with transaction(self._engine, SystemScope()) as connection:
            heard = db_now(connection)
            before = _heard_before(connection, heartbeat, heard)
            if before is None:
                return False
            if heartbeat.brief:
                return True
            for room in heartbeat.rooms:
                _keep(connection, heartbeat.process, room, heard, now)
            _empty_the_others(connection, heartbeat, before)
            return True

    def occupied(self, room: str) -> Mapping[str, bool]:
        state = room_state.c
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            young = state.heard_at > db_now(connection) - FRESH
            query = select(state.seats).where(state.room == room, young).order_by(state.heard_at)
            found: dict[str, bool] = {}
            for seats in connection.execute(query).scalars():
                for seat, flowing in seats.items():
                    found[seat] = found.get(seat, False) or flowing
            return found

    def empty_since_before(self, moment: datetime, limit: int = 50) -> Sequence[str]:
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return connection.execute(_EMPTY_CALLS, {"moment": moment, "limit": limit}).scalars().all()

    def look_later(self, room: str, now: datetime) -> None:
        with transaction(self._engine, SystemScope()) as connection:
            connection.execute(update(room_state).where(_STATE.room == room).values(present_at=now))

    def forget(self, before: datetime) -> int:
        """Upkeep: drop rooms nobody has been in since ``before``; the number of rows that went."""
        with transaction(self._engine, SystemScope()) as connection:
            return delete_some(connection, room_state, _STATE.present_at < before)


def _heard_before(connection: Connection, heartbeat: Heartbeat, heard: datetime) -> datetime | None:
    """When the process last told of all its rooms before this; None where the heartbeat is no news."""
    told = {"number": heartbeat.number, "heard_at": heard, **_told_of_itself(heartbeat)}
    if insert_new(connection, media_process, {"process": heartbeat.process, "told_at": heard, **told}):
        return heard
    known = {"this": heartbeat.process, "newest": heartbeat.number}
    before: datetime | None = connection.execute(_OLDER, known).scalar_one_or_none()
    newer = told if heartbeat.brief else told | {"told_at": heard}
    if before is None or connection.execute(_NEWER.values(newer), known).rowcount != 1:
        return None
    return before


def _told_of_itself(heartbeat: Heartbeat) -> dict[str, Any]:
    node = heartbeat.node or NodeState("", "", 0, 0.0, draining=False)
    percent = max(0, min(MOST_PERCENT, round(node.core * 100)))
    mine = {"name": node.name, "signal_url": node.signal_url, "seats": node.seats}
    return mine | {"core_percent": percent, "draining": node.draining, "unsealed": node.unsealed}


def _keep(connection: Connection, process: str, room: RoomState, heard: datetime, now: datetime) -> None:
    connected = {seat.seat: seat.flowing for seat in room.seats if seat.connected}
    values: dict[str, Any] = {"seats": connected, "heard_at": heard}
    key = {"room": room.room, "process": process}
    if insert_new(connection, room_state, {**key, **values, "present_at": now}):
        return
    if connected:
        values["present_at"] = now
    state = room_state.c
    connection.execute(update(room_state).where(state.room == room.room, state.process == process).values(values))


def _empty_the_others(connection: Connection, heartbeat: Heartbeat, before: datetime) -> None:
    """A room the process no longer speaks of has nobody in it there: of those it spoke of last time, that is."""
    gone = update(room_state).where(_STATE.process == heartbeat.process, _STATE.heard_at >= before)
    named = [room.room for room in heartbeat.rooms]
    if named:
        gone = gone.where(_STATE.room.not_in(named))
    connection.execute(gone.values(seats={}))
