"""The contract's promises tried on a connection to a test system: one run, and what came of each (requirements.md
AD20). Nothing in it is about a citizen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

SILENT = timedelta(seconds=30)  # since when a process that carries a run out is taken for dead
WAITS = timedelta(hours=1)  # for a relay, which carries out one run after the other


class Verdict(StrEnum):
    KEPT = "kept"
    BROKEN = "broken"
    NOT_APPLICABLE = "not applicable"  # by the nature of this kind of system
    NOT_TRIED = "not tried"  # it concerns this system, and nobody made it happen


class ContractState(StrEnum):
    ASKED = "asked"  # until a relay takes it
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"  # it could not begin
    INTERRUPTED = "interrupted"  # its process ended before it did


class Obstacle(StrEnum):
    """Why a connection's promises are not tried from here."""

    REAL = "real"  # a connection to production
    NO_ADDRESS = "no-address"  # such a system is not reached by an address of its own
    NEEDS_DOOR = "needs-door"  # it answers by messages, which need a door for as long as the run lasts


@dataclass(frozen=True, slots=True)
class Tried:
    """One promise, by its name. ``exchanges``: request and answer without secrets and persons; ``more`` are left
    out."""

    promise: str
    verdict: Verdict
    seen: str = ""
    seconds: float = 0.0
    exchanges: Sequence[tuple[str, str]] = field(default=(), repr=False)
    more: int = 0


@dataclass(frozen=True, slots=True)
class ContractRun:
    """``hands``: an address that sees and does at the peer; "" where nobody does. ``trying``: the promise that is tried
    now. ``exempt``: promises that are none of this system's business. ``fault``: why it could not begin."""

    id: UUID
    connection: str
    revision: int
    hands: str
    by: str
    state: ContractState
    asked_at: datetime
    ended_at: datetime | None = None
    promises: int = 0
    tried: int = 0
    kept: int = 0
    exempt: int = 0
    trying: str = ""
    fault: str = ""

    @property
    def is_open(self) -> bool:
        return self.ended_at is None

    @property
    def asked(self) -> int:
        """How many promises this system is asked to keep."""
        return self.promises - self.exempt

    @property
    def holds(self) -> bool:
        return self.state is ContractState.DONE and self.kept == self.asked
