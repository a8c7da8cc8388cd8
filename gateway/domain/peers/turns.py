"""Who is attempted next, and how many at once: a fair order among connections and organisations, and a bulkhead.

A lane is what one organisation is owed at one connection. Every free slot goes to the lane that has waited longest for
one; a connection never holds more than its share of the slots, one in trouble only one, and all that are in trouble
together at most half. So a peer that drips, is silent or refuses takes time from nobody else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Lane:
    """``since``: when its oldest row became due. ``troubled``: its last call failed; ``resting``: its breaker is not
    closed, and now is the time for one attempt."""

    connection: str
    tenant: UUID
    since: datetime
    troubled: bool = False
    resting: bool = False


class Turns:
    """Of one process; not thread-safe."""

    def __init__(self, slots: int, share: int) -> None:
        self.slots = slots
        self.share = share
        self._under_way: Counter[str] = Counter()
        self._troubled: frozenset[str] = frozenset()
        self._served: dict[tuple[str, UUID], int] = {}
        self._count = 0

    @property
    def free(self) -> int:
        return self.slots - self._under_way.total()

    def under_way(self, connection: str) -> int:
        return self._under_way[connection]

    def begin(self, connection: str, tenant: UUID) -> None:
        self._count += 1
        self._served[connection, tenant] = self._count
        self._under_way[connection] += 1

    def end(self, connection: str) -> None:
        self._under_way[connection] -= 1
        if self._under_way[connection] <= 0:
            del self._under_way[connection]

    def room_for(self, connection: str) -> int:
        """How many more of that connection may begin now."""
        if connection not in self._troubled:
            return max(0, min(self.free, self.share - self._under_way[connection]))
        return max(0, min(self.free, 1 - self._under_way[connection], self._room_for_troubled()))

    def _room_for_troubled(self) -> int:
        return max(1, self.slots // 2) - sum(self._under_way[name] for name in self._troubled)

    def plan(self, lanes: Sequence[Lane]) -> list[tuple[Lane, int]]:
        """How many rows of each lane are to begin now, the one that has waited longest for a turn first."""
        self._troubled = frozenset(lane.connection for lane in lanes if lane.troubled or lane.resting)
        self._served = {key: at for key, at in self._served.items() if self._is_among(key, lanes)}
        ordered = sorted(lanes, key=lambda lane: (self._served.get((lane.connection, lane.tenant), 0), lane.since))
        given: Counter[Lane] = Counter()
        while self._give_one_each(ordered, given):
            pass
        return [(lane, given[lane]) for lane in ordered if given[lane]]

    @staticmethod
    def _is_among(key: tuple[str, UUID], lanes: Sequence[Lane]) -> bool:
        return any((lane.connection, lane.tenant) == key for lane in lanes)

    def _give_one_each(self, lanes: Sequence[Lane], given: Counter[Lane]) -> bool:
        """One more to each lane that has room, in order; whether any had."""
        before = given.total()
        for lane in lanes:
            of_all = given.total()
            of_connection = sum(count for each, count in given.items() if each.connection == lane.connection)
            of_troubled = sum(count for each, count in given.items() if each.connection in self._troubled)
            left = self.room_for(lane.connection) - of_connection
            if lane.connection in self._troubled:
                left = min(left, self._room_for_troubled() - of_troubled)
            if left > 0 and of_all < self.free:
                given[lane] += 1
        return given.total() > before
