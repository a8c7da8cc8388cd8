"""A practice system that asks to be told: its subscription, the events numbered in it, and when it has gone silent.

Our row is the memory of what it must be told (requirements.md Q4); a notification names entries, never a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

PAUSES = (1, 2, 5, 10, 20, 40)  # seconds between attempts; after the last one the subscription stands in error
HANDSHAKE_PAUSES = PAUSES[:2]  # somebody waits for this answer


class SubscriptionStatus(StrEnum):
    """R4 Subscription.status. *error*: events are still numbered and kept, and nothing is sent."""

    REQUESTED = "requested"
    ACTIVE = "active"
    ERROR = "error"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Subscription:
    """``events``: the number of the last event; ``sent``: the last one the endpoint has acknowledged.

    ``heartbeat`` and ``timeout`` are seconds, 0 heartbeats being none; ``names_entries`` is False where only *that*
    something happened may be said (payload *empty*). ``lease`` fences the outcome of an attempt.
    """

    id: UUID
    connection: str
    status: SubscriptionStatus
    endpoint: str = field(repr=False)
    headers: tuple[str, ...] = field(repr=False)
    heartbeat: int
    timeout: int
    most: int
    names_entries: bool
    changed_at: datetime
    version: int = 1
    events: int = 0
    sent: int = 0
    attempts: int = 0
    lease: str = ""

    @property
    def wants_events(self) -> bool:
        return self.status is not SubscriptionStatus.OFF

    def pause_after_failure(self) -> timedelta | None:
        """Until the next attempt; None where it is time to say *error*."""
        pauses = HANDSHAKE_PAUSES if self.status is SubscriptionStatus.REQUESTED else PAUSES
        return timedelta(seconds=pauses[self.attempts]) if self.attempts < len(pauses) else None

    def pause_after_success(self, reached: int) -> timedelta | None:
        """At once where more is waiting, else until the heartbeat; None where nothing is owed until something
        happens."""
        if reached < self.events:
            return timedelta(0)
        return timedelta(seconds=self.heartbeat) if self.heartbeat else None


@dataclass(frozen=True, slots=True)
class SubscriptionEvent:
    """One change the practice must learn: its number in this subscription, and which entry."""

    number: int
    entry: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Notice:
    """One notification to a subscriber. ``kind``: handshake, heartbeat or event-notification; ``public_url``: our own
    address; ``public_only``: an endpoint on a private network is not called."""

    subscription: Subscription
    kind: str
    events: Sequence[SubscriptionEvent]
    at: datetime
    public_url: str
    public_only: bool
