"""An upgrade of the installation itself, on both databases: it is told until it is over, or until another version runs
(AD23)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from gateway.connecting import maintaining, upgrading
from gateway.domain.errors import InvalidField, NotFound
from gateway.domain.peers.maintenance import Hours, WindowStage
from gateway.wiring import Gateway
from tests.support.clinic_world import settings_in
from tests.support.memory import HandClock

NIGHT = Hours(date(2027, 1, 12), time(22), time(23))
WORDS = "Ny version. I mærker intet."


@pytest.fixture
def gateway(store_url: str, tmp_path: Path) -> Gateway:
    made = Gateway(settings_in(tmp_path, store_url, "redis://127.0.0.1:1/0"))
    made.clock = HandClock(datetime(2027, 1, 12, 8, tzinfo=UTC))  # type: ignore[assignment]
    return made


def relay(gateway: Gateway) -> None:
    while maintaining.run_due(gateway, lambda _: ({}, "")):
        """Until nothing is due."""


def test_it_is_told_until_its_time_is_over_or_another_version_runs(gateway: Gateway) -> None:
    window, clock = upgrading.announce(gateway, NIGHT, WORDS, "Finn"), gateway.clock
    assert isinstance(clock, HandClock)
    relay(gateway)
    assert upgrading.announced(gateway) == window, "nothing happens before its time"
    assert gateway.maintenance.announced("99.0", clock.now()) is None, "another version runs"
    assert gateway.maintenance.listed() == [], "it is no other system's maintenance"
    with pytest.raises(InvalidField):
        upgrading.announce(gateway, NIGHT, WORDS, "Finn")
    clock.time = NIGHT.starts_at + timedelta(minutes=1)
    relay(gateway)
    told = upgrading.announced(gateway)
    assert told is not None and told.stage is WindowStage.RUNNING and gateway.maintenance.running() == []
    clock.time = NIGHT.ends_at + timedelta(minutes=1)
    assert upgrading.announced(gateway) is None
    relay(gateway)
    clock.time += timedelta(minutes=1)
    relay(gateway)
    assert gateway.maintenance.find(window.id).stage is WindowStage.DONE
    gateway.engine.dispose()


def test_it_is_taken_back_before_and_while_it_runs(gateway: Gateway) -> None:
    clock = gateway.clock
    assert isinstance(clock, HandClock)
    for at in (NIGHT.starts_at - timedelta(hours=1), NIGHT.starts_at + timedelta(minutes=1)):
        upgrading.announce(gateway, NIGHT, WORDS, "Finn")
        clock.time = at
        relay(gateway)
        upgrading.take_back(gateway)
        assert upgrading.announced(gateway) is None
    with pytest.raises(NotFound):
        upgrading.take_back(gateway)
    gateway.engine.dispose()
