"""What the store offers: consultations, deliveries, practices, rooms."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from gateway.domain.capability import Capability as Capability
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.queue_entry import QueueEntry
from gateway.domain.identifiers import Ydernummer
from gateway.domain.launch import UsedToken
from gateway.domain.peers.delivery import Delivery, Outcome, Receipt
from gateway.domain.peers.turns import Lane
from gateway.domain.peers.verdict import Verdict
from gateway.domain.people import Actor
from gateway.domain.practice import Attended, PracticeState, VideoHours
from gateway.domain.records import AuditRow, DeliveryRow, StoredAnswer, StoredEvent, TimelineRow
from gateway.domain.room import Heartbeat
from gateway.domain.scope import Scope

# A row of another book, written through the connection of the store's own transaction: both stand, or neither.
Write = Callable[[Any], object]


class Settling(Protocol):
    """A row that is done, as part of another commit."""

    written: bool

    def __call__(self, connection: Any) -> object: ...


class PracticeBook(Protocol):
    """Routes, hours and attendance of practices: what is ours to know about them."""

    def routes(self, ydernummer: Ydernummer) -> Sequence[str]:
        """Names of the active connections the practice is reached by; empty = not connected."""

    def hours(self, ydernummer: Ydernummer) -> VideoHours: ...
    def set_hours(self, ydernummer: Ydernummer, hours: VideoHours, actor: Actor, at: datetime) -> None: ...
    def set_direct_phone(self, ydernummer: Ydernummer, number: str, actor: Actor, at: datetime) -> bool: ...

    def state(self, ydernummer: Ydernummer, now: datetime) -> PracticeState: ...

    def attend(self, clinic: UUID, ydernumre: Collection[Ydernummer], now: datetime) -> None:
        """A clinic user has the waiting room open; forgotten 60 s after the last call."""

    def attended(self, ydernummer: Ydernummer, now: datetime) -> Attended: ...


class ConsultationStore(Protocol):
    """Everything about consultations, in one transaction per fact."""

    def commit(
        self,
        consultation: Consultation,
        *,
        audit: Sequence[AuditRow] = (),
        used: Sequence[UsedToken] = (),
        answer: StoredAnswer | None = None,
        beside: Sequence[Write] = (),
    ) -> Consultation:
        """Write state, events, deliveries, audit, used tokens, the stored answer and what stands beside it atomically.

        Returns the committed consultation. Raises ``ConcurrentChange`` when the version moved (or another
        consultation took the same launch key first), ``Replayed`` for a used token.
        """

    def load(self, scope: Scope, id: UUID) -> Consultation:
        """Raises ``NotFound``, also where it is another's."""

    def load_each(self, ids: Collection[UUID]) -> Mapping[UUID, Consultation]:
        """With the eyes of the system, in one look; who is not there is left out."""

    def load_by_entry(self, scope: Scope, entry_id: UUID) -> Consultation: ...

    def load_by_room(self, room: str) -> Consultation: ...

    def find_by_launch_key(self, tenant: UUID, key: str) -> Consultation | None:
        """The open consultation of that key; after closing a new one may be started."""

    def open_of_employee(self, tenant: UUID, employee: str) -> Sequence[Consultation]:
        """Open ones, and those closed today, newest first."""

    def at_clinic(self, ydernumre: Collection[Ydernummer], since: datetime) -> Sequence[Consultation]:
        """Consultations whose *current* entry lies at these practices: open ones, or ended after ``since``;
        ordered by place. The caller sees only what a clinic may see."""

    def ahead_of(self, entry: QueueEntry) -> int:
        """How many waiting entries of the same practice stand before it: only a number crosses the tenants."""

    def each_ahead_of(self, entries: Collection[UUID]) -> Mapping[UUID, int]:
        """The same of many, by their ids."""

    def due_clocks(self, now: datetime, limit: int = 50) -> Sequence[UUID]:
        """Consultations whose deadline has passed, oldest first."""

    def postpone_clock(self, id: UUID, now: datetime, until: datetime) -> None:
        """A deadline that has passed ``now`` is looked at again at ``until``; the consultation stays as it is."""

    def timeline(self, scope: Scope, id: UUID) -> Sequence[TimelineRow]: ...

    def find_by_short_id(self, scope: Scope, short_id: str) -> UUID: ...

    def events_after(self, seq: int, limit: int = 500) -> Sequence[StoredEvent]: ...

    def latest_seq(self) -> int: ...

    def answer_to(self, tenant: UUID, key: str) -> StoredAnswer | None: ...

    def record_audit(self, *rows: AuditRow) -> None:
        """Reads on their own, where no change is committed with them: all of them or none."""

    def deliveries_of(self, scope: Scope, id: UUID) -> Sequence[DeliveryRow]: ...

    def stuck_notes(self, tenant: UUID, ids: Collection[UUID]) -> Collection[tuple[UUID, int]]:
        """Case and version of each note of these consultations that stands still, or was given up, at its record."""


class StillShelf(Protocol):
    """Pictures for notes. A change of the consultation that leaves no reason to keep one drops it by itself."""

    def putting(self, consultation: UUID, id: UUID, at: datetime, jpeg: bytes) -> Write:
        """The picture, to stand beside the commit that says it was taken."""

    def pictures(self, scope: Scope, consultation: UUID, ids: Collection[UUID]) -> Mapping[UUID, bytes]:
        """Those of them that are kept still."""


class Outbox(Protocol):
    """Claims and settles; leases and due times are read from the database's own clock. A claim counts the attempt and
    commits before anything is sent."""

    def claim(self, lease: timedelta, id: UUID | None = None) -> Delivery | None:
        """The oldest due row with a free lease, or that very row, if due."""

    def claim_new(self, lease: timedelta, ids: Collection[UUID]) -> Sequence[Delivery]:
        """Those of the rows that are due and free."""

    def lanes(self, older_than: timedelta = timedelta(0)) -> Sequence[Lane]:
        """Where something is free and due (since at least ``older_than``), without connections that are paused or whose
        breaker is open."""

    def claim_lanes(self, lease: timedelta, plan: Sequence[tuple[Lane, int]]) -> Sequence[Delivery]:
        """So many rows of each lane, the oldest first; of a lane that is ``resting`` one, and only where no other
        process has one of that connection."""

    def claim_alone(self, lease: timedelta) -> Delivery | None:
        """A row that crashed, or whose lease was lost again and again: to be attempted with no other in the process."""

    def hold(self, id: UUID, owner_lease: str, lease: timedelta) -> Delivery | None:
        """The row as it was claimed under that lease, which begins anew; None where it is no longer in force."""

    def settle(
        self,
        delivery: Delivery,
        outcome: Outcome,
        *,
        pause: timedelta,
        receipt: Receipt | None = None,
        fault: str = "",
        verdict: Verdict | None = None,
    ) -> bool:
        """Write the outcome if the lease is still ours; False when it was not. REFUSED makes the row stuck,
        NOT_DONE and UNKNOWN due again after ``pause``; with the breaker open it is due at once, since the connection
        rests. ``verdict``: what the attempt says of the connection; None where it is well."""

    def settling(self, delivery: Delivery, receipt: Receipt) -> Settling:
        """What ``settle`` writes for DONE, to stand beside the commit that says it to the consultation."""

    def reopening(self, consultation: UUID, note: UUID, version: int) -> Write:
        """A note that stands still for its pictures' sake is due again; any other row stays as it is."""

    def crashed(self, delivery: Delivery, *, alone: bool) -> bool:
        """The attempt ended by a fault of our own while its process lived on. True where that set the row aside: after
        ``POISON_AFTER`` crashes, the last of them alone."""

    def due(self, limit: int = 200, older_than: timedelta = timedelta(0)) -> Sequence[UUID]:
        """Ids of rows that are due (since at least ``older_than``) and unclaimed."""

    def standing(self, connection: str) -> Sequence[UUID]:
        """Entries that were sent, or may have been sent, over that connection and have not ended; the oldest first."""


class RoomBook(Protocol):
    """What the media processes say about rooms; never touches the consultation's version."""

    def note(self, heartbeat: Heartbeat, now: datetime) -> bool:
        """Keep the newest state of each room; False for an old or repeated number."""

    def occupied(self, room: str) -> Mapping[str, bool]:
        """Seat id → media flowing, as of the newest heartbeat younger than 10 s."""

    def empty_since_before(self, moment: datetime, limit: int = 50) -> Sequence[str]:
        """Rooms of talks in which nobody has been connected since ``moment``, the longest empty first."""

    def look_later(self, room: str, now: datetime) -> None:
        """Count it as empty from ``now`` on: its call cannot be ended just now, and others' must be."""
