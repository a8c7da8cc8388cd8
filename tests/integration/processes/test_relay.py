"""What is due is attempted: by a worker, and by the relay itself where Redis is frozen or away (requirements.md F9)."""

from __future__ import annotations

import base64
import json
import signal
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import redis

from gateway.wake import CHANNEL, Wake
from simulators.demo.processes import free_port
from tests.support.processes.relaying import Debts, real_redis, until, worker_process
from workers import app as celery_app
from workers.relay import Relay

PUBLISHING = 2.0  # 0.3 s is the limit; the rest is for a busy machine


@pytest.fixture
def database_url(tmp_path: Path, sqlite_template: Path) -> str:
    copy = tmp_path / "relay.db"
    copy.write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{copy}"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[tuple[Any, str]]:
    with real_redis(tmp_path) as running:
        yield running


def relay_of(debts: Debts) -> Relay:
    return Relay(debts.gateway, celery_app.publisher(debts.settings))


def test_a_published_id_is_attempted_by_a_worker(tmp_path: Path, database_url: str, broker: tuple[Any, str]) -> None:
    debts = Debts(tmp_path, database_url, broker[1])
    ids = debts.owe(3)
    # Only the publisher is used here: whatever gets done, the worker did.
    publisher = celery_app.publisher(debts.settings)
    due = [str(row) for row in debts.gateway.outbox.due()]
    for row in due:
        publisher.send_task("deliver", [row], queue=celery_app.QUEUE, ignore_result=True)
    assert sorted(jobs_in(broker[1])) == sorted([[row], {}] for row in due), "ids, and nothing else of anybody"
    with worker_process(debts.settings, tmp_path):
        until("the worker attempts all three", lambda: debts.all_done(ids))


def test_a_worker_with_a_job_in_hand_outlives_redis(tmp_path: Path, database_url: str) -> None:
    """The job waits for the database's writer while Redis dies and comes back; the same process does the next one."""
    with real_redis(tmp_path) as (redis_process, url):
        debts = Debts(tmp_path, database_url, url)
        first = debts.owe()
        publisher = celery_app.publisher(debts.settings)
        with worker_process(debts.settings, tmp_path) as worker, debts.gateway.engine.connect() as writer:
            publish(publisher, debts)
            held = writer.begin()  # SQLite: nobody else writes now
            in_hand = redis.Redis.from_url(url)
            until("the job is in hand", lambda: in_hand.hlen("laegebro:unacked") == 1)
            redis_process.kill()
            redis_process.wait()
            until("the worker misses it", lambda: b"Connection refused" in (tmp_path / "worker.log").read_bytes())
            held.rollback()
            until("the job is done all the same", lambda: debts.all_done(first))
            with real_redis(tmp_path, port=int(url.split(":")[2].split("/")[0])):
                second = debts.owe()
                publish(publisher, debts)
                until("the next is done", lambda: debts.all_done(second) or worker.poll() is not None)
                assert worker.poll() is None, "it is the same process"


def publish(publisher: Any, debts: Debts) -> None:
    for row in debts.gateway.outbox.due():
        publisher.send_task("deliver", [str(row)], queue=celery_app.QUEUE, ignore_result=True)


def jobs_in(url: str) -> list[list[object]]:
    """Arguments of every job that lies in Redis, as whoever looks into it would read them."""
    kept = redis.Redis.from_url(url, decode_responses=True)
    messages: Any = kept.lrange(f"laegebro:{celery_app.QUEUE}", 0, -1)
    return [json.loads(base64.b64decode(json.loads(message)["body"]))[:2] for message in messages]


def test_with_redis_frozen_the_relay_does_it_and_publishing_never_blocks(
    tmp_path: Path, database_url: str, broker: tuple[Any, str]
) -> None:
    process, url = broker
    debts = Debts(tmp_path, database_url, url)
    relay = relay_of(debts)
    warm = debts.owe()
    until("the first is attempted", lambda: relay.sweep() == 0 and debts.all_done(warm))
    process.send_signal(signal.SIGSTOP)
    ids = debts.owe(5)
    before = time.monotonic()
    relay.sweep()
    assert time.monotonic() - before < PUBLISHING, "one attempt to publish, and then the broker is left in peace"
    until("the relay delivers alone", lambda: relay.sweep() == 0 and debts.all_done(ids))
    relay.close()


def test_without_redis_the_relay_does_it(tmp_path: Path, database_url: str) -> None:
    debts = Debts(tmp_path, database_url, f"redis://127.0.0.1:{free_port()}/0")
    relay = relay_of(debts)
    ids = debts.owe(3)
    until("the relay delivers alone", lambda: relay.sweep() == 0 and debts.all_done(ids))
    relay.close()


def test_two_relays_at_once_attempt_once(tmp_path: Path, database_url: str) -> None:
    debts = Debts(tmp_path, database_url, f"redis://127.0.0.1:{free_port()}/0")
    ids = debts.owe(6)
    relays = [Relay(gateway, celery_app.publisher(debts.settings)) for gateway in (debts.gateway, debts.another())]
    start = threading.Barrier(2)

    def sweeping(relay: Relay) -> None:
        start.wait()
        for _ in range(8):
            relay.sweep()

    threads = [threading.Thread(target=sweeping, args=(relay,)) for relay in relays]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    until("everything is done", lambda: debts.all_done(ids))
    for relay in relays:
        relay.close()


def test_what_is_owed_to_a_paused_connection_stays_due(tmp_path: Path, database_url: str) -> None:
    debts = Debts(tmp_path, database_url, f"redis://127.0.0.1:{free_port()}/0")
    debts.gateway.connections.pause("waiting-room", "test", "Planlagt opdatering", datetime.now(UTC))
    ids = debts.owe()
    relay = relay_of(debts)
    for _ in range(3):
        assert relay.sweep() == 0
    assert debts.attempts(ids[0]) == [("due", 0)]
    debts.gateway.connections.resume("waiting-room", "test", "resumed", datetime.now(UTC))
    until("it is done after the pause", lambda: relay.sweep() == 0 and debts.all_done(ids))
    relay.close()


def test_a_wake_is_heard(broker: tuple[Any, str]) -> None:
    with redis.Redis.from_url(broker[1]).pubsub(ignore_subscribe_messages=True) as channel:
        channel.subscribe(CHANNEL)
        channel.get_message(timeout=5)
        Wake(broker[1])()
        until("the wake arrives", lambda: channel.get_message(timeout=0.2))


@pytest.mark.parametrize("trouble", ["frozen", "absent"])
def test_a_request_never_waits_for_redis_and_asks_it_once(trouble: str, broker: tuple[Any, str]) -> None:
    process, url = broker
    wake = Wake(url)
    if trouble == "frozen":
        process.send_signal(signal.SIGSTOP)
    else:
        process.kill()
        process.wait()
    before = time.monotonic()
    for _ in range(50):
        wake()
    assert time.monotonic() - before < PUBLISHING
