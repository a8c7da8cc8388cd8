"""Rotation of the data key: stored values are opened under a former key and sealed under the present one, in batches.

``start`` writes one row of ``resealing`` per table; ``run_pass`` takes the next rows of the first table that is not
done and notes how far it came in the same transaction, so that a process that is killed loses nothing. Every process
reads values under each key it knows, so nothing is unreadable meanwhile. Of a consultation it is the key of its own
that is sealed anew (own_keys.py), not what that key seals: one small value instead of several documents.

Audit, its reviews, events and responsibility are never rewritten: the names in them stay under the key of their time
(guards.py).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Connection, Engine, Table, Update, Uuid, and_, bindparam, func, select, tuple_, update

from gateway.domain.scope import SystemScope
from gateway.store.consultation.tables import consultation_key
from gateway.store.doors.tables import fhir_subscription
from gateway.store.ground import signing
from gateway.store.ground.crypto import Unreadable, Vault
from gateway.store.ground.engine import db_now, transaction
from gateway.store.ground.ready import write
from gateway.store.ground.sealing import Row, Values
from gateway.store.ground.upsert import upsert
from gateway.store.people.tables import employee
from gateway.store.people.tables_organisations import clinic_user
from gateway.store.people.tables_wishes import wish
from gateway.store.watch.tables import resealing

BATCH = 50
KEYS_BATCH = 500  # of rows that hold nothing but a key
_R = resealing.c


def _of_id(row: Row) -> str:
    return str(row["id"])


def _of_consultation(row: Row) -> str:
    return str(row["consultation"])


@dataclass(frozen=True)
class Sealed:
    """A table's sealed columns, and the row by which their values are bound to their place (sealing.py)."""

    table: Table
    columns: tuple[str, ...]
    row: Callable[[Row], str] = _of_id
    batch: int = BATCH

    @property
    def key(self) -> list[Column[Any]]:
        return list(self.table.primary_key.columns)

    @property
    def read(self) -> list[Column[Any]]:
        """What a batch reads: key, sealed values, and what their place is made of."""
        names = [c.name for c in self.key] + [n for n in ("consultation", "tenant") if n in self.table.c]
        return [self.table.c[name] for name in dict.fromkeys([*names, *self.columns])]

    @cached_property
    def rewriting(self) -> Update:
        """All sealed columns of one row, whose key is given as ``this_…``."""
        this = (column == bindparam(f"this_{column.name}") for column in self.key)
        return update(self.table).where(and_(*this))


TABLES: Mapping[str, Sealed] = {
    each.table.name: each
    for each in (
        Sealed(consultation_key, ("wrapped",), _of_consultation, KEYS_BATCH),
        Sealed(employee, ("name", "authorisation", "workstation")),
        Sealed(clinic_user, ("name",)),
        Sealed(fhir_subscription, ("headers",)),
        Sealed(wish, ("text", "answer")),
    )
}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one table is: rows looked at, rows nobody can open."""

    table: str
    key: str
    rows: int
    unreadable: int
    done: bool


class SqlResealing:
    """``vault`` knows the present key and every former one that is still in use."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def start(self) -> None:
        """From the beginning of every table, under the present key; also where an earlier round is under way."""
        begun = {"key": self._vault.current, "reached": "", "rows": 0, "unreadable": 0, "done": False}
        with transaction(self._engine, SystemScope()) as connection:
            signing.note(connection, self._vault.current)
            for name in TABLES:
                upsert(connection, resealing, {"name": name, "at": db_now(connection), **begun})

    def run_pass(self, limit: int | None = None) -> int:
        """The next batch (``limit``: of fewer rows than usual); how many rows were looked at. 0: nothing is to be done,
        or not under this process's key."""
        waits = select(resealing).where(_R.done.is_(False), _R.key == self._vault.current).order_by(_R.name).limit(1)
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            if connection.execute(waits).first() is None:  # nearly always: no writer waits for this look
                return 0
        with transaction(self._engine, SystemScope()) as connection:
            state = connection.execute(waits.with_for_update()).mappings().one_or_none()
            if state is None or state["name"] not in TABLES:
                return 0
            sealed = TABLES[state["name"]]
            return self._batch(connection, sealed, state, limit or sealed.batch)

    def progress(self) -> Sequence[Progress]:
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            rows = connection.execute(select(resealing).order_by(_R.name)).all()
        return [Progress(row.name, row.key, row.rows, row.unreadable, row.done) for row in rows]

    def count(self, keys: Sequence[str]) -> Mapping[str, Mapping[str, int]]:
        """Per table how many values each of these keys has sealed: a look at every value there is."""
        return {name: self._count(sealed, keys) for name, sealed in TABLES.items()}

    def _batch(self, connection: Connection, sealed: Sealed, state: Row, limit: int) -> int:
        query = select(*sealed.read).order_by(*sealed.key).limit(limit).with_for_update()
        if state["reached"]:
            query = query.where(tuple_(*sealed.key) > tuple_(*_parsed(sealed, state["reached"])))
        rows = connection.execute(query).mappings().all()
        lost = self._reseal(connection, sealed, rows)
        values: dict[str, Any] = {"rows": state["rows"] + len(rows), "unreadable": state["unreadable"] + lost}
        values |= {"at": db_now(connection), "done": len(rows) < limit}
        if rows:
            values["reached"] = json.dumps([str(rows[-1][column.name]) for column in sealed.key])
        connection.execute(update(resealing).where(_R.name == sealed.table.name).values(values))
        return max(len(rows), 1)

    def _reseal(self, connection: Connection, sealed: Sealed, rows: Sequence[Row]) -> int:
        """In how many of the rows stands a value that nobody can open: they are left as they are."""
        lost, changed = 0, list[Values]()
        for row in rows:
            try:
                new = self._row_anew(sealed, row)
            except Unreadable:
                lost += 1
                continue
            if any(new[name] != row[name] for name in sealed.columns):
                changed.append(new | {f"this_{column.name}": row[column.name] for column in sealed.key})
        if changed:
            write(connection, sealed.rewriting, changed)
        return lost

    def _row_anew(self, sealed: Sealed, row: Row) -> Values:
        place = {"table": sealed.table.name, "row": sealed.row(row), "tenant": row.get("tenant")}
        return {name: self._anew(row[name], {**place, "column": name}) for name in sealed.columns}

    def _anew(self, value: bytes, place: dict[str, Any]) -> bytes:
        if not value or self._vault.is_current(value):
            return value
        return self._vault.seal_bytes(self._vault.unseal_bytes(value, **place), **place)

    def _count(self, sealed: Sealed, keys: Sequence[str]) -> Mapping[str, int]:
        found: dict[str, int] = {}
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            for key in keys:
                mark = self._vault.mark_of(key)
                marked = [func.substr(sealed.table.c[name], 1, len(mark)) == mark for name in sealed.columns]
                counts = [select(func.count()).select_from(sealed.table).where(each) for each in marked]
                found[key] = sum(int(connection.execute(each).scalar_one()) for each in counts)
        return found


def _parsed(sealed: Sealed, reached: str) -> list[Any]:
    said = json.loads(reached)
    return [UUID(one) if isinstance(column.type, Uuid) else one for column, one in zip(sealed.key, said, strict=True)]
