"""One message owed to one peer: its key, its three outcomes and its retry schedule (requirements.md R0)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid5

from gateway.domain.consultation.events import DebtKind


class DeliveryStatus(StrEnum):
    DUE = "due"
    DONE = "done"
    STUCK = "stuck"  # a human looks; replay is a new attempt of the same row
    BY_HAND = "by-hand"  # a person has seen to it at the peer herself
    GIVEN_UP = "given-up"  # a person has decided that we stop trying; a note still waits for somebody's hand


class Outcome(StrEnum):
    """What an attempt came to. *Unknown* waits, asks the peer, then notes or resends. *To ask*: this attempt changed
    nothing there, and yet the peer is asked before it is sent again, since an earlier attempt may have arrived, or the
    peer has only said that it did nothing."""

    DONE = "done"
    NOT_DONE = "not-done"
    TO_ASK = "to-ask"
    UNKNOWN = "unknown"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Receipt:
    """The peer's own words: its reference, when it acknowledged, and when another request read it back."""

    reference: str = ""
    received_at: datetime | None = None
    filed_at: datetime | None = None
    replayed: bool = False  # the peer already had it
    awaited: bool = False  # sent; the acknowledgement comes as a message of its own


@dataclass(frozen=True, slots=True)
class Delivery:
    """A claimed row. ``attempt`` was counted and committed before the call; ``unknown`` is true where an earlier
    attempt may have taken effect. ``lease`` fences the outcome. All its times are of the database's clock, which no
    process's clock is ever held against."""

    id: UUID
    tenant: UUID
    consultation: UUID
    kind: DebtKind
    subject: UUID
    version: int
    connection: str
    attempt: int
    unknown: bool
    lease: str
    created_at: datetime
    claimed_at: datetime = field(compare=False)
    receipt: Receipt = field(default_factory=Receipt)
    sent_before: datetime | None = None  # when the last attempt was made that may have taken effect

    @property
    def key(self) -> UUID:
        """Idempotency key towards the peer."""
        return delivery_key(self.consultation, self.kind, self.subject, self.version)


def delivery_key(consultation: UUID, kind: DebtKind, subject: UUID, version: int) -> UUID:
    """uuid5 over (kind, subject, version) in the consultation's own namespace."""
    return uuid5(consultation, f"{kind}:{subject}:{version}")


def delivery_id(consultation: UUID, kind: DebtKind, subject: UUID, version: int, connection: str) -> UUID:
    """Row id: one Delivery per connection, so the connection takes part."""
    return uuid5(consultation, f"{kind}:{subject}:{version}:{connection}")


POISON_AFTER = 3  # crashes of our own, not refusals
HORIZON = timedelta(days=7)  # write-back waits for days before a human is asked
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 900.0


def pause_before(attempt: int, jitter: float) -> timedelta:
    """Exponential back-off from 1 s to 15 min after attempt number ``attempt`` (1-based); ``jitter`` in [0, 1]
    spreads it over the upper half, so a herd does not return at once."""
    ceiling = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** max(0, attempt - 1))
    return timedelta(seconds=ceiling * (0.5 + 0.5 * jitter))
