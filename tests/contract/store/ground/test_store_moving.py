"""From SQLite to PostgreSQL in one command: every row is there, opens with the same keys, and work goes on."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, make_url

from gateway.cli.checking.servers import database_findings
from gateway.domain.errors import ConfigFault
from gateway.settings import Settings
from gateway.store.ground.engine import open_engine
from gateway.store.migrations.moving import move
from gateway.store.watch.keys import require_keys_of_the_data
from gateway.wiring import Gateway
from tests.support.clinic_world import ClinicWorld, settings_in
from tests.support.commands import everything_in, operator
from tests.support.consultations import draft, placed
from tests.support.databases import OWNER, PostgresServer, shown


@pytest.fixture
def lived_in(tmp_path: Path, sqlite_template: Path) -> Settings:
    """An installation on SQLite in which something has happened."""
    database = tmp_path / "trial.db"
    database.write_bytes(sqlite_template.read_bytes())
    settings = settings_in(tmp_path, f"sqlite:///{database}", "redis://127.0.0.1:1/0")
    world = ClinicWorld(settings)
    world.clinic_user()
    world.gateway.store.commit(placed(draft()))
    world.gateway.engine.dispose()
    return settings


@pytest.fixture
def empty(postgres_server: PostgresServer) -> Iterator[str]:
    url = postgres_server.empty()
    yield shown(url)
    postgres_server.drop(url)


def opened(settings: Settings, url: str) -> Gateway:
    return Gateway(settings.model_copy(update={"database_url": url}))


def rows(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    return {name: found for name, found in everything_in(engine).items() if found}


def test_every_row_is_there_and_work_goes_on(lived_in: Settings, empty: str) -> None:
    before, there = Gateway(lived_in), opened(lived_in, empty)
    moved = move(before.engine, there.engine)
    assert rows(there.engine) == rows(before.engine) and moved["consultation"] == 1
    require_keys_of_the_data(there.engine, there.vault)
    numbers = there.store.latest_seq()
    there.store.commit(placed(draft()))
    assert there.store.latest_seq() > numbers, "events are numbered behind the last one"
    assert not [each for each in database_findings(there) if each.fault]
    for gateway in (before, there):
        gateway.engine.dispose()


def test_a_database_that_holds_anything_is_left_alone(lived_in: Settings, empty: str) -> None:
    there = opened(lived_in, empty)
    move(Gateway(lived_in).engine, there.engine)
    before = rows(there.engine)
    with pytest.raises(ConfigFault, match="holds rows already"):
        move(Gateway(lived_in).engine, there.engine)
    assert rows(there.engine) == before
    there.engine.dispose()


def test_the_command_leaves_its_row_in_the_trail(
    lived_in: Settings, empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = lived_in.model_copy(update={"database_url": empty})
    done = operator(target, monkeypatch)("--as", "anna", "move", lived_in.database_url, "--reason", "trial is over")
    assert done.exit_code == 0, (done.output, done.exception)
    assert "rows moved." in done.output
    there = Gateway(target)
    assert [row for row in rows(there.engine)["audit"] if "trial is over" in row]
    there.engine.dispose()


def test_a_dump_is_restored_whole_and_with_its_roles(
    lived_in: Settings, empty: str, postgres_server: PostgresServer, tmp_path: Path
) -> None:
    """docs/operating.md, Back-up: as PostgreSQL's administrator, since row-level security holds for everybody else."""
    there = opened(lived_in, empty)
    move(Gateway(lived_in).engine, there.engine)
    kept = rows(there.engine)
    there.engine.dispose()
    restored = postgres_server.empty()
    administrator = postgres_server.admin.url.set(drivername="postgresql")
    names = (make_url(empty).database, restored.database)
    source, target = (shown(administrator.set(database=name)) for name in names)
    dump = str(tmp_path / "laegebro.dump")
    program(postgres_server.program("pg_dump"), "--format=custom", f"--file={dump}", source)
    program(
        postgres_server.program("pg_restore"), "--exit-on-error", "--single-transaction", f"--dbname={target}", dump
    )
    back = opened(lived_in, shown(restored))
    assert rows(back.engine) == kept
    assert not [each for each in database_findings(back) if each.fault]
    back.engine.dispose()
    owner = shown(make_url(empty).set(drivername="postgresql"))
    refused = program(postgres_server.program("pg_dump"), f"--file={dump}", owner, check=False)
    assert refused.returncode != 0 and "row-level security" in refused.stderr
    assert make_url(empty).username == OWNER
    postgres_server.drop(restored)


def program(name: Path, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([name, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0 or not check, done.stderr
    return done


def test_another_schema_is_not_moved(tmp_path: Path, empty: str) -> None:
    with pytest.raises(ConfigFault, match="no schema"):
        move(open_engine(f"sqlite:///{tmp_path}/nothing.db"), open_engine(empty))
