"""Insert or update in one statement, in the words of either database: two writers of one row never collide.

Each statement is built once, for its table and columns; the values go in as parameters.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Exists, Table, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from gateway.store.ground.ready import write
from gateway.store.ground.sealing import Values


def upsert(
    connection: Connection, table: Table, values: Mapping[str, Any], *, change: Collection[str] | None = None
) -> bool:
    """Write ``values``; where the primary key exists, change the columns in ``change`` (default: all others).

    An empty ``change`` leaves an existing row as it is. True where a row was inserted or changed.
    """
    changed = None if change is None else tuple(change)
    statement = _upsert(connection.dialect.name, table, tuple(values), changed)
    return write(connection, statement, dict(values)) > 0


def upsert_rows(connection: Connection, table: Table, rows: Sequence[Values]) -> None:
    """``upsert`` of several rows that name the same columns."""
    if rows:
        write(connection, _upsert(connection.dialect.name, table, tuple(rows[0]), None), list(rows))


def insert_new(connection: Connection, table: Table, values: Values | list[Values]) -> int:
    """Insert unless a row with the same key is there; the number of rows that were new."""
    return write(connection, _insert_new(connection.dialect.name, table), values)


def upsert_unless(
    connection: Connection,
    table: Table,
    known: Exists,
    values: Mapping[str, Any],
    asked: Mapping[str, Any],
    change: Collection[str] | None = None,
) -> bool:
    """``upsert`` unless ``known`` holds with the values of ``asked``: then no row is locked, and it is False."""
    changed = None if change is None else tuple(change)
    statement = _upsert_unless(connection.dialect.name, table, known, tuple(values), changed)
    named = {f"new_{name}": value for name, value in values.items()}
    return write(connection, statement, named | dict(asked)) > 0


@cache
def _upsert_unless(
    dialect: str, table: Table, known: Exists, columns: tuple[str, ...], change: tuple[str, ...] | None
) -> Any:
    row = select(*(bindparam(f"new_{name}", type_=table.c[name].type) for name in columns)).where(~known)
    insert = _insert(dialect, table).from_select(list(columns), row, include_defaults=False)
    key = [column.name for column in table.primary_key.columns]
    changed = [name for name in columns if name not in key] if change is None else change
    if not changed:
        return insert.on_conflict_do_nothing(index_elements=key)
    written = {name: insert.excluded[name] for name in changed}
    return insert.on_conflict_do_update(index_elements=key, set_=written)


@cache
def _upsert(dialect: str, table: Table, columns: tuple[str, ...], change: tuple[str, ...] | None) -> Any:
    insert = _insert(dialect, table)
    key = [column.name for column in table.primary_key.columns]
    changed = [name for name in columns if name not in key] if change is None else list(change)
    if not changed:
        return insert.on_conflict_do_nothing(index_elements=key)
    written = {name: insert.excluded[name] for name in changed}
    return insert.on_conflict_do_update(index_elements=key, set_=written)


@cache
def _insert_new(dialect: str, table: Table) -> Any:
    return _insert(dialect, table).on_conflict_do_nothing()


def _insert(dialect: str, table: Table) -> Any:
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
