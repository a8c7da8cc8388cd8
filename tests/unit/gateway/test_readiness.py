"""A process is ready when its database has the schema and takes writes: one that only answers is not enough."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from sqlalchemy import event, text

from gateway.metrics import exporter
from gateway.readiness import Readiness
from gateway.wiring import Gateway
from tests.support.clinic_world import settings_in


@pytest.fixture
def gateway(tmp_path: Path, store_url: str) -> Iterator[Gateway]:
    made = Gateway(settings_in(tmp_path, store_url, "redis://127.0.0.1:1/0"))
    yield made
    made.engine.dispose()


def take_no_writes(gateway: Gateway) -> None:
    """As a database on a full disk, or a replica: questions are answered."""
    if gateway.engine.dialect.name == "sqlite":
        full = (
            "CREATE TRIGGER full BEFORE INSERT ON used_token BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END"
        )
        with gateway.engine.begin() as connection:
            connection.execute(text(full))
        return

    @event.listens_for(gateway.engine, "connect")
    def refuse(connection, _record) -> None:  # type: ignore[no-untyped-def]
        connection.execute("SET default_transaction_read_only = on")

    gateway.engine.dispose()


def test_it_is_ready_with_its_schema_and_a_row_that_was_written(gateway: Gateway) -> None:
    assert Readiness(gateway).waits_for() == ""
    assert Readiness(gateway).waits_for() == "", "again and again"


def test_a_database_that_takes_no_writes_is_waited_for(gateway: Gateway) -> None:
    take_no_writes(gateway)
    assert Readiness(gateway).waits_for() == "writing"


def test_another_schema_is_waited_for(gateway: Gateway) -> None:
    with gateway.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert Readiness(gateway).waits_for() == "schema"


def test_a_database_that_is_away_is_waited_for(tmp_path: Path) -> None:
    away = Gateway(settings_in(tmp_path, "postgresql://laegebro@127.0.0.1:1/x", "redis://127.0.0.1:1/0"))
    assert Readiness(away).waits_for() == "database"


def test_processes_without_pages_say_it_beside_their_metrics(gateway: Gateway) -> None:
    port = exporter.serve(exporter.of_a_process(), "127.0.0.1:0", Readiness(gateway).waits_for)
    with urlopen(f"http://127.0.0.1:{port}/health/ready") as answer:
        assert json.load(answer) == {"status": "ready"}
    take_no_writes(gateway)
    port = exporter.serve(exporter.of_a_process(), "127.0.0.1:0", Readiness(gateway).waits_for)
    with pytest.raises(HTTPError) as refused:
        urlopen(f"http://127.0.0.1:{port}/health/ready")
    assert refused.value.code == 503 and json.load(refused.value) == {"status": "waiting", "for": "writing"}
    with urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        assert b"process_cpu_seconds_total" in answer.read()
