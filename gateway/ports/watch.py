"""What the store offers to operations: what is owed, and the acts by which a person mends it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol
from uuid import UUID

from gateway.domain.peers.delivery import Delivery, DeliveryStatus
from gateway.domain.peers.owed import Attempt, Choice, OwedGroup, OwedRow


class OwedBook(Protocol):
    """Undone deliveries by connection and cause; no person in any."""

    def groups(self, *, tenant: UUID | None = None, shared: bool = False) -> Sequence[OwedGroup]: ...
    def rows(self, choice: Choice, limit: int = 1000) -> Sequence[OwedRow]: ...
    def row(self, id: UUID) -> OwedRow: ...
    def attempts(self, id: UUID) -> Sequence[Attempt]: ...


class RepairBook(Protocol):
    """An administrator's acts on one delivery. Each raises ``NotFound`` where there is none of that id, and
    ``TransitionRefused`` where it is done or being attempted just now."""

    def replay(self, id: UUID, *, not_received: bool = False) -> OwedRow:
        """The same row is due now, whatever stood on it. A row of unknown outcome is asked about before it is sent,
        unless a person has looked and found that the peer has ``not_received`` it. Returns the row as it was."""

    def recall(self, row: OwedRow) -> bool:
        """A replayed row that nobody has attempted since stands again as it was; False where it was too late."""

    def close(self, id: UUID, status: DeliveryStatus) -> OwedRow:
        """Nothing more is sent. Returns the row as it was."""


class QueueBook(Protocol):
    """What practices' queues show, held against ours once an hour."""

    def is_due(self, name: str) -> bool: ...

    def shown(self, name: str, entries: Collection[UUID]) -> Sequence[tuple[UUID, str]]:
        """Keep as differences what is shown and has ended or is unknown here, settle what is shown no more; those that
        are news: the delivery (or the unknown entry), and what differs."""


class ComparisonBook(Protocol):
    """What is compared with peers, once an hour, a page at a time."""

    def page(self, name: str, limit: int) -> Sequence[Delivery]:
        """What to compare next at that connection; empty where this hour's round is over."""

    def compared(self, one: Delivery, what: str) -> bool:
        """Keep the difference, or settle it where ``what`` is empty; and go on from here. True where it is news."""
