"""The steps make the very schema the code believes in, on both databases, and no process runs on another."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from gateway.domain.errors import ConfigFault
from gateway.starting import REFUSED
from gateway.store import migrations
from gateway.store.ground.engine import open_engine
from gateway.store.ground.guards import require_within_walls
from gateway.store.ground.schema import metadata
from gateway.store.migrations import steps
from gateway.store.migrations.creation import create_schema
from gateway.store.migrations.steps import import_tables
from tests.support.clinic_world import settings_in
from tests.support.databases import PostgresServer, shown
from tests.support.processes.relaying import environment_of

# A column that a step adds stands elsewhere in SQLite's own text of the table; columns are compared by the first test.
_WALLS = {
    "sqlite": (
        "SELECT type, name, CASE type WHEN 'table' THEN name ELSE sql END FROM sqlite_master"
        " WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name"
    ),
    "postgresql": (
        "SELECT tablename, policyname, cmd, qual, with_check FROM pg_policies UNION ALL"
        " SELECT event_object_table, trigger_name, event_manipulation, action_condition, action_statement"
        " FROM information_schema.triggers UNION ALL"
        " SELECT tablename, indexname, '', indexdef, '' FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2, 3"
    ),
}
PROCESSES = {
    "web": ("-c", "import gateway.web.wsgi"),
    "live": ("-m", "gateway.live"),
    "relay": ("-m", "workers.relay"),
    "worker": ("-m", "workers"),
    "mllp": ("-m", "workers.mllp"),
}


def walls(engine: Engine) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        rows = connection.execute(text(_WALLS[engine.dialect.name]))
        return [tuple(" ".join(str(value).split()) for value in row) for row in rows]  # but for blanks at the end


def step_to(engine: Engine, revision: str) -> None:
    with engine.connect() as connection, connection.begin():
        migrations.prepare(connection)
        command.upgrade(steps.configuration(connection), revision)


def test_the_steps_make_what_the_tables_say_each_from_the_one_before(empty_engine: Engine) -> None:
    import_tables()
    for revision in migrations.known():
        step_to(empty_engine, revision)
        with empty_engine.connect() as connection:
            assert migrations.revision_of(connection) == revision
    with empty_engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_a_step_goes_forward_only(empty_engine: Engine) -> None:
    steps.upgrade(empty_engine)
    with empty_engine.connect() as connection, pytest.raises(NotImplementedError):
        command.downgrade(steps.configuration(connection), "base")


def test_an_empty_database_made_at_once_equals_one_made_by_steps(empty_engine: Engine, store_engine: Engine) -> None:
    if empty_engine.dialect.name != store_engine.dialect.name:
        return
    steps.upgrade(empty_engine)
    assert walls(empty_engine) == walls(store_engine) != []


def test_upgrading_again_changes_nothing(empty_engine: Engine) -> None:
    steps.upgrade(empty_engine)
    before = walls(empty_engine)
    steps.upgrade(empty_engine)
    create_schema(empty_engine)
    assert walls(empty_engine) == before
    migrations.require_present(empty_engine)


def test_what_an_upgrade_would_run_is_said_and_nothing_is_changed(empty_engine: Engine) -> None:
    told = steps.missing(empty_engine)
    assert [step.partition(":")[0] for step in told] == list(migrations.known())
    assert all(step.partition(": ")[2] for step in told)
    with empty_engine.connect() as connection:
        assert migrations.is_empty(connection)
    step_to(empty_engine, migrations.known()[0])
    assert [step.partition(":")[0] for step in steps.missing(empty_engine)] == list(migrations.known()[1:])
    steps.upgrade(empty_engine)
    before = walls(empty_engine)
    assert steps.missing(empty_engine) == [] and walls(empty_engine) == before


def of_another_release(engine: Engine) -> None:
    with engine.connect() as connection, connection.begin():
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))


def test_an_unknown_schema_is_neither_upgraded_nor_used(store_engine: Engine) -> None:
    of_another_release(store_engine)
    for act in (steps.upgrade, steps.missing, migrations.require_present, create_schema):
        with pytest.raises(ConfigFault, match=r"schema 9999.*newer release") as fault:
            act(store_engine)
        assert len(fault.value.faults) == 1


def test_a_database_without_a_schema_is_not_used(empty_engine: Engine) -> None:
    with pytest.raises(ConfigFault, match=r"no schema.*laegebro upgrade"):
        migrations.require_present(empty_engine)


@pytest.mark.parametrize("process", PROCESSES)
def test_every_process_refuses_a_schema_it_does_not_know_in_one_sentence(tmp_path: Path, process: str) -> None:
    url = f"sqlite:///{tmp_path / 'newer.db'}"
    engine = open_engine(url)
    create_schema(engine)
    of_another_release(engine)
    engine.dispose()
    ended = subprocess.run(
        [sys.executable, *PROCESSES[process]],
        env=environment_of(settings_in(tmp_path, url, "redis://127.0.0.1:9/0")),
        capture_output=True,
        text=True,
        timeout=120,
    )
    said = [line for line in ended.stderr.splitlines() if line]
    assert (ended.returncode, len(said)) == (REFUSED, 1), ended.stderr
    assert "schema 9999" in said[0]


def test_a_role_outside_the_walls_is_refused(postgres_server: PostgresServer) -> None:
    """A superuser sees every organisation's rows, whatever the policies say."""
    engine = open_engine(shown(postgres_server.fresh()))
    require_within_walls(engine)
    engine.dispose()
    with pytest.raises(ConfigFault, match="superuser or has BYPASSRLS"):
        require_within_walls(postgres_server.admin)


def test_the_steps_are_known_by_their_files_as_alembic_knows_them() -> None:
    steps_of_alembic = ScriptDirectory.from_config(steps.configuration()).walk_revisions()
    assert migrations.known() == tuple(reversed([step.revision for step in steps_of_alembic]))


def test_no_process_waits_for_alembic_at_its_start() -> None:
    """It takes a tenth of a start, and only ``laegebro upgrade`` and an empty database need it."""
    parts = "gateway.live.__main__, gateway.web.app, workers.app, workers.relay"
    look = f"import sys, {parts}; print('alembic' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"
