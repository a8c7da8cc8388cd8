"""The hourly comparison with peers, a page of each connection at a time, beside the deliveries."""

from __future__ import annotations

import threading
from functools import partial
from uuid import UUID

from gateway.domain.errors import LaegebroError
from gateway.domain.peers.delivery import Delivery
from gateway.logs import log
from gateway.services.operations.reconcile import Comparing, compare_queue, compare_some
from gateway.store.ground.faults import DatabaseFault
from gateway.store.watch.shown import SqlShownQueues
from gateway.wiring import Gateway

EVERY = 15.0  # between two pages; a page is at most 50 rows of one connection


class Reconciler:
    """A loop of its own, so that a peer that is slow to search holds up nothing else."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._queues = SqlShownQueues(gateway.engine)
        self._use = Comparing(gateway.store, gateway.comparisons, gateway.peers, gateway.settings.public_url)

    def start(self, stop: threading.Event) -> None:
        threading.Thread(target=self._run, args=(stop,), name="reconcile", daemon=True).start()

    def _run(self, stop: threading.Event) -> None:
        while not stop.wait(EVERY):
            try:
                self.compare_all()
            except DatabaseFault:
                log(__name__).error("database-away", step="reconcile")

    def compare_all(self) -> int:
        """The next page of every connection; how many were compared."""
        active = self._gateway.connections.active
        names = [c.name for kind in ("eoj", "gp_system") for c in active(kind)]
        queues = [c.name for c in active("gp_system")]
        return sum(self._compare(name, name in queues) for name in names)

    def _compare(self, name: str, has_queue: bool) -> int:
        """One connection's fault is nobody else's."""
        try:
            if has_queue:
                compare_queue(name, self._use.peers, self._queues, partial(_tell_shown, name))
            return compare_some(name, self._use, _tell)
        except LaegebroError as fault:
            log(__name__).error("reconcile-refused", connection=name, fault=type(fault).__name__)
            return 0


def _tell(one: Delivery, what: str) -> None:
    log(__name__).warning("record-differs", delivery=str(one.id), connection=one.connection, what=what)


def _tell_shown(connection: str, id: UUID, what: str) -> None:
    log(__name__).warning("record-differs", delivery=str(id), connection=connection, what=what)
