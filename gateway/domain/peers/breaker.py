"""Whether a connection is called: a breaker each, so that a peer that is away costs its neighbours nothing.

Closed: every row is attempted. Open: none is, until ``next_probe_at``; then one attempt is let through (half-open), and
its outcome closes the breaker or opens it again for twice as long. The rows themselves stay due.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from gateway.domain.peers.verdict import LOCKS, Health, Verdict

OPENS_AFTER = 5  # failures in a row
FIRST_REST = 2.0  # seconds
LONGEST_REST = 60.0  # a peer that is back is noticed within a minute
LONGEST_ASKED = 900.0  # what a peer may ask for (Retry-After, RFC 9110 §10.2.3)
# Says nothing about the connection.
OF_THE_ROW = LOCKS | {"not-readable-yet", "not-there-yet", "too-many-forms", "connection-not-active"}
NOT_CALLED = frozenset({"unknown-and-cannot-probe", "connection-not-active", "void", "retract", "by-hand"})
AT_ONCE = frozenset({"http-429", "cannot-be-built-here"})


class BreakerState(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


@dataclass(frozen=True, slots=True)
class Trouble:
    """What one fault says about its connection. ``rest``: for how long the peer asked to be left alone; ``at_once``:
    the next attempts would fail as well, so none is made."""

    reason: str
    rest: timedelta | None = None
    at_once: bool = False


@dataclass(frozen=True, slots=True)
class Breaker:
    """``since``, ``reason`` and ``next_probe_at`` are set while it is not closed. ``openings``: how often it has opened
    since the peer last answered."""

    state: BreakerState = BreakerState.CLOSED
    since: datetime | None = None
    reason: str = ""
    failures: int = 0
    openings: int = 0
    next_probe_at: datetime | None = None

    @property
    def is_closed(self) -> bool:
        return self.state is BreakerState.CLOSED

    def may_probe(self, now: datetime) -> bool:
        return not self.is_closed and (self.next_probe_at is None or self.next_probe_at <= now)

    def probing(self, now: datetime, lease: timedelta) -> Breaker:
        """One attempt is under way; where nothing is heard of it within its lease, the next one may try."""
        return replace(self, state=BreakerState.HALF_OPEN, next_probe_at=now + lease)

    def failed(self, trouble: Trouble, now: datetime, jitter: float) -> Breaker:
        """``jitter`` in [0, 1] spreads the rest over its upper half."""
        counted = replace(self, failures=self.failures + 1, reason=trouble.reason)
        if self.is_closed and not trouble.at_once and counted.failures < OPENS_AFTER:
            return replace(counted, reason="")
        if self.state is BreakerState.OPEN and not self.may_probe(now):
            return self._resting_longer(trouble, now)  # began before it opened: no second failure of the peer
        openings = self.openings + 1
        rest = timedelta(seconds=min(LONGEST_REST, FIRST_REST * 2.0 ** min(openings - 1, 16)) * (0.5 + 0.5 * jitter))
        until = now + max(rest, _asked(trouble))
        return replace(
            counted, state=BreakerState.OPEN, since=self.since or now, openings=openings, next_probe_at=until
        )

    def _resting_longer(self, trouble: Trouble, now: datetime) -> Breaker:
        until = self.next_probe_at
        asked = now + _asked(trouble)
        return replace(self, next_probe_at=asked if until is None else max(until, asked))


def _asked(trouble: Trouble) -> timedelta:
    return min(trouble.rest or timedelta(0), timedelta(seconds=LONGEST_ASKED))


def trouble_of(verdict: Verdict) -> Trouble | None:
    """None where the peer answered: its connection is well, whatever it said about the message."""
    rest = None if verdict.again_after is None else timedelta(seconds=verdict.again_after)
    at_once = rest is not None or verdict.health is Health.ILL or verdict.code in AT_ONCE
    if verdict.health in (Health.FAILING, Health.ILL):
        return Trouble(verdict.code, rest, at_once)
    if verdict.health is Health.BUSY and at_once and verdict.code not in OF_THE_ROW:
        return Trouble(verdict.code, rest, at_once)
    return None


def was_asked(verdict: Verdict) -> bool:
    """Whether the peer was called at all, as far as the verdict tells."""
    return verdict.health is not Health.UNASKED and verdict.code not in NOT_CALLED


@dataclass(frozen=True, slots=True)
class ConnectionHealth:
    """A connection as all processes know it. ``failing_since``: the first failure after the last success."""

    connection: str
    breaker: Breaker
    last_success_at: datetime | None = None
    last_failure_at: datetime | None = None
    failing_since: datetime | None = None
    phase: str = ""
