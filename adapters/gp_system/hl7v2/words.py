"""The vocabulary of the scheduling profile: HL7 tables where they have the word, local codes (99LB) where not.

The gateway is the placer of the appointment and the practice its filler, so SCH-25 (table 0278) is the practice's to
say; from us it means that our row has decided (HL7 v2.5.1 §10.2).
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from uuid import UUID, uuid5

from gateway.domain.consultation.queue_entry import EntryStatus
from gateway.domain.peers.messages import PeerVerb

LOCAL = "99LB"
REASONS = "99LBR"
NAMESPACE = "LAEGEBRO"

PENDING, WAITLIST, BOOKED, STARTED = "Pending", "Waitlist", "Booked", "Started"
COMPLETE, CANCELLED, NOSHOW = "Complete", "Cancelled", "Noshow"
OVER = frozenset((COMPLETE, CANCELLED, NOSHOW, "Deleted"))
TAKEN = frozenset((BOOKED, STARTED))
STATUSES = {each.lower(): each for each in (PENDING, WAITLIST, BOOKED, STARTED, *OVER)} | {"canceled": CANCELLED}
# What our row last said (NTE STATE), and which act a status given back with it would only repeat.
ECHOES = {
    **dict.fromkeys(("accepted", "in-progress"), (PeerVerb.ACCEPT,)),
    **dict.fromkeys(("requested", "received"), (PeerVerb.PUT_BACK,)),
    **dict.fromkeys(("rejected", "withdrawn", "expired", "transferred", "completed"), tuple(PeerVerb)),
}

STRUCTURES = {
    "S12": "SIU_S12",
    "S14": "SIU_S12",
    "S15": "SIU_S12",
    "S26": "SIU_S12",
    "A04": "ADT_A01",
    "A03": "ADT_A03",
}

# SCH-6, from us
ENQUEUED = ("VIDEO", "Videokonsultation")
CHANGED = ("CHANGE", "Rettet")
NO_SHOW = ("NOSHOW", "Udeblevet")
REJECTED = ("REJECT", "Afvist videokonsultation")
WITHDRAWN = {
    EntryStatus.WITHDRAWN: ("WITHDRAW", "Trukket tilbage"),
    EntryStatus.EXPIRED: ("EXPIRE", "Ventetiden er udløbet"),
    EntryStatus.TRANSFERRED: ("TRANSFER", "Flyttet til en anden praksis"),
    EntryStatus.REJECTED: REJECTED,
}

# Codes of SCH-6 that only we say: given back, they are the practice's memory and no act of its own.
OURS = frozenset(each[0] for each in (ENQUEUED, CHANGED, NO_SHOW, *WITHDRAWN.values())) - {REJECTED[0]}

# NTE-4: what a note is about
NOTES = {
    "REASON": "Henvendelsesårsag",
    "CONSENT": "Samtykke",
    "PARTICIPANTS": "Deltagere",
    "FROM": "Fra",
    "FORM": "Form",
    "AGREED": "Aftalt",
    "ADDRESSED": "Stilet til",
    "MESSAGE": "Besked fra medarbejderen",
    "AWAY": "Tilstede",
    "LINK": "Link til kaldet",
    "STATE": "Lægebros række",
    "REJECT": "Begrundelse",
}


def control_id(key: UUID, *of: str) -> str:
    """MSH-10: the same for every attempt to say the same. Twenty characters are all the field holds (§2.14.9.10)."""
    return base64.b32encode(uuid5(key, ":".join(of)).bytes[:12]).decode().rstrip("=")


def digest(text: str) -> str:
    """A short stable name for whom the peer names, however it is spaced."""
    return hashlib.sha256(" ".join(text.casefold().split()).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Said:
    """What our row said when we last spoke: travels in NTE (STATE) or PV1-50, and the peer gives it back when asked."""

    revision: int
    state: str

    def encoded(self) -> str:
        return f"{self.revision}/{self.state}"

    @classmethod
    def decoded(cls, text: str) -> Said:
        """Revision 0 for anything we did not write."""
        revision, _, state = text.partition("/")
        usable = revision.isascii() and revision.isdigit() and len(revision) < 10
        return cls(int(revision), state) if usable else cls(0, "")
