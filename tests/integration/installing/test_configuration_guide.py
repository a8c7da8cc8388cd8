"""docs/configuration.md names everything that can be said, and its blocks work as they stand."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from sqlalchemy import create_engine, text

from gateway import settings
from gateway.cli.document import Document
from gateway.settings import Settings
from tests.support.databases import PostgresServer, shown

GUIDE = (Path(__file__).parents[3] / "docs" / "configuration.md").read_text(encoding="utf-8")
HOME = "/etc/laegebro"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.M | re.S)


def tables_of(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """The model and every table below it."""
    yield model
    for field in model.model_fields.values():
        for each in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if isinstance(each, type) and issubclass(each, BaseModel):
                yield from tables_of(each)


def test_every_setting_of_the_processes_stands_in_its_block() -> None:
    said = tomllib.loads(blocks("toml")[0])
    assert set(said) == set(Settings.model_fields)
    assert Settings.model_validate(said).environment == "production"


@pytest.mark.parametrize("table", list(tables_of(Document)), ids=lambda table: table.__name__)
def test_every_key_of_a_connections_file_is_described(table: type[BaseModel]) -> None:
    missing = [name for name in table.model_fields if not re.search(rf"\b{name}\b", GUIDE)]
    assert missing == []


@pytest.fixture
def server_database(postgres_server: PostgresServer) -> Iterator[str]:
    """Made by the page's own statements, under a name of this test's."""
    for statement in blocks("sql")[0].split(";"):
        if statement.strip():
            postgres_server.run(statement.replace("laegebro", "guide"))
    yield shown(postgres_server.url("guide", "guide"))
    postgres_server.run("DROP DATABASE guide WITH (FORCE)")
    postgres_server.run("DROP ROLE guide")


@pytest.fixture
def home(tmp_path: Path, server_database: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the page writes below /etc/laegebro, written below a folder of this test's."""
    making, processes, connections = blocks("sh")[0], *blocks("toml")
    subprocess.run(["sh", "-e", "-c", making.replace(HOME, str(tmp_path))], check=True, capture_output=True)
    written = processes.replace(HOME, str(tmp_path))
    written = re.sub(r'^database_url = "[^"]*"', f'database_url = "{server_database}"', written, flags=re.M)
    (tmp_path / "gateway.toml").write_text(written, encoding="utf-8")
    (tmp_path / "connections.toml").write_text(connections.replace(HOME, str(tmp_path)), encoding="utf-8")
    monkeypatch.setenv("LAEGEBRO_CONFIG", str(tmp_path / "gateway.toml"))
    for name in Settings.model_fields:
        monkeypatch.delenv(f"LAEGEBRO_{name.upper()}", raising=False)
    return tmp_path


def test_its_blocks_run_in_order_to_an_installation_with_everybody_connected(home: Path) -> None:
    made = settings.load()
    assert len(made.key_bytes(made.data_key)) == len(made.key_bytes(made.index_key)) == 32
    said = [run(command, home) for command in blocks("sh")[1].splitlines()]
    rehearsed, applied = said[1].splitlines(), said[2].splitlines()
    assert rehearsed == [*applied, "Nothing was changed."]
    assert all("new" in line for line in applied) and len(applied) == 8
    assert rows(made.database_url, "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user") == [
        False
    ]


def run(command: str, home: Path) -> str:
    program = Path(sys.executable).with_name("laegebro")
    done = subprocess.run([program, *command.split()[1:]], cwd=home, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (command, done.stderr)
    return done.stdout


def rows(url: str, query: str) -> list[Any]:
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        found = list(connection.execute(text(query)).scalars())
    engine.dispose()
    return found
