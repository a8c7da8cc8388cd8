"""Many rows at once: in the driver's own words where a register is imported, and by the handful where old ones go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, delete, select, tuple_

A_PASS = 200


def insert_rows(connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Values go in as the database writes them itself: text, numbers, None, and days as ``yyyy-mm-dd``."""
    if not rows:
        return
    named = ", ".join(f'"{name}"' for name in columns)
    if connection.dialect.name == "postgresql":
        with connection.connection.cursor().copy(f"COPY {table.name} ({named}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return
    marks = ", ".join("?" * len(columns))
    statement = f"INSERT INTO {table.name} ({named}) VALUES ({marks})"  # noqa: S608 - names of our own tables
    connection.exec_driver_sql(statement, [tuple(row) for row in rows])


def number_and_insert(
    connection: Connection, table: Table, columns: Sequence[str], import_id: int, batches: Iterable[Sequence[Any]]
) -> int:
    """The rows of one import under its id, numbered as they come; how many there were."""
    total = 0
    for batch in batches:
        rows = [(import_id, number, *row) for number, row in enumerate(batch, start=total)]
        insert_rows(connection, table, ("import_id", "row", *columns), rows)
        total += len(rows)
    return total


def delete_some(connection: Connection, table: Table, *conditions: ColumnElement[bool], limit: int = A_PASS) -> int:
    """Delete rows for which all hold, ``limit`` of them at most: what is left goes in the passes to come.

    Their keys are read first: joined with a LIMIT, PostgreSQL may read the whole table to delete a few rows of it."""
    key = list(table.primary_key.columns)
    some = [tuple(row) for row in connection.execute(select(*key).where(*conditions).limit(limit))]
    if not some:
        return 0
    which = tuple_(*key).in_(some) if len(key) > 1 else key[0].in_([own for (own,) in some])
    return connection.execute(delete(table).where(which)).rowcount
