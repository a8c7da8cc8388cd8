"""All rows of one database into another, empty one: from the SQLite of a trial to the PostgreSQL of an installation.

One transaction there: all or nothing. The rows' own guards rest meanwhile (they would seal the audit anew), keys and
sealed values stay as they are, so the same secrets open them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, Table, func, insert, select, text

from gateway.domain.errors import ConfigFault
from gateway.domain.scope import SystemScope
from gateway.store.ground import grants, signing
from gateway.store.ground.engine import at_leisure, transaction
from gateway.store.ground.schema import metadata
from gateway.store.migrations import creation, require_present

A_BATCH = 1000  # rows of one INSERT


def move(source: Engine, target: Engine) -> dict[str, int]:
    """Rows by table. ``ConfigFault`` where the source has another schema, or the target holds anything already."""
    require_present(source)
    creation.create_schema(target)
    with transaction(source, SystemScope(), read_only=True) as there, at_leisure(target) as here:
        _require_empty(here)
        for table in metadata.sorted_tables:
            _guards(here, table, "DISABLE")
        moved = {table.name: _copy(there, here, table) for table in metadata.sorted_tables}
        for table in metadata.sorted_tables:
            _count_on(here, table)
            _guards(here, table, "ENABLE")
        grants.grant(here, metadata)
        signing.note(here, f"{sum(moved.values())} rows")
    return moved


def _require_empty(connection: Connection) -> None:
    full = [table.name for table in metadata.sorted_tables if connection.execute(select(table).limit(1)).first()]
    if full:
        raise ConfigFault(f"the database holds rows already ({', '.join(full)}): move into an empty one")


def _copy(there: Connection, here: Connection, table: Table) -> int:
    count = 0
    for rows in _batches(there, table):
        here.execute(insert(table), rows)
        count += len(rows)
    return count


def _batches(there: Connection, table: Table) -> Iterator[Sequence[dict[str, Any]]]:
    found = there.execute(select(table).execution_options(yield_per=A_BATCH)).mappings()
    for rows in found.partitions(A_BATCH):
        yield [dict(row) for row in rows]


def _guards(here: Connection, table: Table, what: str) -> None:
    if here.dialect.name == "postgresql":
        here.exec_driver_sql(f"ALTER TABLE {table.name} {what} TRIGGER USER")


def _count_on(here: Connection, table: Table) -> None:
    """What numbers itself goes on behind the last row."""
    column = table.autoincrement_column
    if column is None or here.dialect.name != "postgresql":
        return
    last = here.execute(select(func.max(column))).scalar()
    if last is not None:
        sequence = text("SELECT setval(pg_get_serial_sequence(:table, :column), :last)")
        here.execute(sequence, {"table": table.name, "column": column.name, "last": last})
