"""What the media processes say about rooms, kept apart from the consultation: a heartbeat never moves its version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, exists, func, select, update

from gateway.domain.consultation.aggregate import Status
from gateway.domain.room import Heartbeat, RoomState
from gateway.domain.scope import SystemScope
from gateway.store.consultation.tables import HAS_ROOM, consultation
from gateway.store.ground.bulk import delete_some
from gateway.store.ground.engine import db_now, transaction
from gateway.store.ground.upsert import insert_new
from gateway.store.people.tables_rooms import media_process, room_state

FRESH = timedelta(seconds=10)


_OVER = exists().where(consultation.c.room == room_state.c.room, HAS_ROOM, consultation.c.status == str(Status.CLOSED))


class SqlRoomBook:
    """``ports.RoomBook``. How fresh the news is goes by the database's clock, since when a room is empty by the
    caller's."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def note(self, heartbeat: Heartbeat, now: datetime) -> bool:
        with transaction(self._engine, SystemScope()) as connection:
            heard = db_now(connection)
            if not _is_news(connection, heartbeat, heard):
                return False
            for room in heartbeat.rooms:
                _keep(connection, heartbeat.process, room, heard, now)
            _empty_the_others(connection, heartbeat, heard)
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

    def empty_since_before(self, moment: datetime) -> Sequence[str]:
        state = room_state.c
        last = func.max(state.present_at)
        query = select(state.room).where(~_OVER).group_by(state.room).having(last <= moment).order_by(last)
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return connection.execute(query).scalars().all()

    def forget(self, before: datetime) -> int:
        """Upkeep: drop rooms nobody has been in since ``before``, and those of closed consultations; the number of
        rows that went."""
        with transaction(self._engine, SystemScope()) as connection:
            old = delete_some(connection, room_state, room_state.c.present_at < before)
            return old + delete_some(connection, room_state, _OVER)


def _is_news(connection: Connection, heartbeat: Heartbeat, heard: datetime) -> bool:
    first = {"process": heartbeat.process, "number": heartbeat.number, "heard_at": heard}
    if insert_new(connection, media_process, first):
        return True
    known = media_process.c
    newer = update(media_process).where(known.process == heartbeat.process, known.number < heartbeat.number)
    return connection.execute(newer.values(number=heartbeat.number, heard_at=heard)).rowcount == 1


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


def _empty_the_others(connection: Connection, heartbeat: Heartbeat, heard: datetime) -> None:
    """A room the process no longer speaks of has nobody in it there."""
    state = room_state.c
    gone = update(room_state).where(state.process == heartbeat.process)
    named = [room.room for room in heartbeat.rooms]
    if named:
        gone = gone.where(state.room.not_in(named))
    connection.execute(gone.values(seats={}, heard_at=heard))
