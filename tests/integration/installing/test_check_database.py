"""What ``laegebro check`` says of the database: role, schema, and whether the keys are those of what is stored."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from gateway.cli.checking.servers import database_findings
from gateway.settings import Settings, fresh_key
from gateway.wiring import Gateway
from tests.support.clinic_world import settings_in
from tests.support.consultations import draft, placed
from tests.support.databases import PostgresServer, shown


@pytest.fixture
def settings(tmp_path: Path, postgres_server: PostgresServer) -> Iterator[Settings]:
    url = postgres_server.fresh()
    yield settings_in(tmp_path, shown(url), "redis://127.0.0.1:1/0")
    postgres_server.drop(url)


def faults(settings: Settings) -> dict[str, str]:
    gateway = Gateway(settings)
    found = {each.what: each.fault for each in database_findings(gateway)}
    gateway.engine.dispose()
    return {what: fault for what, fault in found.items() if fault}


def with_key(settings: Settings, folder: Path, name: str) -> Settings:
    file = folder / "another"
    file.write_text(fresh_key(), encoding="utf-8")
    return settings.model_copy(update={name: f"file:{file}"})


def test_other_keys_than_those_of_the_data_are_named(settings: Settings, tmp_path: Path) -> None:
    gateway = Gateway(settings)
    gateway.store.commit(placed(draft()))
    gateway.engine.dispose()
    assert faults(settings) == {}
    assert "data_key is another one" in faults(with_key(settings, tmp_path, "data_key"))["database: keys"]
    assert "index_key is another one" in faults(with_key(settings, tmp_path, "index_key"))["database: keys"]
    renamed = with_key(settings, tmp_path, "data_key").model_copy(update={"data_key_id": "2"})
    assert "data_key_id is not known" in faults(renamed)["database: keys"]


def test_a_role_beyond_the_walls_and_a_role_that_is_none(settings: Settings, postgres_server: PostgresServer) -> None:
    url = make_url(settings.database_url)
    beyond, none = (shown(url.set(username=name)) for name in ("postgres", "nobody_here"))
    assert "superuser" in faults(settings.model_copy(update={"database_url": beyond}))["database: role"]
    assert "roles.sql" in faults(settings.model_copy(update={"database_url": none}))["database: answers"]
    owner = settings.model_copy(update={"owner_database_url": none})
    assert "roles.sql" in faults(owner)["database: owner's role"]


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE alembic_version SET version_num = '9999'", "a newer release"),
        ("DROP TABLE alembic_version", "laegebro upgrade"),
    ],
)
def test_another_schema_is_named(settings: Settings, statement: str, words: str) -> None:
    gateway = Gateway(settings)
    with gateway.engine.begin() as connection:
        connection.execute(text(statement))
    gateway.engine.dispose()
    assert words in faults(settings)["database: schema"]


def test_a_server_that_is_away_is_named(settings: Settings) -> None:
    away = "postgresql://laegebro@127.0.0.1:1/laegebro"
    assert "is PostgreSQL running" in faults(settings.model_copy(update={"database_url": away}))["database: answers"]
