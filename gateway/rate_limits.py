"""How often one may do what: rates per session, employee, organisation, system and address, and who counts them.

Counted in Redis for all processes together by the ``limits`` library, which also counts in each process by itself
while Redis is away; where the rate only protects one process, in ``_Windows``. A key holds a keyed hash of whose it is,
never who.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from limits import RateLimitItemPerSecond
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter

from gateway.domain.errors import TooOften
from gateway.logs import log

PATIENCE = 0.3  # seconds that Redis may take
PAUSE = 2.0  # seconds it is not asked again after a failure


class What(StrEnum):
    """What is counted."""

    REQUEST = "request"  # anything at all
    ARRIVAL = "arrival"  # a login or launch that begins, comes back or is redeemed
    LAUNCH = "launch"  # a signed launch from a system that has proved itself
    CALL = "call"  # a call at a door by a system that has proved itself
    CITIZEN_SEARCH = "citizen-search"  # whether there is a record for a number
    SEARCH_REPORT = "citizen-search-limited"  # that somebody was stopped at it is written down
    CODE = "code"  # a code that was typed
    TICKET = "ticket"  # a seat in a room
    STREAM = "stream"  # an event stream that is opened
    REFUSAL = "refusal"  # a row of the audit about something that was refused


class Per(StrEnum):
    """Whose doing is counted together."""

    SESSION = "session"
    PERSON = "person"
    ORGANISATION = "organisation"
    SYSTEM = "system"
    ADDRESS = "address"
    ALL = "all"  # everybody's together


@dataclass(frozen=True, slots=True)
class Rate:
    """``amount`` within ``seconds``; ``together``: counted by all processes together."""

    what: What
    per: Per
    amount: int
    seconds: int
    together: bool = True


MINUTE, HOUR = 60, 3600
# One address may be a whole municipality's, so what is counted by address has room for everybody's morning.
RATES: tuple[Rate, ...] = (
    Rate(What.REQUEST, Per.SESSION, 1_200, MINUTE, together=False),
    Rate(What.REQUEST, Per.ADDRESS, 30_000, MINUTE, together=False),
    Rate(What.ARRIVAL, Per.ADDRESS, 6_000, MINUTE, together=False),
    Rate(What.LAUNCH, Per.SYSTEM, 12_000, MINUTE, together=False),
    Rate(What.CALL, Per.SYSTEM, 12_000, MINUTE, together=False),
    Rate(What.CITIZEN_SEARCH, Per.PERSON, 10, MINUTE),
    Rate(What.CITIZEN_SEARCH, Per.PERSON, 60, HOUR),
    Rate(What.CITIZEN_SEARCH, Per.ORGANISATION, 600, MINUTE),
    Rate(What.SEARCH_REPORT, Per.PERSON, 1, MINUTE),
    Rate(What.CODE, Per.PERSON, 10, MINUTE),
    Rate(What.TICKET, Per.SESSION, 60, MINUTE),
    Rate(What.REFUSAL, Per.SESSION, 60, MINUTE, together=False),
    Rate(What.REFUSAL, Per.SYSTEM, 60, MINUTE, together=False),
    Rate(What.REFUSAL, Per.ADDRESS, 60, MINUTE, together=False),
    Rate(What.REFUSAL, Per.ALL, 1_200, MINUTE, together=False),  # in each process
    Rate(What.STREAM, Per.SESSION, 120, MINUTE, together=False),  # a page tries again every three seconds
)
_OF = {what: [rate for rate in RATES if rate.what is what] for what in What}


class _Windows:
    """Counts of this process, each from the first on for as long as its rate says. The library's own starts a thread
    at nearly every count."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._windows: dict[tuple[Rate, bytes], tuple[int, float]] = {}  # how many, and when it ends
        self._swept = 0.0

    def wait(self, rate: Rate, whose: bytes, amount: int) -> float:
        """Count one: 0, or how many seconds are left of a window that is full."""
        now = time.monotonic()
        with self._lock:
            self._sweep(now)
            count, ends = self._windows.get((rate, whose), (0, 0.0))
            if ends <= now:
                count, ends = 0, now + rate.seconds
            self._windows[rate, whose] = count + 1, ends
        return 0.0 if count < amount else ends - now

    def _sweep(self, now: float) -> None:
        if now - self._swept > MINUTE:
            self._windows = {key: window for key, window in self._windows.items() if window[1] > now}
            self._swept = now


class RateLimits:
    """``keyed`` turns a purpose and whose a count is into a hash under our key. ``factor`` multiplies every amount:
    programs that measure one of our processes raise it. ``redis_url`` is never printed: it may hold a password."""

    def __init__(self, redis_url: str, keyed: Callable[[str, str], bytes], factor: float = 1.0) -> None:
        self._keyed = keyed
        self._amount = {rate: max(1, round(rate.amount * factor)) for rate in RATES}
        patient = {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE}
        shared = RedisStorage(redis_url, None, "laegebro:rate", True, **patient)
        self._shared = MovingWindowRateLimiter(shared)
        self._meanwhile = MovingWindowRateLimiter(MemoryStorage())
        self._windows = _Windows()
        self._alone_until = 0.0

    def require(self, what: What, whose: Mapping[Per, str]) -> None:
        """Count one; ``TooOften`` where that is one too many for anybody whose it is."""
        for rate in _OF[what]:
            if rate.per in whose:
                self._count(rate, self._keyed("rate", whose[rate.per]))

    def allows(self, what: What, whose: Mapping[Per, str]) -> bool:
        """Count one; False where it is one too many."""
        try:
            self.require(what, whose)
        except TooOften:
            return False
        return True

    def _count(self, rate: Rate, whose: bytes) -> None:
        count = self._wait_together if rate.together else self._windows.wait
        seconds = count(rate, whose, self._amount[rate])
        if seconds:
            log(__name__).warning("rate-limited", what=str(rate.what), per=str(rate.per))
            raise TooOften(str(rate.what), str(rate.per), max(1, math.ceil(seconds)))

    def _wait_together(self, rate: Rate, whose: bytes, amount: int) -> float:
        item = RateLimitItemPerSecond(amount, rate.seconds)
        names = (str(rate.what), str(rate.per), whose.hex())
        limiter = self._meanwhile if time.monotonic() < self._alone_until else self._shared
        try:
            if limiter.hit(item, *names):
                return 0.0
            return max(1.0, limiter.get_window_stats(item, *names).reset_time - time.time())
        except StorageError:
            self._alone_until = time.monotonic() + PAUSE
            log(__name__).warning("rates-counted-alone")
            return self._wait_together(rate, whose, amount)
