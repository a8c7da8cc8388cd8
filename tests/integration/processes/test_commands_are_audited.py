"""Every command that changes something says in the audit trail who did it, what and why, or changes nothing."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from sqlalchemy import Engine

from gateway.store.consultation.audit import SqlAuditTrail
from gateway.store.ground.engine import open_engine
from gateway.store.ground.signing import WritesRefused
from gateway.wiring import Gateway
from tests.architecture.source import ROOT, name_of, tree_of
from tests.integration.processes.command_examples import (
    CHANGING,
    CITIZEN,
    ELSEWHERE,
    EMPLOYEE,
    OF_A_DEPLOYMENT,
    ON_EMPTY,
    ONLY_LOOKS,
    PURPOSE,
    READING,
    WHO,
    WHY,
    World,
)
from tests.support.clinic_world import TENANTS, settings_in
from tests.support.commands import Command, acts, every_command, everything_in, operator, reads, refuse_audit_rows
from tests.support.consultations import PRACTICE

COMMANDS = every_command()


def test_every_command_either_reads_or_acts_and_is_tried_here() -> None:
    assert {name for name, source in COMMANDS.items() if acts(source)} == set(CHANGING) | OF_A_DEPLOYMENT
    assert {name for name, source in COMMANDS.items() if reads(source) and not acts(source)} == set(READING)
    assert {name for name, source in COMMANDS.items() if not reads(source) and not acts(source)} == ELSEWHERE


def test_no_command_opens_the_gateway_by_itself() -> None:
    """Only ``opening`` builds one, and what it hands out either cannot write or signs."""
    found = {
        name_of(path)
        for path in (ROOT / "gateway" / "cli").rglob("*.py")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("Gateway", "load")
    }
    assert found <= {"gateway/cli/opening.py", "gateway/cli/demo.py"}


@pytest.fixture
def world(store_url: str, tmp_path: Path) -> World:
    made = World(tmp_path, Gateway(settings_in(tmp_path, store_url, "redis://127.0.0.1:1/0")))
    made.prepare()
    return made


@pytest.fixture
def laegebro(world: World, monkeypatch: pytest.MonkeyPatch) -> Command:
    return operator(world.gateway.settings, monkeypatch)


@pytest.mark.parametrize("command", sorted(set(CHANGING) - ON_EMPTY))
def test_a_change_has_its_row_with_who_what_and_why(world: World, laegebro: Command, command: str) -> None:
    arguments = CHANGING[command](world)
    before = everything_in(world.gateway.engine)
    done = laegebro("--as", WHO, *command.split(), *arguments)
    assert done.exit_code == 0, done.output
    after = everything_in(world.gateway.engine)
    changed = {name for name in after if after[name] != before[name]}
    changed -= {"audit_unsealed"}
    assert changed > {"audit"} or command in ONLY_LOOKS, "the example must change something"
    written = trail(world.gateway.engine, len(before["audit"]))
    assert written and all(row == ("admin", WHO, command, WHY, "cli") for row in written)


def trail(engine: Engine, known: int) -> list[tuple[str, ...]]:
    """The new rows, the command without what it was about."""
    columns = ("actor_kind", "actor_id", "what", "basis", "channel")
    with engine.connect() as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SELECT set_config('laegebro.scope', 'system', true)")
        rows = connection.exec_driver_sql(f"SELECT {', '.join(columns)} FROM audit ORDER BY seq").all()[known:]
    return [(kind, who, _command_in(what), PURPOSE.sub("", why), door) for kind, who, what, why, door in rows]


def _command_in(what: str) -> str:
    fitting = [name for name in COMMANDS if what == name or what.startswith(f"{name} ")]
    return max(fitting, key=len, default=what)


@pytest.mark.parametrize("command", sorted(set(CHANGING) - ON_EMPTY))
def test_what_cannot_be_told_is_not_done(world: World, laegebro: Command, command: str) -> None:
    """The row is written in the transaction that does it: where it cannot be, nothing has happened."""
    arguments = CHANGING[command](world)
    refuse_audit_rows(world.gateway.engine)
    before = everything_in(world.gateway.engine)
    assert laegebro(*command.split(), *arguments).exit_code != 0
    assert everything_in(world.gateway.engine) == before


@pytest.mark.parametrize("command", sorted(READING))
def test_a_command_that_reads_changes_nothing(world: World, laegebro: Command, command: str) -> None:
    arguments = READING[command](world)
    before = everything_in(world.gateway.engine)
    done = laegebro(*command.split(), *arguments)
    assert not isinstance(done.exception, WritesRefused) and done.exit_code in (0, 1, 3), done.output
    assert everything_in(world.gateway.engine) == before


def test_what_only_reads_cannot_write(world: World) -> None:
    with pytest.raises(WritesRefused):
        world.gateway.to_read().practices.set_routes(PRACTICE, [])


def test_without_a_name_the_account_it_runs_under_is_named(
    world: World, laegebro: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "drift")
    assert laegebro("connections", "pause", "old", WHY).exit_code == 0
    assert laegebro("connections", "pause", "old", WHY).exit_code == 0, "a second time changes nothing"
    assert trail(world.gateway.engine, 0) == [("admin", "drift", "connections pause", WHY, "cli")]


def test_the_upgrade_that_makes_the_schema_is_the_trails_first_row(
    empty_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = empty_engine.url.render_as_string(hide_password=False)
    laegebro = operator(settings_in(tmp_path, url, "redis://127.0.0.1:1/0"), monkeypatch)
    told = laegebro("upgrade", "--dry-run")
    assert told.exit_code == 0 and "0001" in told.output
    for _ in range(2):
        assert laegebro("--as", WHO, "upgrade", "--reason", WHY).exit_code == 0
    assert "up to date" in laegebro("upgrade", "--dry-run").output
    engine = open_engine(url)
    assert trail(engine, 0) == [("admin", WHO, "upgrade", WHY, "cli")]
    engine.dispose()


def test_the_affected_are_listed_for_whoever_asked_and_never_on_the_screen(world: World, laegebro: Command) -> None:
    """A file that its owner alone reads, and a row in each citizen's own log. Nobody else gets it."""
    id, to = world.granted_list(), world.folder / "list.csv"
    asked = ("incident", "list", id, *EMPLOYEE[:2], "--to", to)
    assert laegebro("--as", "bo", *asked).exit_code != 0 and not to.exists()
    told = laegebro("--as", WHO, *asked)
    assert told.exit_code == 0 and CITIZEN.digits not in told.output and "1 citizens" in told.output
    assert CITIZEN.digits in to.read_text(encoding="utf-8") and to.stat().st_mode & 0o077 == 0
    rows = SqlAuditTrail(world.gateway.engine, world.gateway.vault).of_citizen(CITIZEN, TENANTS[0].id)
    assert rows[-1].what == "incident list" and WHY in rows[-1].basis


@pytest.mark.parametrize("command", ["people bar", "connections pause", "review refused"])
def test_a_reason_with_a_citizens_number_is_refused(world: World, laegebro: Command, command: str) -> None:
    """The trail keeps reasons for years, unsealed: whatever acts asks the same function."""
    arguments = [CITIZEN.digits if each == WHY else each for each in CHANGING[command](world)]
    before = everything_in(world.gateway.engine)
    done = laegebro(*command.split(), *arguments)
    assert done.exit_code != 0 and CITIZEN.digits not in done.output
    assert everything_in(world.gateway.engine) == before
