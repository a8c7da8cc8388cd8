"""The vocabulary of the published contract (wsdl/consultation-queue-1.0.xsd) and ours, side by side. Pure."""

from __future__ import annotations

import hashlib
import re
from typing import Final

from gateway.domain.consultation.queue_entry import EntryStatus, QueueEntry
from gateway.domain.peers.messages import PeerVerb

NAMESPACE: Final = "urn:laegebro:consultation-queue:1.0"
TEXT_LIMIT: Final = 300  # requirements.md C08
NAME_LIMIT: Final = 120

ENDS: Final = {
    EntryStatus.WITHDRAWN: "withdrawn",
    EntryStatus.EXPIRED: "expired",
    EntryStatus.TRANSFERRED: "transferred",
    EntryStatus.REJECTED: "rejected",
    EntryStatus.COMPLETED: "completed",
}
VERBS: Final = {
    "seen": PeerVerb.SEEN,
    "accepted": PeerVerb.ACCEPT,
    "put-back": PeerVerb.PUT_BACK,
    "rejected": PeerVerb.REJECT,
    "clinician": PeerVerb.CLINICIAN,
}
# XML 1.0 §2.2: what no document can hold, however it is escaped.
_UNSAYABLE: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def digest(person: str) -> str:
    """A short stable name for a person of the practice, whatever its system uses for an id."""
    return hashlib.sha256(person.encode()).hexdigest()[:16]


def sayable(text: str) -> str:
    """Control characters carry no meaning a reader could miss: they are left out."""
    return _UNSAYABLE.sub("", text)


def state_of(entry: QueueEntry, connection: str) -> str:
    """Where our row stands, as that connection is told: *waiting*, *taken*, *yours*, *in-progress* or *ended*."""
    if entry.status.ended:
        return "ended"
    if entry.status is EntryStatus.IN_PROGRESS:
        return "in-progress"
    if entry.status is EntryStatus.ACCEPTED:
        return "yours" if entry.accepted_by.startswith(f"{connection}:") else "taken"
    return "waiting"


def end_reason(entry: QueueEntry) -> str:
    absent = entry.status is EntryStatus.WITHDRAWN and entry.ended_reason == "citizen-absent"
    return "citizen-absent" if absent else ENDS[entry.status]
