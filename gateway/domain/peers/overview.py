"""How each connection fares, as an administrator reads it: one line per connection, the worst first. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from gateway.domain.peers.breaker import BreakerState, ConnectionHealth


class Condition(StrEnum):
    """The worst first."""

    CUT = "cut"  # the breaker is open: nothing is sent but one attempt now and then
    FAILING = "failing"  # the last attempts failed
    PAUSED = "paused"  # by an administrator
    WELL = "well"
    UNTRIED = "untried"  # nothing has been sent over it yet


@dataclass(frozen=True, slots=True)
class Owed:
    """Undone deliveries over one connection. ``asks``: those a person must see to, because they may have arrived or
    stand still."""

    waiting: int = 0
    asks: int = 0
    oldest: datetime | None = None


@dataclass(frozen=True, slots=True)
class ConnectionLine:
    """``owner`` None: the operator's own, shared by all. ``note``: what the administrator wrote who paused it."""

    name: str
    label: str
    kind: str
    adapter: str
    owner: UUID | None
    synthetic: bool
    condition: Condition
    health: ConnectionHealth
    owed: Owed
    note: str = ""

    @property
    def reason(self) -> str:
        """The code of what is wrong, "" where nothing is."""
        return self.health.breaker.reason or self.health.phase

    @property
    def is_trouble(self) -> bool:
        return self.condition in (Condition.CUT, Condition.FAILING) or self.owed.asks > 0


def condition_of(is_paused: bool, health: ConnectionHealth) -> Condition:
    """What the administrator wants comes before what the peer does."""
    if is_paused:
        return Condition.PAUSED
    if health.breaker.state is not BreakerState.CLOSED:
        return Condition.CUT
    if health.failing_since is not None:
        return Condition.FAILING
    return Condition.WELL if health.last_success_at is not None else Condition.UNTRIED


def worst_first(line: ConnectionLine) -> tuple[int, int, int, str]:
    """The key to sort by."""
    order = list(Condition).index(line.condition)
    rank = 0 if line.condition in (Condition.CUT, Condition.FAILING) else 1 if line.owed.asks else 2
    return rank, order, -line.owed.waiting, line.name
