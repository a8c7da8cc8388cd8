"""What the practice's system must be told so that it says what our row says. Pure.

HL7 v2 has no condition on a write (no ``If-Match``), so what the practice may have done since is never written over:
while our row only waits, SIU^S14 carries content and leaves the status to the practice (SCH-25 empty). A status is said
where our row has decided: somebody took it elsewhere, it was put back, it is over.
"""

from __future__ import annotations

from dataclasses import dataclass

from adapters.gp_system.hl7v2.mapping import Saying, erases
from adapters.gp_system.hl7v2.words import (
    BOOKED,
    CANCELLED,
    CHANGED,
    COMPLETE,
    ENQUEUED,
    NO_SHOW,
    NOSHOW,
    OVER,
    PENDING,
    STARTED,
    TAKEN,
    WAITLIST,
    WITHDRAWN,
    Said,
)
from gateway.domain.consultation.queue_entry import EntryStatus
from gateway.domain.peers.messages import EntryMessage

_TOLD_TAKEN = (str(EntryStatus.ACCEPTED), str(EntryStatus.IN_PROGRESS))


@dataclass(frozen=True, slots=True)
class Stand:
    """How the entry stands at the peer: its own status, what we said last, and the text it shows."""

    status: str
    said: Said
    reason: str


def first_saying(message: EntryMessage) -> Saying:
    """SIU^S12 always says *waiting*, whatever our row has come to since."""
    return Saying("S12", ENQUEUED, PENDING, Said(message.entry.revision, str(EntryStatus.REQUESTED)))


def next_saying(stand: Stand | None, message: EntryMessage, peer: str) -> Saying | None:
    """None where nothing is left to say. ``stand`` None: a peer that cannot be asked."""
    if stand is not None and _is_told(stand, message):
        return None
    entry = message.entry
    said = Said(entry.revision, str(entry.status))
    match entry.status:
        case EntryStatus.REQUESTED | EntryStatus.RECEIVED:
            return Saying("S14", CHANGED, WAITLIST if _released(stand, message) else "", said)
        case EntryStatus.ACCEPTED:
            # Our winner came from this very system: what it says about her, and since, is its own to say.
            theirs = entry.accepted_by.startswith(f"{peer}:")
            return Saying("S14", CHANGED, "" if theirs else BOOKED, said)
        case EntryStatus.IN_PROGRESS:
            return _talk(message, "A04", STARTED, said)
        case EntryStatus.COMPLETED:
            return _talk(message, "A03", COMPLETE, said)
        case _:
            return _over(message, said)


def _is_told(stand: Stand, message: EntryMessage) -> bool:
    entry, said = message.entry, stand.said
    if said.revision > entry.revision:
        return True  # a newer state of our row is there already
    if stand.status in OVER and not erases(message):
        return True
    waiting = (str(EntryStatus.REQUESTED), str(EntryStatus.RECEIVED))
    same = said.state == entry.status or (entry.status.waits and said.state in waiting)
    return said.revision == entry.revision and same


def _released(stand: Stand | None, message: EntryMessage) -> bool:
    """Has our row heard that it was taken, and put it back? A corrected text alone is no such decision."""
    if stand is None:
        return message.entry.misses > 0
    if stand.status not in TAKEN:
        return False
    if stand.said.state in _TOLD_TAKEN:
        return True
    corrections = 1 if stand.reason.strip() != message.reason.strip() else 0
    # Taking and putting back are two revisions of our row.
    return message.entry.revision - stand.said.revision >= 2 + corrections


def _talk(message: EntryMessage, trigger: str, status: str, said: Said) -> Saying:
    """ADT needs a patient (PID is required): without one the schedule says it."""
    known = message.citizen is not None and message.citizen.identifier is not None
    return Saying(trigger if known else "S14", CHANGED, status, said)


def _over(message: EntryMessage, said: Said) -> Saying:
    entry = message.entry
    if entry.status is EntryStatus.WITHDRAWN and entry.ended_reason == "citizen-absent":
        return Saying("S26", NO_SHOW, NOSHOW, said)
    rejected = entry.ended_reason if entry.status is EntryStatus.REJECTED else ""
    return Saying("S15", WITHDRAWN[entry.status], CANCELLED, said, rejected)
