"""The relay's loops live on through what passes, and take the process with them through what does not."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

import pytest
from sqlalchemy.exc import OperationalError

from gateway.domain.errors import ConcurrentChange, NotFound, RowFailed
from gateway.settings import Settings
from workers import app, upkeep

KEYS = ("data_key", "index_key", "media_secret", "client_key")
URLS = ("public_url", "live_url", "media_url")
SETTINGS = Settings(
    database_url="sqlite://",
    redis_url="redis://127.0.0.1:1/0",
    **dict.fromkeys(URLS, "http://gateway.localhost"),
    **dict.fromkeys(KEYS, "env:NOT_NEEDED"),
)


def steps(*faults: Exception | None) -> tuple[Callable[[], None], list[int], threading.Event]:
    """A step that behaves so in turn, and stops the loop when it has nothing left."""
    taken: list[int] = []
    stop, left = threading.Event(), list(faults)

    def step() -> None:
        taken.append(len(taken))
        fault = left.pop(0)
        if not left:
            stop.set()
        if fault is not None:
            raise fault

    return step, taken, stop


@pytest.mark.parametrize("fault", [OperationalError("select", {}, Exception()), ConcurrentChange(), NotFound("tenant")])
def test_a_loop_outlives_what_passes(fault: Exception) -> None:
    step, taken, stop = steps(fault, fault, None)
    upkeep._loop(stop, step, 0)
    assert len(taken) == 3


def test_a_loop_that_cannot_go_on_ends_the_process() -> None:
    step, taken, stop = steps(KeyError("a fault of our own"), None)
    with pytest.raises(KeyError):
        upkeep._loop(stop, step, 0)
    assert stop.is_set(), "the relay's own loop sees this and ends, so that it is started again whole"
    assert len(taken) == 1


@pytest.mark.parametrize("fault", [OperationalError("select", {}, Exception()), NotFound("tenant"), KeyError("ours")])
def test_a_pass_that_fails_leaves_the_others_their_turn(fault: Exception) -> None:
    step, _taken, _stop = steps(fault, None)
    done: list[str] = []
    with suppress(RowFailed):
        upkeep._each_pass((("first", step), ("second", lambda: done.append("second"))))
    assert done == ["second"]


def test_jobs_survive_their_worker_and_keep_no_result() -> None:
    conf = app.build(SETTINGS).conf
    assert conf.task_acks_late and conf.task_reject_on_worker_lost and conf.task_ignore_result
    assert conf.accept_content == ["json"]
    assert conf.broker_transport_options["visibility_timeout"] > SETTINGS.lease_seconds


def test_publishing_gives_up_sooner_than_a_worker_waits() -> None:
    publisher, worker = app.publisher(SETTINGS).conf, app.build(SETTINGS).conf
    assert publisher.broker_transport_options["socket_timeout"] == app.PUBLISH_LIMIT == 0.3
    assert worker.broker_transport_options["socket_timeout"] > app.PUBLISH_LIMIT
