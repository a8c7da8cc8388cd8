"""What a practice's system asks of its own entries: which ones, in which order, and where the last page ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.queue_entry import EntryStatus
from gateway.domain.identifiers import Ydernummer

Comparison = Literal["gt", "ge", "lt", "le"]
PAGE = 50
LONGEST_PAGE = 100


@dataclass(frozen=True, slots=True)
class EntrySearch:
    """Everything that is not None must hold. ``keys``: idempotency keys an entry was announced under. ``after``: the
    last entry of the page before, with the time of its change."""

    statuses: frozenset[EntryStatus] | None = None
    ids: frozenset[UUID] | None = None
    keys: frozenset[UUID] | None = None
    practices: frozenset[Ydernummer] | None = None
    changed: tuple[tuple[Comparison, datetime], ...] = ()
    newest_first: bool = False
    count: int = PAGE
    after: tuple[datetime, UUID] | None = None


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """A consultation as this practice may see it, the entry that is meant, and when it last changed."""

    consultation: Consultation
    entry: UUID
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class FoundEntry:
    """An entry by its id alone: nothing of it is shown yet."""

    id: UUID
    consultation: UUID
    changed_at: datetime
    received: bool
