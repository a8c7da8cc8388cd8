"""Attempts what is due, in a bounded number of threads of this process.

``offer`` takes rows that were just committed, ``fill`` whatever is due; both claim in batches, as many as there are
free slots, in the order of ``Turns``. A row whose lease was lost again and again is attempted alone, in a process of
its own (``alone``). What is claimed is begun at once: a courier that is killed leaves at most its slots' leases to run
out.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from functools import partial
from uuid import UUID

from adapters.wire.transport import within
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.errors import ConcurrentChange
from gateway.domain.peers.delivery import Delivery
from gateway.domain.peers.turns import Lane, Turns
from gateway.in_turn import ROW_FAULTS
from gateway.logs import log
from gateway.services.deliver import attempt
from gateway.store.ground.faults import DatabaseFault
from gateway.wake import New
from gateway.wiring import Gateway
from workers import alone
from workers.task import OF_THE_LEASE, attempting

SLOTS = 16
SHARE = 4  # of the slots, for one connection
LANES_HOLD = 0.25  # seconds a list of lanes is believed while there is more than slots for it
NOTHING: timedelta = timedelta(0)


class Courier:
    """One per process; thread-safe."""

    def __init__(self, gateway: Gateway, slots: int = SLOTS, share: int = SHARE) -> None:
        self._gateway = gateway
        self._lease = timedelta(seconds=gateway.settings.lease_seconds)
        self._use = attempting(gateway)
        self._turns = Turns(slots, share)
        self._pool = ThreadPoolExecutor(slots, "attempt")
        self._own_process = ThreadPoolExecutor(1, "alone")
        self._lock = threading.Lock()
        self._one_claimer = threading.Lock()
        self._offered: list[New] = []
        self._wanted = False
        self._more = False  # the last look left rows for which there was no slot
        self._lanes: tuple[float, Sequence[Lane]] = (0.0, ())
        self._alone: Future[None] | None = None
        self._closed = False

    def offer(self, new: Sequence[New] | None) -> None:
        """Rows that were just committed; what finds no slot stays due."""
        if new:
            with self._lock:
                self._offered += new
            with suppress(DatabaseFault):  # they stay due
                self._claim(lambda: 0)

    def fill(self, older_than: timedelta = NOTHING, *, wait: bool = False) -> int:
        """Begin what is due (for at least ``older_than``), as far as there are slots; how many were begun. ``wait``:
        where another thread is just claiming, after it."""
        self._try_alone()
        return self._claim(lambda: self._begin_due(older_than, 0.0), wait)

    def close(self, within_seconds: float) -> None:
        """Claims nothing more and waits for what is under way."""
        self._closed = True
        ends = time.monotonic() + within_seconds
        while time.monotonic() < ends and self._turns.free < self._turns.slots:
            time.sleep(0.05)
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._own_process.shutdown(wait=False, cancel_futures=True)

    # claiming

    def _claim(self, begin: Callable[[], int], wait: bool = False) -> int:
        """One thread claims at a time; who comes meanwhile leaves word, and it looks once more."""
        begun, self._wanted = 0, True
        while self._wanted and not self._closed and self._one_claimer.acquire(blocking=wait):
            try:
                self._wanted = False
                begun += begin()
                begun += self._begin_offered()
            finally:
                self._one_claimer.release()
        return begun

    def _begin_offered(self) -> int:
        with self._lock:
            offered, self._offered = self._offered, []
            chosen = [id for connection, id in offered if self._turns.room_for(connection)][: self._turns.free]
            self._more = self._more or len(chosen) < len(offered)
        return self._begin(self._gateway.outbox.claim_new(self._lease, chosen)) if chosen else 0

    def _begin_due(self, older_than: timedelta, believed: float = LANES_HOLD) -> int:
        lanes = self._present_lanes(older_than, believed)
        with self._lock:
            plan = self._turns.plan(lanes)
            self._more = bool(lanes)
        return self._begin(self._gateway.outbox.claim_lanes(self._lease, plan)) if plan else 0

    def _present_lanes(self, older_than: timedelta, believed: float) -> Sequence[Lane]:
        read_at, lanes = self._lanes
        if not lanes or time.monotonic() - read_at > believed:
            lanes = self._gateway.outbox.lanes(older_than)
            self._lanes = (time.monotonic(), lanes)
        return lanes

    def _begin(self, claimed: Sequence[Delivery]) -> int:
        with self._lock:
            for delivery in claimed:
                self._turns.begin(delivery.connection, delivery.tenant)
        known = self._known(claimed)
        for delivery in claimed:
            attempting = self._pool.submit(self._attempt, delivery, known.get(delivery.consultation))
            attempting.add_done_callback(partial(self._ended, delivery))
        return len(claimed)

    def _known(self, claimed: Sequence[Delivery]) -> Mapping[UUID, Consultation]:
        """All their consultations in one look. Whatever goes wrong with it is met again by the attempt whose row it is
        about, and by no other."""
        if not claimed:
            return {}
        try:
            return self._use.store.load_each({each.consultation for each in claimed})
        except (DatabaseFault, *ROW_FAULTS) as fault:
            log(__name__).warning("not-read-together", fault=type(fault).__name__)
            return {}

    # attempting

    def _attempt(self, delivery: Delivery, known: Consultation | None) -> None:
        with within(OF_THE_LEASE * self._lease.total_seconds()):
            attempt(delivery, self._use, known)

    def _ended(self, delivery: Delivery, future: Future[None]) -> None:
        """A fault that passes leaves the lease to run out, and the peer is asked before a resend; any other is a crash
        of this row's attempt and of no other's."""
        fault = None if future.cancelled() else future.exception()
        if isinstance(fault, (DatabaseFault, ConcurrentChange)):
            log(__name__).error("not-settled", delivery=str(delivery.id), fault=type(fault).__name__)
        elif fault is not None:
            log(__name__).error("attempt-crashed", delivery=str(delivery.id), fault=type(fault).__name__)
            with suppress(DatabaseFault):
                self._gateway.outbox.crashed(delivery, alone=False)
        self._end(delivery)

    def _end(self, delivery: Delivery) -> None:
        with self._lock:
            self._turns.end(delivery.connection)
            enough = self._turns.share // 2
            under_way = self._turns.under_way(delivery.connection)
            refill = self._more and (under_way <= enough or self._turns.free == self._turns.slots)
        if refill:
            with suppress(DatabaseFault):
                self._claim(lambda: self._begin_due(NOTHING))

    def _try_alone(self) -> None:
        """At most one at a time, and beside the slots, so that it holds up nobody."""
        if self._closed or (self._alone is not None and not self._alone.done()):
            return
        delivery = self._gateway.outbox.claim_alone(self._lease + timedelta(seconds=alone.TO_START))
        if delivery is not None:
            self._alone = self._own_process.submit(self._attempt_alone, delivery)

    def _attempt_alone(self, delivery: Delivery) -> None:
        crashed = alone.crashes(delivery, self._lease.total_seconds())
        log(__name__).warning("attempted-alone", delivery=str(delivery.id), crashed=crashed)
        if crashed:
            with suppress(DatabaseFault):
                if self._gateway.outbox.crashed(delivery, alone=True):
                    log(__name__).error("set-aside", delivery=str(delivery.id), connection=delivery.connection)
