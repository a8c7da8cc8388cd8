"""Attempts that ended, counted from their rows: whichever process made one, it is counted, and counted once."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from prometheus_client import Counter, Histogram
from prometheus_client.core import Metric

from gateway.metrics import names
from gateway.store.watch.figures import EndedAttempt, SqlFigures

BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
OVERLAP = timedelta(seconds=30)  # a transaction that commits late has an earlier moment in its row
A_PASS, REMEMBERED = 5000, 50_000
LOST = "lost"


class AttemptCounters:
    """Counts from the first reading on; ``follow`` reads what has ended since, ``collect`` tells."""

    def __init__(self, figures: SqlFigures) -> None:
        self._figures = figures
        self._attempts = Counter(*names.ATTEMPTS, ["connection", "outcome"], registry=None)
        self._seconds = Histogram(*names.LATENCY, ["connection"], buckets=BUCKETS, registry=None)
        self._lost = Counter(*names.LOST, ["connection"], registry=None)
        self._reached: datetime | None = None
        self._order: deque[tuple[UUID, int]] = deque()
        self._known: set[tuple[UUID, int]] = set()
        self._turn = threading.Lock()

    def collect(self) -> Iterator[Metric]:
        for each in (self._attempts, self._seconds, self._lost):
            yield from each.collect()

    def follow(self) -> None:
        with self._turn:
            if self._reached is None:
                self._reached = self._figures.now()
            since = self._reached
            while page := self._new(since):
                for attempt in page:
                    self._count(attempt)
                since = max(since, page[-1].ended_at)
            self._reached = max(since, self._figures.now() - OVERLAP)

    def _new(self, since: datetime) -> list[EndedAttempt]:
        found = self._figures.ended_since(since, A_PASS)
        return [one for one in found if (one.delivery, one.number) not in self._known]

    def _count(self, attempt: EndedAttempt) -> None:
        self._remember((attempt.delivery, attempt.number))
        self._attempts.labels(attempt.connection, attempt.outcome).inc()
        if attempt.outcome == LOST:
            self._lost.labels(attempt.connection).inc()
            return
        took = (attempt.ended_at - attempt.started_at).total_seconds()
        self._seconds.labels(attempt.connection).observe(max(0.0, took))

    def _remember(self, key: tuple[UUID, int]) -> None:
        self._known.add(key)
        self._order.append(key)
        while len(self._order) > REMEMBERED:
            self._known.discard(self._order.popleft())
