"""Windows of planned maintenance as rows. A window is looked at by one relay at a time: whoever claims it puts the next
look off for as long as its work may take."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, Row, bindparam, func, insert, select, update

from gateway.domain.errors import ConcurrentChange, NotFound
from gateway.domain.peers.delivery import DeliveryStatus
from gateway.domain.peers.maintenance import MUTED, FactChange, Held, Hours, Repeat, Window, WindowStage, offsets
from gateway.domain.scope import SystemScope
from gateway.store.consultation.tables_deliveries import delivery
from gateway.store.ground import signing
from gateway.store.ground.bulk import delete_some
from gateway.store.ground.engine import transaction
from gateway.store.ground.upsert import insert_new
from gateway.store.watch.tables import maintenance, maintenance_connection

_M, _C, _D = maintenance.c, maintenance_connection.c, delivery.c
_OF_CONNECTIONS = _M.upgrades_from.is_(None)
AT_ONCE = 500
_SPREAD = update(delivery).where(_D.id == bindparam("this"), _D.status == str(DeliveryStatus.DUE))
_SPREAD = _SPREAD.values(due_at=bindparam("due"))


class SqlMaintenance:
    """Moments are the caller's, so that a night can be told in a test."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def keep(self, window: Window, next_at: datetime | None, *, again: bool = False) -> None:
        """Write a new window; ``again``: one that may have been written already (a double click, another relay)."""
        with transaction(self._engine, SystemScope()) as connection:
            signing.note(connection, ", ".join(each.connection for each in window.connections), window.tenant)
            values = _values(window) | {"id": window.id, "next_at": next_at}
            if not again:
                connection.execute(insert(maintenance).values(values))
            else:
                signing.said_already(connection)  # by what made the time before this one begin, or cancelled it
                if not insert_new(connection, maintenance, values):
                    return
            for held in window.connections:
                connection.execute(insert(maintenance_connection).values(_held_values(window.id, held)))

    def change(
        self, window: Window, next_at: datetime | None, stages: Collection[WindowStage], *, part: bool = False
    ) -> None:
        """Keep it as it is now; ``ConcurrentChange`` where it does not stand in one of those stages any more. ``part``:
        of a pause or resumption, whose own row stands in the trail."""
        with transaction(self._engine, SystemScope()) as connection:
            if part:
                signing.said_already(connection)
            signing.note(connection, ", ".join(each.connection for each in window.connections), window.tenant)
            here = (_M.id == window.id, _M.stage.in_([str(each) for each in stages]))
            values = _values(window) | {"next_at": next_at}
            if connection.execute(update(maintenance).where(*here).values(values)).rowcount != 1:
                raise ConcurrentChange
            for held in window.connections:
                mine = (_C.maintenance == window.id, _C.connection == held.connection)
                row = _held_values(window.id, held)
                connection.execute(update(maintenance_connection).where(*mine).values(row))

    def claim(self, now: datetime, lease: timedelta) -> Window | None:
        """One that is to be looked at now, and by nobody else before the lease is over."""
        with transaction(self._engine, SystemScope()) as connection:
            query = select(_M.id).where(_M.next_at <= now).order_by(_M.next_at).limit(1)
            id = connection.execute(query.with_for_update(skip_locked=True)).scalar_one_or_none()
            if id is None:
                return None
            connection.execute(update(maintenance).where(_M.id == id).values(next_at=now + lease))
            return _found(connection, _M.id == id)[0]

    def is_any_due(self, now: datetime) -> bool:
        """Without the writer's lock, since mostly there is none."""
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return connection.execute(select(_M.id).where(_M.next_at <= now).limit(1)).first() is not None

    def find(self, id: UUID) -> Window:
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            found = _found(connection, _M.id == id)
        if not found:
            raise NotFound("maintenance")
        return found[0]

    def listed(self, limit: int = 100) -> Sequence[Window]:
        """Every one of connections, the latest first."""
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return _found(connection, _OF_CONNECTIONS, limit=limit)

    def announced(self, version: str, now: datetime) -> Window | None:
        """The upgrade that is announced while that version runs; None where its time is over."""
        stages = [str(WindowStage.PLANNED), str(WindowStage.RUNNING)]
        ahead = (_M.upgrades_from == version, _M.ends_at > now, _M.stage.in_(stages))
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return next(iter(_found(connection, *ahead, limit=1)), None)

    def running(self) -> Sequence[Window]:
        """Those that hold connections, or let go what was held."""
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return running(connection)

    def spread(self, name: str, now: datetime) -> int:
        """What was held there becomes due one after another from now on; how many rows. In the order in which they
        became due, so that no later version comes before an earlier one."""
        with transaction(self._engine, SystemScope()) as connection:
            signing.said_already(connection)  # by the resumption
            mine = (_D.connection == name, _D.status == str(DeliveryStatus.DUE))
            ids = connection.execute(select(_D.id).where(*mine).order_by(_D.created_at, _D.version, _D.id)).scalars()
            held = list(ids)
            pairs = zip(held, offsets(len(held)), strict=True)
            for some in batched_rows(({"this": id, "due": now + later} for id, later in pairs), AT_ONCE):
                connection.execute(_SPREAD, some)
            return len(held)

    def left(self, names: Collection[str], before: datetime) -> int:
        """How many rows of those connections that are older than that are still due."""
        old = (_D.connection.in_(sorted(names)), _D.status == str(DeliveryStatus.DUE), _D.created_at < before)
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return int(connection.execute(select(func.count()).select_from(delivery).where(*old)).scalar_one())

    def forget(self, before: datetime) -> int:
        with transaction(self._engine, SystemScope()) as connection:
            return delete_some(connection, maintenance, _M.next_at.is_(None), _M.ends_at < before)


def batched_rows(rows: Iterator[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    some: list[dict[str, Any]] = []
    for row in rows:
        some.append(row)
        if len(some) == size:
            yield some
            some = []
    if some:
        yield some


def running(connection: Connection) -> Sequence[Window]:
    muted = _M.stage.in_([str(each) for each in MUTED])
    return _found(connection, _OF_CONNECTIONS, _M.next_at.is_not(None), muted)


def _found(connection: Connection, *conditions: Any, limit: int = 1000) -> list[Window]:
    query = select(maintenance).where(*conditions).order_by(_M.starts_at.desc(), _M.id).limit(limit)
    windows = connection.execute(query).all()
    held: dict[UUID, list[Held]] = {}
    ids = [row.id for row in windows]
    mine = select(maintenance_connection).where(_C.maintenance.in_(ids)).order_by(_C.connection)
    for row in connection.execute(mine) if ids else ():
        held.setdefault(row.maintenance, []).append(_held(row))
    return [_window(row, tuple(held.get(row.id, ()))) for row in windows]


def _window(row: Row[Any], held: tuple[Held, ...]) -> Window:
    hours = Hours(row.day, time.fromisoformat(row.begins), time.fromisoformat(row.ends))
    repeat, stage = Repeat.parse(row.repeat), WindowStage(row.stage)
    return Window(
        row.id, row.tenant, row.words, hours, repeat, stage, row.ends_at, row.by, row.at, held, row.upgrades_from
    )


def _values(window: Window) -> dict[str, Any]:
    return {
        "tenant": window.tenant,
        "words": window.words,
        "day": window.hours.day,
        "begins": f"{window.hours.begins:%H:%M}",
        "ends": f"{window.hours.ends:%H:%M}",
        "repeat": window.repeat.code if window.repeat else "",
        "stage": str(window.stage),
        "starts_at": window.starts_at,
        "ends_at": window.ends_at,
        "by": window.by,
        "at": window.at,
        "upgrades_from": window.upgrades_from,
    }


def _held(row: Row[Any]) -> Held:
    changes = tuple(FactChange(*each) for each in row.changes or ())
    compared = row.changes is not None
    return Held(row.connection, row.paused, row.before, changes, compared, row.resumed_at, row.held, row.fault)


def _held_values(window: UUID, held: Held) -> dict[str, Any]:
    changes = [[each.fact, each.before, each.after] for each in held.changes] if held.compared else None
    return {
        "maintenance": window,
        "connection": held.connection,
        "paused": held.paused,
        "before": dict(held.before) if held.before is not None else None,
        "changes": changes,
        "resumed_at": held.resumed_at,
        "held": held.held,
        "fault": held.fault,
    }
