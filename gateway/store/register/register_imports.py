"""The record of every import of SOR and Sikrede, and the pointer to the one that holds now.

A new import is filled in beside the active one and takes over by one small transaction: readers see the old register
or the new one, never a mixture, and a crash half-way leaves the old one in force.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, insert, select, update

from gateway.domain.errors import ConcurrentChange, NotFound
from gateway.domain.scope import SystemScope
from gateway.store.ground import signing
from gateway.store.ground.engine import at_leisure, db_now, transaction
from gateway.store.ground.upsert import upsert
from gateway.store.register.tables import register_activation, register_import, register_state

_i, _s = register_import.c, register_state.c


@dataclass(frozen=True, slots=True)
class Imported:
    """One import of a register. ``added``/``changed``/``closed`` compare it with the one before."""

    id: int
    register: str
    layout: str
    slot: str
    as_of: date
    stamp: str
    total: int
    added: int
    changed: int
    closed: int
    imported_at: datetime
    imported_by: str
    active: bool = False
    can_roll_back: bool = False


def status(engine: Engine, register: str) -> Imported | None:
    """The active import; None before the first one."""
    return next((one for one in history(engine, register) if one.active), None)


def history(engine: Engine, register: str, limit: int = 50) -> Sequence[Imported]:
    """All imports, the newest first, whether or not their rows are still kept."""
    query = select(register_import).where(_i.register == register).order_by(_i.id.desc()).limit(limit)
    with transaction(engine, SystemScope(), read_only=True) as connection:
        state = connection.execute(select(register_state).where(_s.register == register)).one_or_none()
        active, previous = (state.active, state.previous) if state else (None, None)
        return [_imported(row, active, previous) for row in connection.execute(query)]


def _imported(row: Row[Any], active: int | None, previous: int | None) -> Imported:
    now = row.id == active
    return Imported(**row._mapping, active=now, can_roll_back=now and previous is not None)


def begin(connection: Connection, register: str, expected: int | None, values: dict[str, Any]) -> int:
    """Announce an import that is being filled in; the id its rows carry. What could be gone back to until now is given
    up, since the new rows take its place. ``ConcurrentChange`` where another import became active meanwhile."""
    state = _locked(connection, register)
    if state.active != expected:
        raise ConcurrentChange
    statement = insert(register_import).values(register=register, **values).returning(_i.id)
    new: int = connection.execute(statement).scalar_one()
    mine = update(register_state).where(_s.register == register)
    connection.execute(mine.values(filling=new, previous=None))
    return new


def require_filling(connection: Connection, register: str, id: int) -> None:
    """Raises ``ConcurrentChange`` where another import has begun since."""
    if _locked(connection, register).filling != id:
        raise ConcurrentChange


def activate(connection: Connection, register: str, id: int, counted: dict[str, int], by: str, at: datetime) -> None:
    """From the commit of this transaction on, ``id`` is the register."""
    state = _locked(connection, register)
    if state.filling != id:
        raise ConcurrentChange
    connection.execute(update(register_import).where(_i.id == id).values(**counted))
    _point(connection, register, id, state.active, {"kind": "import", "by": by, "at": at})


def rollback(engine: Engine, register: str, by: str, at: datetime | None = None) -> Imported:
    """Go back to the import before the active one. ``NotFound`` where none is kept."""
    with at_leisure(engine) as connection:
        state = _locked(connection, register)
        if state.previous is None:
            raise NotFound("previous-import")
        act = {"kind": "rollback", "by": by, "at": at or db_now(connection)}
        _point(connection, register, state.previous, None, act)
        row = connection.execute(select(register_import).where(_i.id == state.previous)).one()
        return _imported(row, state.previous, None)


def _point(connection: Connection, register: str, active: int, previous: int | None, act: Mapping[str, Any]) -> None:
    """Make ``active`` the register and keep ``previous`` to go back to; ``act``: kind, by and at of the history row."""
    mine = update(register_state).where(_s.register == register)
    connection.execute(mine.values(active=active, previous=previous, filling=None))
    connection.execute(insert(register_activation).values(import_id=active, **act))


def _locked(connection: Connection, register: str) -> Row[Any]:
    upsert(connection, register_state, {"register": register}, change=())
    signing.note(connection, register)
    query = select(register_state).where(_s.register == register).with_for_update()
    return connection.execute(query).one()
