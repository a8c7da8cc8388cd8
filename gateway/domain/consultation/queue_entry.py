"""A queue entry: the consultation's place at one practice (D1). Reject, expiry and transfer end an *entry*."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from gateway.domain.identifiers import Ydernummer

EARLY = timedelta(minutes=15)  # planned → queue (D20)


class EntryStatus(StrEnum):
    """Follows FHIR Task (requirements.md S2); *put back* returns to RECEIVED on the same place."""

    REQUESTED = "requested"
    RECEIVED = "received"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    TRANSFERRED = "transferred"

    @property
    def ended(self) -> bool:
        return self in _ENDED

    @property
    def waits(self) -> bool:
        return self in (EntryStatus.REQUESTED, EntryStatus.RECEIVED)


_ENDED = frozenset(
    (
        EntryStatus.COMPLETED,
        EntryStatus.REJECTED,
        EntryStatus.WITHDRAWN,
        EntryStatus.EXPIRED,
        EntryStatus.TRANSFERRED,
    )
)

ENTRY_MOVES: dict[EntryStatus, frozenset[EntryStatus]] = {
    EntryStatus.REQUESTED: frozenset(
        (
            EntryStatus.RECEIVED,
            EntryStatus.ACCEPTED,
            EntryStatus.REJECTED,
            EntryStatus.WITHDRAWN,
            EntryStatus.EXPIRED,
            EntryStatus.TRANSFERRED,
        )
    ),
    EntryStatus.RECEIVED: frozenset(
        (
            EntryStatus.ACCEPTED,
            EntryStatus.REJECTED,
            EntryStatus.WITHDRAWN,
            EntryStatus.EXPIRED,
            EntryStatus.TRANSFERRED,
        )
    ),
    EntryStatus.ACCEPTED: frozenset(
        (
            EntryStatus.RECEIVED,  # put back, or nobody answered the ring
            EntryStatus.IN_PROGRESS,
            EntryStatus.REJECTED,
            EntryStatus.WITHDRAWN,
            EntryStatus.EXPIRED,
            EntryStatus.TRANSFERRED,
        )
    ),
    EntryStatus.IN_PROGRESS: frozenset((EntryStatus.COMPLETED, EntryStatus.WITHDRAWN)),
    **{status: frozenset[EntryStatus]() for status in _ENDED},
}


class Basis(StrEnum):
    """Why this practice was asked, when it is not simply the citizen's own (D1)."""

    OWN_GP = "own-gp"
    CHOSEN = "chosen"  # "Andet"
    AGREED = "agreed"  # agreed with that doctor beforehand
    SUBSTITUTE = "substitute"
    NURSING_HOME = "nursing-home"  # the home's own doctor
    CHANGED = "changed"  # the citizen has another doctor by now
    AGREED_WITHOUT_CPR = "agreed-without-cpr"
    TRANSFERRED = "transferred"


CHOICES = (Basis.AGREED, Basis.SUBSTITUTE, Basis.NURSING_HOME, Basis.CHANGED, Basis.CHOSEN)  # requirements.md N07


class RejectReason(StrEnum):
    """The clinic's closed list (requirements.md C08)."""

    NOT_OUR_PATIENT = "not-our-patient"
    NO_AGREEMENT = "no-agreement"
    BY_PHONE = "by-phone"
    OTHER_WAY = "other-way"
    NOT_TODAY = "not-today"
    URGENT = "urgent"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Placement:
    """What is decided when a practice is asked: which one, why that one, by which connections and until when."""

    entry_id: UUID
    ydernummer: Ydernummer
    practice_name: str
    basis: Basis
    connections: tuple[str, ...]
    expires_at: datetime
    addressed_to: str = field(default="", repr=False)

    def requested(self, at: datetime, place: datetime) -> QueueEntry:
        """The new entry; ``place`` orders the queue."""
        return QueueEntry(
            id=self.entry_id,
            ydernummer=self.ydernummer,
            practice_name=self.practice_name,
            basis=self.basis,
            status=EntryStatus.REQUESTED,
            place=place,
            requested_at=at,
            expires_at=self.expires_at,
            connections=self.connections,
            addressed_to=self.addressed_to,
        )


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """One place in one practice's queue.

    ``place``: the moment that orders the queue (agreed time, else arrival); it survives put-back and misses.
    ``connections``: names of the practice's connections asked, one Delivery each. ``revision`` counts changes the
    peer must learn. ``closes_at``: when waiting ends because the clinic closes or the day does (D20).
    ``past_agreed_at``: when both were told that the agreed time has passed. ``parked_at``: nobody answered twice; the
    place is kept, the others go first until the employee is ready. ``proposed_at``/``proposed_by``: another time, and
    the side that wants it (an ``ActorKind``). ``came_back``: why it waits again after it was taken: *missed*,
    *no-media*, or the side that laid it back.
    """

    id: UUID
    ydernummer: Ydernummer
    practice_name: str
    basis: Basis
    status: EntryStatus
    place: datetime
    requested_at: datetime
    expires_at: datetime
    connections: tuple[str, ...] = ()
    addressed_to: str = field(default="", repr=False)
    received_at: datetime | None = None
    seen_at: datetime | None = None
    accepted_at: datetime | None = None
    accepted_by: str = ""
    accepted_name: str = field(default="", repr=False)
    clinician: str = field(default="", repr=False)
    ring_until: datetime | None = None
    ring_extended: bool = False
    misses: int = 0
    joined_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    ended_reason: str = ""
    ended_text: str = field(default="", repr=False)
    revision: int = 1
    told_not_received: bool = False
    told_not_seen: bool = False
    past_agreed_at: datetime | None = None
    parked_at: datetime | None = None
    proposed_at: datetime | None = None
    proposed_by: str = ""
    came_back: str = ""


@dataclass(frozen=True, slots=True)
class Remark:
    """A few words between the clinic and the employee about one entry, while it waits or rings.

    ``side``: an ``ActorKind``. The ydernummer stands on it, since a clinic sees the remarks of its own practices only.
    """

    id: UUID
    entry: UUID
    ydernummer: Ydernummer
    at: datetime
    side: str
    name: str = field(repr=False)
    text: str = field(repr=False)


def position(entry: QueueEntry, ahead: int) -> int:
    """The number in the queue: derived, one more than the waiting entries of the same practice before it."""
    return ahead + 1 if entry.status.waits else 0
