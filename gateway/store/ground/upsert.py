"""Insert or update in one statement, in the words of either database: two writers of one row never collide."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert

from gateway.store.ground.sealing import Values


def upsert(
    connection: Connection, table: Table, values: Mapping[str, Any], *, change: Collection[str] | None = None
) -> bool:
    """Write ``values``; where the primary key exists, change the columns in ``change`` (default: all others).

    An empty ``change`` leaves an existing row as it is. True where a row was inserted or changed.
    """
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    insert = dialect.insert(table).values(**values)
    key = [column.name for column in table.primary_key.columns]
    changed = [name for name in values if name not in key] if change is None else list(change)
    if not changed:
        statement = insert.on_conflict_do_nothing(index_elements=key)
    else:
        statement = insert.on_conflict_do_update(
            index_elements=key, set_={name: insert.excluded[name] for name in changed}
        )
    # psycopg's count of an INSERT is lost unless SQLAlchemy is asked to keep it.
    return connection.execute(statement, execution_options={"preserve_rowcount": True}).rowcount > 0


def insert_new(connection: Connection, table: Table, values: Values | list[Values]) -> int:
    """Insert unless a row with the same key is there; the number of rows that were new."""
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement: Insert = dialect.insert(table).on_conflict_do_nothing().values(values)
    # Without the option SQLAlchemy forgets the count of an INSERT on some drivers.
    return connection.execute(statement, execution_options={"preserve_rowcount": True}).rowcount
