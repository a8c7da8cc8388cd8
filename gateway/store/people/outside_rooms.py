"""Calls that are held in another system's room: how far it is, where to enter, and whether it is to be removed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Engine,
    Index,
    Row,
    Select,
    String,
    Table,
    bindparam,
    exists,
    or_,
    select,
    update,
)

from gateway.domain.call_room import CallRoom, OutsideRoom, Stage
from gateway.domain.consultation.aggregate import Status
from gateway.domain.scope import SystemScope
from gateway.store.consultation.tables import HAS_ROOM, consultation
from gateway.store.ground.bulk import delete_some
from gateway.store.ground.columns import code, moment, sealed
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import transaction
from gateway.store.ground.schema import metadata
from gateway.store.ground.sealing import Place
from gateway.store.ground.upsert import insert_new

# ``room`` is our own name for it: the key of the consultation's room. Link and PIN let anybody in, so they are sealed.
outside_room = Table(
    "outside_room",
    metadata,
    Column("room", String(64), primary_key=True),
    code("connection"),
    code("stage"),
    code("reference"),
    sealed("link"),
    sealed("host_pin"),
    moment("begun_at", required=True),
    moment("due_at", required=True),
    Index("ix_outside_room_stage", "stage", "due_at"),
    Index("ix_outside_room_begun_at", "begun_at"),
)
_ROW = outside_room.c
_ON = (Status.PLANNED, Status.WAITING, Status.CALLING, Status.IN_CALL)
_IS_ON = (consultation.c.room == _ROW.room, HAS_ROOM, consultation.c.status.in_([str(status) for status in _ON]))
_IS_OVER = or_(_ROW.stage == str(Stage.OWN), ~exists().where(*_IS_ON).correlate(outside_room))


def _due(*which: ColumnElement[bool]) -> Select[Any]:
    """``now`` and ``limit`` are its parameters. Asked twice a second in each relay, so each is built once."""
    due = select(_ROW.room).where(*which, _ROW.due_at <= bindparam("now"))
    return due.order_by(_ROW.due_at).limit(bindparam("limit"))


_WANTED = _due(_ROW.stage == str(Stage.WANTED))
_OVER = _due(_ROW.stage.in_([str(Stage.READY), str(Stage.OWN)]), _IS_OVER)


class SqlOutsideRooms:
    """One row for each call; its connection and its stage hold for both sides of it."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def want(self, room: str, connection: str, at: datetime) -> OutsideRoom:
        """The call's row, made where there is none yet."""
        new = {"room": room, "connection": connection, "stage": str(Stage.WANTED), "begun_at": at, "due_at": at}
        with transaction(self._engine, SystemScope()) as opened:
            insert_new(opened, outside_room, new)
            return self._read(opened.execute(select(outside_room).where(_ROW.room == room)).one())

    def find(self, room: str) -> OutsideRoom | None:
        with transaction(self._engine, SystemScope(), read_only=True) as opened:
            row = opened.execute(select(outside_room).where(_ROW.room == room)).one_or_none()
        return None if row is None else self._read(row)

    def claim_wanted(self, now: datetime, lease: timedelta, limit: int = 20) -> Sequence[OutsideRoom]:
        """Those to be opened or looked at now; nobody else gets them for ``lease``."""
        return self._claimed(_WANTED, now, lease, limit)

    def claim_over(self, now: datetime, lease: timedelta, limit: int = 20) -> Sequence[OutsideRoom]:
        """Those to be removed: of a call that is over, or that is held in our own media after all."""
        return self._claimed(_OVER, now, lease, limit)

    def keep(self, room: str, found: CallRoom, stage: Stage, due: datetime) -> None:
        place = self._place(room)
        values: dict[str, Any] = {"reference": found.reference, "stage": str(stage), "due_at": due}
        values |= place.seal(link=found.link, host_pin=found.host_pin)
        self._write(room, values)

    def settle(self, room: str, stage: Stage, due: datetime) -> None:
        """Without a room that could be entered."""
        self._write(room, {"stage": str(stage), "due_at": due, "link": b"", "host_pin": b""})

    def forget(self, before: datetime) -> int:
        with transaction(self._engine, SystemScope()) as opened:
            return delete_some(opened, outside_room, _ROW.begun_at < before)

    def _claimed(self, due: Select[Any], now: datetime, lease: timedelta, limit: int) -> Sequence[OutsideRoom]:
        with transaction(self._engine, SystemScope(), read_only=True) as opened:
            rooms = opened.execute(due, {"now": now, "limit": limit}).scalars().all()
        if not rooms:
            return ()
        taken = (
            update(outside_room)
            .where(_ROW.room.in_(rooms), _ROW.due_at <= now)
            .values(due_at=now + lease)
            .returning(outside_room)
        )
        with transaction(self._engine, SystemScope()) as opened:
            return [self._read(row) for row in opened.execute(taken)]

    def _write(self, room: str, values: dict[str, Any]) -> None:
        with transaction(self._engine, SystemScope()) as opened:
            opened.execute(update(outside_room).where(_ROW.room == room).values(values))

    def _read(self, row: Row[Any]) -> OutsideRoom:
        place, found = self._place(row.room), row._mapping
        link, pin = (place.open(found, name) if found[name] else "" for name in ("link", "host_pin"))
        return OutsideRoom(row.room, row.connection, Stage(row.stage), row.reference, row.begun_at, link, pin)

    def _place(self, room: str) -> Place:
        return Place(self._vault, "outside_room", room, None)
