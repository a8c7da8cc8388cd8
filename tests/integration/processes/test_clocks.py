"""Every clock that a consultation meets tells the same time, also where the whole run is moved to another day."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from gateway.store.ground.engine import db_now
from tests.support.clocks.shift import DISTANCE, distance
from tests.support.pages.browser import CHROMIUM

NEAR = 120  # seconds; a busy machine answers late, and a clock that was left behind is more than a day away
PAGE = "data:text/html,<script>document.write(Date.now())</script>"


def true_time() -> float:
    """This machine's own clock, whatever is preloaded here."""
    bare = {key: value for key, value in os.environ.items() if key not in ("LD_PRELOAD", DISTANCE)}
    return float(subprocess.run(["date", "+%s"], env=bare, capture_output=True, text=True, check=True).stdout)


def in_a_child(_: Path) -> float:
    return float(subprocess.run(["date", "+%s"], capture_output=True, text=True, check=True).stdout)


def in_a_browser(folder: Path) -> float:
    options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}", "--dump-dom"]
    dumped = subprocess.run([CHROMIUM, *options, PAGE], capture_output=True, text=True, check=True).stdout
    return float(dumped.split("<body>")[1].split("</body>")[0].split("</script>")[-1]) / 1000


@pytest.mark.parametrize(
    "read", [in_a_child, in_a_browser, lambda _: time.time(), lambda _: datetime.now(UTC).timestamp()]
)
def test_the_clocks_of_processes_and_browsers_are_moved(read: Callable[[Path], float], tmp_path: Path) -> None:
    assert read(tmp_path) == pytest.approx(true_time() + distance(), abs=NEAR)


def test_the_clocks_of_both_databases_are_moved(store_engine: Engine) -> None:
    with store_engine.connect() as connection:
        assert db_now(connection).timestamp() == pytest.approx(true_time() + distance(), abs=NEAR)


def test_what_waits_still_ends(postgres_engine: Engine) -> None:
    """A wait that the moved clock lengthened would last for days."""
    time.sleep(0.01)
    with postgres_engine.connect() as connection, pytest.raises(OperationalError, match="statement timeout"):
        connection.execute(text("SET statement_timeout = 50"))
        connection.execute(text("SELECT pg_sleep(3600)"))
