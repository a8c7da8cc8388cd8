"""A short storm on each database, the same plan each time; ``bench/storm.py`` is the long one and draws others.

Red, too, when fewer faults struck than asked.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.storm.grounds import Setting
from tests.storm.plan import planned
from tests.storm.storm import Report, storm

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]

CONSULTATIONS, FAULTS = 24, 9
SEED = 3
PEERS_SHARE = 0.05  # of faults to consultations that the peers must at least have made: 20 % of several calls each


@pytest.mark.parametrize(("database", "careless"), [("sqlite", "gp"), ("postgres", "gp")])
def test_a_short_storm_loses_doubles_and_sticks_nothing(tmp_path: Path, database: str, careless: str) -> None:
    seed = int(os.environ.get("LAEGEBRO_TEST_SEED", SEED))
    report = storm(tmp_path, Setting(seed, database, CONSULTATIONS, careless=frozenset((careless,))), FAULTS)
    print(*report.lines(), *report.struck, sep="\n")
    require(report)


def require(report: Report) -> None:
    assert report.seen >= report.asked, [each for each in report.struck if not each.seen]
    assert sum(report.peers.values()) >= CONSULTATIONS * PEERS_SHARE
    assert report.never == []
    assert report.verdict.faults == {}
    if report.missing:
        pytest.skip(f"weathered, but not made here: {report.missing}")


def test_the_same_seed_plans_the_same_storm() -> None:
    assert planned(7, 1000, 50) == planned(7, 1000, 50)
    assert planned(7, 1000, 50) != planned(8, 1000, 50)


def test_every_kind_of_fault_comes_before_any_comes_again() -> None:
    first = {blow.kind for blow in planned(7, 1000, 9)}
    assert first == {"kill", "freeze", "flush", "redis-away", "database-stop", "disk-full", "clock-step"}
