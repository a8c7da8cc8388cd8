"""What a door asks of us: whose connections it serves, what a practice may see of its queue, tokens, subscriptions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.queue_entry import QueueEntry
from gateway.domain.identifiers import Ydernummer
from gateway.domain.launch import Launch, UsedToken
from gateway.domain.peers.entry_search import EntrySearch, FoundEntry, ShownEntry
from gateway.domain.peers.messages import EntryMessage
from gateway.domain.peers.subscription import Subscription, SubscriptionEvent
from gateway.domain.people import Actor
from gateway.domain.practice import Span
from gateway.domain.records import AuditRow


class Callers(Protocol):
    """The active connections of the door's own adapter, each built as that adapter."""

    def named(self, connection: str) -> Any:
        """``NotFound`` where there is none, or it belongs to another adapter; ``PeerBusy`` where it cannot be built."""

    def all(self) -> Sequence[Any]:
        """Those that can be built on this machine, as of two seconds ago at most."""

    def saying(self, **stanza: str) -> Sequence[Any]:
        """Those whose stanza says the same, read anew where none does. No other is built; ``PeerBusy`` where one of
        them cannot be."""

    def practices(self, connection: str) -> Sequence[Ydernummer]:
        """The practices that are served by that connection."""

    def address(self, connection: str) -> str:
        """The door's public address for that connection."""

    def token(self, connection: str) -> str:
        """A secret shared with that peer alone."""

    def note_call(self, connection: str) -> None:
        """The peer has called: it is reachable."""


AuditOf = Callable[[Consultation, UUID], AuditRow]  # of a consultation that is shown, and the entry that is meant


@dataclass(frozen=True, slots=True)
class Fetched:
    """Each message with its consultation. ``complete``: every open entry is among them. Ask again from ``cursor``, at
    once where there is ``more``."""

    messages: Sequence[tuple[EntryMessage, UUID]]
    cursor: int
    complete: bool
    more: bool = False


class PracticeQueue(Protocol):
    """The entries of a connection's practices. What is shown is audited by the row the door makes of it (D14)."""

    def find(self, connection: str, wanted: EntrySearch) -> tuple[int, Sequence[FoundEntry]]:
        """How many there are in all, and one page of them with the first of the next."""

    def receive(self, connection: str, found: Sequence[FoundEntry]) -> None:
        """What is fetched has been received."""

    def show(self, connection: str, entries: Sequence[UUID], audit_of: AuditOf | None) -> Sequence[ShownEntry]:
        """Those that are there. ``audit_of`` None: nobody is shown anything."""

    def message(self, shown: ShownEntry) -> EntryMessage:
        """The entry as a practice may know it."""

    def fetch(self, connection: str, after: int | None) -> Fetched:
        """What changed after event ``after``; the whole queue without one. What is fetched has been received."""

    def fetch_one(self, connection: str, entry: UUID) -> tuple[EntryMessage, UUID]:
        """One entry and its consultation; ``NotFound`` where it was not sent over this connection."""

    def entry(self, entry: UUID) -> QueueEntry:
        """As our row is now."""

    def set_hours(
        self,
        connection: str,
        practice: Ydernummer,
        weekly: Mapping[int, tuple[Span, ...]],
        exceptions: Mapping[date, tuple[Span, ...]],
        actor: Actor,
    ) -> bool:
        """False where the connection does not serve that practice."""

    def record(self, row: AuditRow) -> None: ...


class LaunchDesk(Protocol):
    """Launches that no browser brings."""

    def open(self, launch: Launch, used: UsedToken) -> bool:
        """The draft on the employee's list, with ``used`` burnt in the same transaction. False where a colleague has
        this citizen's consultation open: then nothing is written, since nobody can be asked.

        ``Replayed``; ``AccessBarred`` for an employee whose access is closed; ``InvalidField`` for a test number
        outside a synthetic organisation and the other way round."""


class CallerTokens(Protocol):
    """Access tokens: opaque, short-lived, known to our rows by their hash alone."""

    def issue(self, token: str, connection: str, scope: str, expires_at: datetime, assertion: UsedToken) -> None:
        """``Replayed`` where the assertion was used before."""

    def holder(self, token: str, now: datetime) -> tuple[str, str] | None:
        """Connection and scope of a live token."""


class SubscriptionBook(Protocol):
    """Subscriptions of practice systems and their numbered events; the relay notifies."""

    def add(self, subscription: Subscription) -> None: ...

    def count(self, connection: str) -> int: ...

    def of(self, connection: str) -> Sequence[Subscription]: ...

    def find(self, connection: str, id: UUID) -> Subscription:
        """``NotFound`` where it is none of this connection's."""

    def ask_again(self, subscription: Subscription) -> Subscription:
        """``ConcurrentChange`` where its version has moved on."""

    def remove(self, connection: str, id: UUID) -> bool: ...

    def events(self, id: UUID, since: int, until: int | None, limit: int) -> Sequence[SubscriptionEvent]: ...
