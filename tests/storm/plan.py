"""Which faults strike a storm, whom and when: drawn from the seed alone, so that the same seed plans the same storm.

A fault strikes when so many consultations have been begun (``after``), not at a time of day, so a slow machine has the
same storm as a fast one.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from tests.storm.grounds import OURS, Setting

LEASE = Setting.lease
KILLS = (*((name,) for name in (*OURS, "redis")), ("worker", "relay"), ("web", "live", "worker", "relay", "redis"))
STEPS = (600, -600)
KINDS = ("kill", "kill", "kill", "freeze", "flush", "redis-away", "database-stop", "disk-full", "clock-step")
LENGTHS = {
    "kill": (0.1, 0.8),  # how long it stays dead
    "freeze": (LEASE + 1.0, LEASE + 2.5),
    "flush": (0.0, 0.0),
    "redis-away": (2.0, 5.0),
    "database-stop": (0.5, 1.5),
    "disk-full": (1.5, 3.0),
    "clock-step": (3.0, 6.0),
}


@dataclass(frozen=True)
class Blow:
    """One fault to come. ``victims`` are processes; ``step`` is how far the clock goes."""

    after: int
    kind: str
    length: float
    victims: tuple[str, ...] = ()
    step: int = 0


def planned(seed: int, consultations: int, faults: int, left_out: Sequence[str] = ()) -> list[Blow]:
    """``faults`` blows in the order in which they strike; each kind comes before any comes again."""
    source = random.Random(f"plan {seed}")
    kinds = [kind for kind in KINDS if kind not in left_out]
    dealt: list[str] = []
    while len(dealt) < faults:
        dealt += source.sample(kinds, len(kinds))
    moments = sorted(source.randrange(consultations) for _ in range(faults))
    return [_blow(source, after, kind) for after, kind in zip(moments, dealt[:faults], strict=True)]


def _blow(source: random.Random, after: int, kind: str) -> Blow:
    length = round(source.uniform(*LENGTHS[kind]), 2)
    if kind == "kill":
        return Blow(after, kind, length, source.choice(KILLS))
    if kind == "freeze":
        return Blow(after, kind, length, (source.choice(("worker", "relay")),))
    if kind == "database-stop":
        return Blow(after, kind, length, OURS)  # where there is no server to stop: all who write the file, at once
    if kind == "clock-step":
        return Blow(after, kind, length, step=source.choice(STEPS))
    return Blow(after, kind, length)
