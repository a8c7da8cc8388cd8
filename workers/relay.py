"""The relay: finds what is due and sees that it is attempted, with or without Redis; keeps the clocks; asks peers.

It needs neither Redis nor beat. Due ids are published to Celery (0.3 s limit); what fails to publish or stays
unclaimed for 1 s it attempts itself. Two relays may run: claims are compare-and-swap.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

from celery import Celery
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from gateway.logs import log
from gateway.starting import started
from gateway.store.ground.faults import DatabaseFault
from gateway.wake import Listener
from gateway.wiring import Gateway
from workers import app as celery_app
from workers.task import attempt_row
from workers.upkeep import Upkeep

SWEEP = 0.5
UNCLAIMED = timedelta(seconds=1)
BROKER_PAUSE = 5.0
OWN_THREADS = 8


class Relay:
    """One sweep after another until stopped."""

    def __init__(self, gateway: Gateway, publisher: Celery) -> None:
        self._gateway = gateway
        self._publisher = publisher
        self._published: dict[UUID, float] = {}
        self._broker_silent_until = 0.0
        self._own: dict[UUID, Future[object]] = {}
        self._pool = ThreadPoolExecutor(OWN_THREADS, "relay")

    def sweep(self) -> int:
        """Publish what is newly due, attempt what nobody took; returns how many rows were due."""
        due = list(self._gateway.outbox.due())
        late = set(self._gateway.outbox.due(older_than=UNCLAIMED))
        self._forget(set(due))
        for id in due:
            if id not in self._published and self._publish(id):
                self._published[id] = time.monotonic()
            elif id in late or self._broker_is_silent():
                self._attempt_here(id)
        return len(due)

    def _forget(self, due: set[UUID]) -> None:
        """A row that left the list may come back later as newly due."""
        self._published = {id: at for id, at in self._published.items() if id in due}
        for id in [id for id, future in self._own.items() if future.done()]:
            fault = self._own.pop(id).exception()
            if fault is not None:
                log(__name__).error("attempt-crashed", delivery=str(id), fault=type(fault).__name__)

    def _broker_is_silent(self) -> bool:
        return time.monotonic() < self._broker_silent_until

    def _publish(self, id: UUID) -> bool:
        if self._broker_is_silent():
            return False
        try:
            self._publisher.send_task("deliver", [str(id)], queue=celery_app.QUEUE, retry=False, ignore_result=True)
        except (OperationalError, RedisError, OSError):
            self._broker_silent_until = time.monotonic() + BROKER_PAUSE
            log(__name__).warning("broker-silent", pause=BROKER_PAUSE)
            return False
        return True

    def _attempt_here(self, id: UUID) -> None:
        if id not in self._own and len(self._own) < OWN_THREADS * 4:
            self._own[id] = self._pool.submit(attempt_row, self._gateway, id)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


def run(stop: threading.Event, gateway: Gateway) -> None:
    """Sweep every half second, or at once on a wake, until ``stop``."""
    relay = Relay(gateway, celery_app.publisher(gateway.settings))
    upkeep = Upkeep(gateway)
    woken = threading.Event()
    listener = Listener(gateway.settings.redis_url, woken.set)
    listener.start()
    upkeep.start(stop)
    while not stop.is_set():
        _guarded(relay.sweep)
        woken.wait(SWEEP)
        woken.clear()
    relay.close()


def _guarded(step: Callable[[], object]) -> None:
    """A database that is away for a moment must not end the relay: it says so and tries again."""
    try:
        step()
    except DatabaseFault:
        log(__name__).error("database-away")
        time.sleep(SWEEP)


def main() -> None:
    """``python -m workers.relay``."""
    gateway = started("relay")
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    run(stop, gateway)


if __name__ == "__main__":
    main()
