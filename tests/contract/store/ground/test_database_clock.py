"""On PostgreSQL the time of day is the database's: a machine whose clock is stepped decides nothing by it."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from gateway.domain.scope import SystemScope
from gateway.store.ground.clock import DatabaseClock
from gateway.store.ground.engine import db_now, open_engine, transaction
from tests.support.clocks.library import clock_library
from tests.support.clocks.shift import DISTANCE, distance
from tests.support.databases import shown
from tests.support.debian import CannotInstall

ASKS = """
import sys
from gateway.store.ground.clock import DatabaseClock
from gateway.store.ground.engine import open_engine
clock = DatabaseClock(open_engine(sys.argv[1]))
print(clock.now().isoformat(), clock.ahead().total_seconds())
"""
AGREES = timedelta(minutes=2)  # of processes that are started one after the other on a busy machine


def told_by_a_process(url: str, step: int) -> tuple[datetime, timedelta]:
    """What a process says whose machine's clock is so many seconds ahead: the time, and how far it is ahead."""
    try:
        preload = str(clock_library())
    except CannotInstall as why:
        pytest.skip(str(why))
    stepped = {"LD_PRELOAD": preload, DISTANCE: f"{distance() + step:+d}", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    command = [sys.executable, "-c", ASKS, url]
    said = subprocess.run(command, env={**os.environ, **stepped}, capture_output=True, text=True, check=True).stdout
    now, ahead = said.split()
    return datetime.fromisoformat(now), timedelta(seconds=float(ahead))


@pytest.mark.parametrize("step", [-600, 600])
def test_a_stepped_machine_still_has_the_databases_time(postgres_engine: Engine, step: int) -> None:
    now, ahead = told_by_a_process(shown(postgres_engine.url), step)
    assert abs(now - datetime.now(UTC)) < AGREES
    assert abs(ahead - timedelta(seconds=step)) < AGREES


def test_without_a_clock_of_its_own_the_machines_counts(tmp_path: Path) -> None:
    now, ahead = told_by_a_process(f"sqlite:///{tmp_path / 'a.db'}", -600)
    assert abs(now - datetime.now(UTC) + timedelta(seconds=600)) < AGREES and ahead < timedelta(seconds=1)


def test_it_is_the_time_the_rows_are_written_with(store_engine: Engine) -> None:
    clock = DatabaseClock(store_engine)
    with transaction(store_engine, SystemScope(), read_only=True) as connection:
        written = db_now(connection)
        assert abs(clock.now() - written) < timedelta(seconds=30)


def test_while_the_database_is_away_time_goes_on(postgres_engine: Engine) -> None:
    away = open_engine(shown(postgres_engine.url.set(database="nowhere")))
    assert abs(DatabaseClock(away).now() - DatabaseClock(postgres_engine).now()) < AGREES
    away.dispose()
