"""The state of a connection is a row: every process obeys it, and whoever asks is told why and until when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine

from gateway.domain.peers.breaker import OPENS_AFTER, Breaker, BreakerState, Trouble
from gateway.domain.scope import SystemScope
from gateway.store.ground.engine import transaction
from gateway.store.peers.health import SqlConnectionHealth, take_probe
from gateway.store.practice.practices import SqlPracticeBook

START = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)
AWAY = Trouble("unavailable: connecting")
LEASE = timedelta(seconds=30)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self, _: Connection) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def health(store_engine: Engine, clock: Clock) -> SqlConnectionHealth:
    return SqlConnectionHealth(store_engine, clock)


def open_it(health: SqlConnectionHealth, name: str = "eoj") -> Breaker:
    for _ in range(OPENS_AFTER - 1):
        assert health.failed(name, AWAY, 1.0).is_closed
    return health.failed(name, AWAY, 1.0)


def test_a_connection_nobody_has_called_is_closed(health: SqlConnectionHealth) -> None:
    assert health.of("eoj").breaker == Breaker() and health.every() == []


def test_what_is_stored_is_what_was_decided(health: SqlConnectionHealth, store_engine: Engine) -> None:
    decided = open_it(health)
    seen = SqlConnectionHealth(store_engine).of("eoj")
    assert seen.breaker == decided and decided.state is BreakerState.OPEN
    assert (seen.failing_since, seen.phase) == (START, AWAY.reason)
    assert SqlPracticeBook(store_engine).failing_since("eoj") == START
    assert [each.connection for each in health.every()] == ["eoj"]


def test_an_answer_closes_it(health: SqlConnectionHealth, clock: Clock) -> None:
    open_it(health)
    clock.now += timedelta(seconds=3)
    health.answered("eoj")
    seen = health.of("eoj")
    assert seen.breaker == Breaker() and (seen.failing_since, seen.last_success_at) == (None, clock.now)


def test_one_answer_between_failures_starts_the_count_again(health: SqlConnectionHealth) -> None:
    for _ in range(3 * OPENS_AFTER):
        assert health.failed("eoj", AWAY, 1.0).is_closed
        health.answered("eoj")


def test_one_connections_trouble_is_no_others(health: SqlConnectionHealth) -> None:
    open_it(health)
    assert health.of("other").breaker.is_closed


def test_only_one_process_probes(health: SqlConnectionHealth, store_engine: Engine, clock: Clock) -> None:
    def take() -> bool:
        with transaction(store_engine, SystemScope()) as connection:
            return take_probe(connection, "eoj", clock.now, LEASE)

    open_it(health)
    assert not take(), "it rests"
    clock.now += timedelta(seconds=2)
    assert take() and not take()
    assert health.of("eoj").breaker.state is BreakerState.HALF_OPEN
    clock.now += LEASE
    assert take(), "the process that probed never said what came of it"


def test_an_operator_can_close_it(health: SqlConnectionHealth) -> None:
    open_it(health)
    health.close("eoj")
    assert health.of("eoj").breaker == Breaker()


def test_a_peer_that_asks_for_patience_is_not_called_unreachable(health: SqlConnectionHealth) -> None:
    health.failed("eoj", Trouble("http-429", timedelta(seconds=9), at_once=True), 1.0)
    seen = health.of("eoj")
    assert (seen.breaker.state, seen.failing_since) == (BreakerState.OPEN, None)
