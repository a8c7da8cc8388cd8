"""Writes the present schema as SQL, one file per database: ``python -m gateway.store.migrations.freeze``.

Only for the first step, and only until it has run anywhere that matters; after that every change is a step of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Dialect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from gateway.store.ground.guards import statements
from gateway.store.ground.schema import metadata
from gateway.store.migrations.creation import import_tables

SEPARATOR = "\n--;\n"
DIALECTS: dict[str, type[Dialect]] = {
    "postgresql": postgresql.psycopg.dialect,
    "sqlite": sqlite.dialect,
}


def schema_sql(name: str) -> str:
    """Every statement that makes the schema and its walls on that database."""
    import_tables()
    return SEPARATOR.join([*_tables(DIALECTS[name]()), *statements(name, metadata)]) + "\n"


def _tables(dialect: Dialect) -> Iterator[str]:
    for table in metadata.sorted_tables:
        yield str(CreateTable(table).compile(dialect=dialect)).strip()
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            yield str(CreateIndex(index).compile(dialect=dialect)).strip()


def write(folder: Path) -> None:
    for name in DIALECTS:
        (folder / f"r0001_{name}.sql").write_text(schema_sql(name), encoding="utf-8")


if __name__ == "__main__":
    write(Path(__file__).parent / "versions")
