"""The national look-up on a leash: two seconds at most, and none at all while it is known to be down.

A launch waits for it only while it answers. The first call that runs over its budget opens the breaker; from then on
one launch now and then still sends its question, but nobody waits for the answer: it only tells when the service is
back.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as Unanswered
from datetime import datetime

from gateway.domain.citizen.lookup import NationalAnswer
from gateway.domain.errors import PeerCannot, PeerError
from gateway.domain.identifiers import CitizenId
from gateway.ports.registers import NationalLookup

BUDGET = 2.0  # seconds a launch waits at most
REST = 15.0  # seconds between two questions while the breaker is open
FAILURES = 3  # quick failures in a row that open it
WAITING = 8  # questions on their way at once; one more is not asked

Answer = Callable[[], NationalAnswer | None]


def _no_answer() -> None:
    return None


class BudgetedLookup:
    """``begin`` sends the question and returns at once; calling what it returned gives the answer, or None where there
    is none in time. Raises nothing that a peer can cause."""

    def __init__(
        self,
        lookup: NationalLookup,
        *,
        budget: float = BUDGET,
        rest: float = REST,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lookup = lookup
        self._budget = budget
        self._rest = rest
        self._now = monotonic
        self._lock = threading.Lock()
        self._failures = 0
        self._ask_again_at: float | None = None  # None: closed
        self._on_the_way = 0
        self._pool = ThreadPoolExecutor(WAITING, thread_name_prefix=f"national-{lookup.name}")

    @property
    def is_open(self) -> bool:
        """Whether the service is known to be down."""
        return self._ask_again_at is not None

    def begin(self, identifier: CitizenId, now: datetime) -> Answer:
        probing = self.is_open
        if not self._may_ask():
            return _no_answer
        begun = self._now()
        asked = self._pool.submit(self._lookup.find, identifier, now)
        asked.add_done_callback(lambda future: self._settle(future, begun))
        return _no_answer if probing else lambda: self._wait(asked, begun)

    def _may_ask(self) -> bool:
        with self._lock:
            if self._on_the_way >= WAITING:
                return False
            if self._ask_again_at is not None:
                if self._now() < self._ask_again_at:
                    return False
                self._ask_again_at = self._now() + self._rest
            self._on_the_way += 1
            return True

    def _wait(self, asked: Future[NationalAnswer], begun: float) -> NationalAnswer | None:
        try:
            return asked.result(timeout=max(0.0, self._budget - (self._now() - begun)))
        except Unanswered:
            self._open()
        except PeerError:
            pass  # counted in _settle; the register answers instead
        return None

    def _settle(self, asked: Future[NationalAnswer], begun: float) -> None:
        """An answer within its budget closes the breaker; a late one shows only that the service is slow."""
        with self._lock:
            self._on_the_way -= 1
        fault = asked.exception()
        if fault is None or isinstance(fault, PeerCannot):
            if self._now() - begun <= self._budget:
                self._close()
            return
        with self._lock:
            self._failures += 1
            many = self._failures >= FAILURES
        if many:
            self._open()

    def _open(self) -> None:
        with self._lock:
            if self._ask_again_at is None:
                self._ask_again_at = self._now() + self._rest

    def _close(self) -> None:
        with self._lock:
            self._failures = 0
            self._ask_again_at = None
