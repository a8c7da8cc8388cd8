"""What is owed to other systems and not done, as operations see it: by connection and cause, never by person."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from gateway.domain.peers.delivery import DeliveryStatus


class Standing(StrEnum):
    """Where an undone delivery stands, the most urgent first."""

    UNKNOWN = "unknown"  # an attempt may have taken effect: the peer is asked before anything is sent again
    STUCK = "stuck"  # nothing happens any more until a person decides
    WAITING = "waiting"  # its connection is paused or ill; it goes by itself once that is mended
    DUE = "due"  # on its way, or between two attempts


@dataclass(frozen=True, slots=True)
class OwedRow:
    """One undone delivery. ``fault``: the code its last attempt left. ``cause``: that code, or why its connection lets
    nothing through."""

    id: UUID
    tenant: UUID
    consultation: UUID
    short_id: str
    kind: str
    subject: UUID
    version: int
    connection: str
    status: DeliveryStatus
    standing: Standing | None  # None: it is over
    cause: str
    fault: str
    unknown: bool
    attempts: int
    created_at: datetime
    due_at: datetime
    received: bool  # the peer has acknowledged it once


@dataclass(frozen=True, slots=True)
class OwedGroup:
    """All undone deliveries of one connection that stand in one way for one cause."""

    connection: str
    standing: Standing
    cause: str
    count: int
    oldest: datetime
    next_attempt: datetime


@dataclass(frozen=True, slots=True)
class Choice:
    """Which undone deliveries are meant; what is empty does not narrow. ``tenant``: of that organisation; ``shared``:
    over the operator's connections."""

    connection: str = ""
    standing: Standing | None = None
    cause: str = ""
    kind: str = ""
    tenant: UUID | None = None
    shared: bool = False

    @property
    def is_empty(self) -> bool:
        return self == Choice()


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a delivery, as it ended."""

    number: int
    started_at: datetime
    ended_at: datetime | None
    outcome: str
    fault: str
    revision: int | None


@dataclass(frozen=True, slots=True)
class Difference:
    """What we believe done and the peer does not show, or what it shows and we do not hold open; until that is over or
    a person has seen to it. ``delivery`` is the entry where nobody here knows it."""

    delivery: UUID
    short_id: str
    connection: str
    owed: str
    what: str
    found_at: datetime
    tenant: UUID | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a replay of many would do. ``received``: acknowledged once, so left alone; ``asked_first``: the peer is
    asked whether it has them; ``sent``: sent again at once."""

    received: list[OwedRow] = field(default_factory=list)
    asked_first: list[OwedRow] = field(default_factory=list)
    sent: list[OwedRow] = field(default_factory=list)

    @property
    def replayed(self) -> list[OwedRow]:
        return [*self.asked_first, *self.sent]
