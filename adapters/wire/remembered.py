"""What peers publish about themselves (keys, endpoints), kept for ten minutes and, while they are silent, for a day."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from gateway.domain.errors import PeerError

T = TypeVar("T")
FRESH = 600.0
RETRY = 60.0
STALE = 86_400.0


class Remembered(Generic[T]):
    """A value fetched at first use. ``now`` counts seconds and only ever grows.

    * younger than 10 minutes: as it is;
    * older: fetched anew; if that fails, the old one serves up to 24 hours and the peer is left alone for a minute;
    * ``renewed``: fetched anew at once, but not more often than once a minute, whoever asks.
    """

    def __init__(self, fetch: Callable[[], T], now: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._now = now
        self._lock = threading.Lock()
        self._value: T | None = None
        self._fetched = 0.0
        self._tried = float("-inf")
        self._forced = float("-inf")

    def current(self) -> T:
        with self._lock:
            if self._value is not None and self._now() - self._fetched < FRESH:
                return self._value
            return self._refresh()

    def renewed(self) -> T:
        """For a key nobody knows: a peer that has just changed its keys is believed within one request, a flood of
        invented key ids costs the peer one fetch a minute."""
        with self._lock:
            if self._value is None or self._now() - self._forced < RETRY:
                return self._value if self._value is not None else self._refresh()
            self._forced = self._now()
            self._tried = float("-inf")
            return self._refresh()

    def _refresh(self) -> T:
        now = self._now()
        usable = self._value is not None and now - self._fetched < STALE
        if usable and now - self._tried < RETRY:
            return self._value  # type: ignore[return-value]
        self._tried = now
        try:
            self._value = self._fetch()
        except PeerError:
            if not usable:
                raise
            return self._value  # type: ignore[return-value]
        self._fetched = self._now()
        return self._value
