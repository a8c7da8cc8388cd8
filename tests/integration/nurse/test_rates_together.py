"""Several processes count together in a real Redis, under keys that name nobody; without it each counts alone."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest
import redis

from gateway.rate_limits import RATES, Per, RateLimits, What
from gateway.wiring import Gateway
from tests.support.clinic_world import settings_in
from tests.support.processes.relaying import real_redis

SEARCHES = next(r.amount for r in RATES if (r.what, r.per) == (What.CITIZEN_SEARCH, Per.PERSON))
MINE = {Per.PERSON: "employee-1", Per.ORGANISATION: "kommune"}


def searches(limits: RateLimits, times: int, whose: dict[Per, str]) -> list[bool]:
    return [limits.allows(What.CITIZEN_SEARCH, whose) for _ in range(times)]


def process(folder: Path, address: str) -> RateLimits:
    return Gateway(settings_in(folder, f"sqlite:///{folder / 'none.db'}", address)).rate_limits


@pytest.fixture
def broker(tmp_path: Path) -> Any:
    with real_redis(tmp_path) as started:
        yield started


def test_two_processes_share_one_rate(tmp_path: Path, broker: tuple[Any, str]) -> None:
    first = process(tmp_path, broker[1])
    second = RateLimits(broker[1], first._keyed)
    assert searches(first, SEARCHES // 2, MINE) + searches(second, SEARCHES - SEARCHES // 2, MINE) == [True] * SEARCHES
    assert searches(first, 1, MINE) == searches(second, 1, MINE) == [False]
    assert searches(second, 1, {Per.PERSON: "employee-2"}) == [True]


def test_nobody_can_be_read_from_the_counts(tmp_path: Path, broker: tuple[Any, str]) -> None:
    searches(process(tmp_path, broker[1]), 2, MINE)
    kept = redis.Redis.from_url(broker[1])
    keys = list(kept.scan_iter())
    assert keys and not any(b"employee" in key or b"kommune" in key for key in keys)
    assert all(0 < kept.ttl(key) <= 3600 for key in keys)


def test_a_frozen_redis_costs_one_short_wait_and_the_process_counts_by_itself(
    tmp_path: Path, broker: tuple[Any, str]
) -> None:
    limits = process(tmp_path, broker[1])
    broker[0].send_signal(signal.SIGSTOP)
    try:
        assert searches(limits, SEARCHES + 1, MINE)[:SEARCHES] == [True] * SEARCHES
    finally:
        broker[0].send_signal(signal.SIGCONT)
