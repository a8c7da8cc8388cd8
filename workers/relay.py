"""The relay: finds what is due and sees that it is attempted, with or without Redis; keeps the clocks; asks peers.

It needs neither Redis nor beat. Where something is due it tells the workers by one Celery job (0.3 s limit); what stays
unclaimed for 1 s, or at once where Redis is silent, it attempts itself. Two relays share the work: each claims rows of
its own, in batches.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta

from celery import Celery
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from gateway.alarms.watch import watch_over
from gateway.logs import log
from gateway.metrics import exporter
from gateway.readiness import Readiness
from gateway.starting import plainly, started
from gateway.store.ground.faults import DatabaseFault
from gateway.wake import Listener, New
from gateway.wiring import Gateway
from workers import app as celery_app
from workers.courier import Courier
from workers.reconciling import Reconciler
from workers.task import OF_THE_LEASE
from workers.upkeep import Upkeep

SWEEP = 0.5
UNCLAIMED = timedelta(seconds=1)
BROKER_PAUSE = 5.0
OWN_SLOTS = 8
OWN_SHARE = 4  # of the slots, for one connection


class Relay:
    """One sweep after another until stopped."""

    def __init__(self, gateway: Gateway, publisher: Celery) -> None:
        self._outbox = gateway.outbox
        self._publisher = publisher
        self._broker_silent_until = 0.0
        self._courier = Courier(gateway, OWN_SLOTS, OWN_SHARE)
        self._patience = OF_THE_LEASE * gateway.settings.lease_seconds

    def sweep(self) -> int:
        """Tell the workers that something is due, attempt what none of them took; how many attempts were begun."""
        if self._outbox.lanes():
            self._tell_workers()
        return self._courier.fill(timedelta(0) if self._broker_is_silent() else UNCLAIMED)

    def _broker_is_silent(self) -> bool:
        return time.monotonic() < self._broker_silent_until

    def _tell_workers(self) -> None:
        """One job for all that is due: each worker claims what it has slots for."""
        if self._broker_is_silent():
            return
        try:
            self._publisher.send_task("deliver", queue=celery_app.QUEUE, retry=False, ignore_result=True)
        except (OperationalError, RedisError, OSError):
            self._broker_silent_until = time.monotonic() + BROKER_PAUSE
            log(__name__).warning("broker-silent", pause=BROKER_PAUSE)

    def close(self) -> None:
        self._courier.close(self._patience)


def run(stop: threading.Event, gateway: Gateway) -> None:
    """Sweep every half second, or at once on a wake that names nothing, until ``stop``."""
    relay = Relay(gateway, celery_app.publisher(gateway.settings))
    upkeep = Upkeep(gateway)
    woken = threading.Event()

    def hear(new: Sequence[New] | None) -> None:
        if new is None:  # rows that are named are taken by the workers; what they leave is found by the next sweep
            woken.set()

    listener = Listener(gateway.settings.redis_url, hear)
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
    gateway = started("relay", exporter.require_address)
    with plainly():
        exporter.serve(exporter.of_the_gateway(gateway), readiness=Readiness(gateway).waits_for)
    stop = threading.Event()
    watch_over(gateway, "relay", stop)
    Reconciler(gateway).start(stop)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    run(stop, gateway)


if __name__ == "__main__":
    main()
