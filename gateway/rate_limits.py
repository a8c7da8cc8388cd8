"""How often one may do what: rates per session, employee, organisation, system and address, and who counts them.

Counted by the ``limits`` library: in Redis for all processes together, in each process by itself where the rate only
protects that process and while Redis is away. A key holds a keyed hash of whose it is, never who.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from limits import RateLimitItemPerSecond
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter, RateLimiter

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


class RateLimits:
    """``keyed`` turns a purpose and whose a count is into a hash under our key. ``factor`` multiplies every amount:
    programs that measure one of our processes raise it. ``redis_url`` is never printed: it may hold a password."""

    def __init__(self, redis_url: str, keyed: Callable[[str, str], bytes], factor: float = 1.0) -> None:
        self._keyed = keyed
        self._amount = {rate: max(1, round(rate.amount * factor)) for rate in RATES}
        patient = {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE}
        shared = RedisStorage(redis_url, None, "laegebro:rate", True, **patient)
        self._shared: RateLimiter = MovingWindowRateLimiter(shared)
        own = MemoryStorage()
        self._own_exact: RateLimiter = MovingWindowRateLimiter(own)
        self._own: RateLimiter = FixedWindowRateLimiter(own)
        self._alone_until = 0.0

    def require(self, what: What, whose: Mapping[Per, str]) -> None:
        """Count one; ``TooOften`` where that is one too many for anybody whose it is."""
        for rate in RATES:
            if rate.what is what and rate.per in whose:
                self._count(rate, whose[rate.per])

    def allows(self, what: What, whose: Mapping[Per, str]) -> bool:
        """Count one; False where it is one too many."""
        try:
            self.require(what, whose)
        except TooOften:
            return False
        return True

    def _count(self, rate: Rate, who: str) -> None:
        item = RateLimitItemPerSecond(self._amount[rate], rate.seconds)
        names = (str(rate.what), str(rate.per), self._keyed("rate", who).hex())
        limiter = self._limiter(rate)
        try:
            if limiter.hit(item, *names):
                return
            free_at = limiter.get_window_stats(item, *names).reset_time
        except StorageError:
            self._alone_until = time.monotonic() + PAUSE
            log(__name__).warning("rates-counted-alone")
            return self._count(rate, who)
        log(__name__).warning("rate-limited", what=str(rate.what), per=str(rate.per))
        raise TooOften(str(rate.what), str(rate.per), max(1, math.ceil(free_at - time.time())))

    def _limiter(self, rate: Rate) -> RateLimiter:
        if not rate.together:
            return self._own
        return self._own_exact if time.monotonic() < self._alone_until else self._shared
