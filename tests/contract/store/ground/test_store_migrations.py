"""The steps make the very schema the code believes in, on both databases."""

from __future__ import annotations

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, text

from gateway.store import migrations
from gateway.store.ground.schema import metadata
from gateway.store.migrations.creation import create_schema, import_tables

# A column that a step adds stands elsewhere in SQLite's own text of the table; columns are compared by the first test.
_WALLS = {
    "sqlite": (
        "SELECT type, name, CASE type WHEN 'table' THEN name ELSE sql END FROM sqlite_master"
        " WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name"
    ),
    "postgresql": (
        "SELECT tablename, policyname, cmd, qual, with_check FROM pg_policies UNION ALL"
        " SELECT event_object_table, trigger_name, event_manipulation, action_condition, action_statement"
        " FROM information_schema.triggers ORDER BY 1, 2, 3"
    ),
}


def walls(engine: Engine) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        rows = connection.execute(text(_WALLS[engine.dialect.name]))
        return [tuple(" ".join(str(value).split()) for value in row) for row in rows]  # but for blanks at the end


def test_the_steps_make_what_the_tables_say(empty_engine: Engine) -> None:
    migrations.upgrade(empty_engine)
    import_tables()
    with empty_engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_an_empty_database_made_at_once_equals_one_made_by_steps(empty_engine: Engine, store_engine: Engine) -> None:
    if empty_engine.dialect.name != store_engine.dialect.name:
        return
    migrations.upgrade(empty_engine)
    assert walls(empty_engine) == walls(store_engine) != []


def test_upgrading_again_changes_nothing(empty_engine: Engine) -> None:
    migrations.upgrade(empty_engine)
    before = walls(empty_engine)
    migrations.upgrade(empty_engine)
    create_schema(empty_engine)
    assert walls(empty_engine) == before
    with empty_engine.connect() as connection:
        assert migrations.revision_of(connection) == "0011"
