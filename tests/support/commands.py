"""``laegebro`` as an operator runs it, every command of it by discovery, and everything a database holds."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import typer
from sqlalchemy import Engine, select, text
from typer.testing import CliRunner, Result

from gateway.cli import app
from gateway.settings import Settings
from gateway.store.ground.schema import metadata
from gateway.store.migrations.steps import import_tables
from tests.support.processes.relaying import environment_of

Command = Callable[..., Result]
Rows = Mapping[str, list[tuple[Any, ...]]]


def operator(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs a command against the gateway of those settings."""
    for name, value in environment_of(settings).items():
        if name.startswith("LAEGEBRO_"):
            monkeypatch.setenv(name, value)
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *arguments: CliRunner().invoke(app, [str(a) for a in arguments])


def every_command() -> dict[str, str]:
    """Each command's path below ``laegebro`` → the source of its function."""
    return dict(_below(typer.main.get_command(app), ""))


def _below(command: Any, path: str) -> Iterator[tuple[str, str]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path, inspect.getsource(inspect.unwrap(command.callback))
        return
    if getattr(command, "invoke_without_command", False):
        yield path, inspect.getsource(inspect.unwrap(command.callback))
    for name, each in inner.items():
        yield from _below(each, f"{path} {name}".strip())


def acts(source: str) -> bool:
    return re.search(r"\bacting\(", source) is not None


def reads(source: str) -> bool:
    return re.search(r"\breading\(", source) is not None


def everything_in(engine: Engine) -> Rows:
    """All rows of all our tables."""
    import_tables()
    with engine.connect() as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT set_config('laegebro.scope', 'system', true)"))
            connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in metadata.sorted_tables
        }


def refuse_audit_rows(engine: Engine) -> None:
    """From now on nobody can write the trail: what is still changed was changed outside its transaction."""
    statements = {
        "sqlite": ["CREATE TRIGGER no_trail BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no trail'); END"],
        "postgresql": [
            "CREATE TRIGGER no_trail BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION laegebro_refuse()"
        ],
    }
    with engine.connect() as connection, connection.begin():
        for statement in statements[engine.dialect.name]:
            connection.exec_driver_sql(statement)
