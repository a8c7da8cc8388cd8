"""What is said across the border to other systems, in our own words; adapters translate it and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

from gateway.domain.citizen.citizen import Citizen
from gateway.domain.consultation.queue_entry import QueueEntry, RejectReason, Remark
from gateway.domain.launch import PracticeClaim
from gateway.domain.note.note import NoteVersion
from gateway.domain.people import ActorKind, Participant
from gateway.domain.practice import COPENHAGEN


@dataclass(frozen=True, slots=True)
class EntryMessage:
    """Everything a practice may know about an entry; an adapter says what its peer's language can carry.

    ``status`` and ``revision`` are our row's: it decides. ``citizen`` is None without CPR or in a round.
    ``may_be_there``: an earlier attempt may have put it there; False while none has sent anything.
    """

    entry: QueueEntry
    key: UUID
    short_id: str
    citizen: Citizen | None = field(repr=False)
    employee: str = field(repr=False)
    role: str
    workplace: str
    organisation: str
    organisation_cvr: str
    phone: str = field(repr=False)
    reason: str = field(repr=False)
    reason_corrected_at: datetime | None
    consent: str = field(repr=False)  # in words, Danish
    form: str
    participants: tuple[Participant, ...] = field(repr=False)
    agreed_at: datetime | None
    agreed_with: str = field(repr=False)
    entry_link: str
    availability: str = "here"
    may_be_there: bool = True
    remarks: tuple[Remark, ...] = field(default=(), repr=False)  # what the employee has written, the earliest first

    @property
    def remarks_in_words(self) -> str:
        """``kl. 9.15: …``, one line for each remark, at Danish time; then another time that the employee proposes."""
        lines = [f"kl. {_clock(each.at)}: {each.text}" for each in self.remarks]
        proposed = self.entry.proposed_at if self.entry.proposed_by == ActorKind.EMPLOYEE else None
        if proposed is not None:
            lines.append(f"Foreslår en anden tid: {proposed.astimezone(COPENHAGEN):%d.%m.%Y} kl. {_clock(proposed)}")
        return "\n".join(lines)


def _clock(at: datetime) -> str:
    local = at.astimezone(COPENHAGEN)
    return f"{local.hour}.{local.minute:02}"


class PeerVerb(StrEnum):
    """What a practice's system may claim about an entry."""

    RECEIVED = "received"
    SEEN = "seen"
    ACCEPT = "accept"
    PUT_BACK = "put-back"
    REJECT = "reject"
    CLINICIAN = "clinician"


@dataclass(frozen=True, slots=True)
class PeerChange:
    """A claim by the peer: our row decides what becomes of it. ``entry_id`` is our id, never the citizen's."""

    entry_id: UUID
    verb: PeerVerb
    at: datetime
    who_id: str = ""
    who: str = field(default="", repr=False)
    clinician: str = field(default="", repr=False)
    reason: RejectReason = RejectReason.OTHER
    text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Picture:
    """A still that goes with a note. ``key`` is the same for every attempt and with every version of the note."""

    key: UUID
    still: UUID
    taken_at: datetime
    taken_by: str = field(repr=False)
    consent: str = field(repr=False)  # in words, Danish
    jpeg: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class NoteMessage:
    """One citizen's note, ready to be filed. ``key`` is the same for every attempt of this version.

    ``may_be_there``: an earlier attempt may have filed it; False while none has sent anything.
    """

    key: UUID
    consultation: UUID
    case: UUID
    record_ref: str = field(repr=False)
    note: NoteVersion = field(repr=False)
    supersedes: UUID | None = None
    placement: str = ""  # where in the record the organisation wants this group's notes; "" = the record decides
    addendum: bool = False  # the peer cannot replace: only what the later version adds
    synthetic: bool = False
    citizen: Citizen | None = field(default=None, repr=False)  # whom the record is about, as far as our row knows
    organisation_cvr: str = ""
    phone: str = field(default="", repr=False)  # where the employee is reached
    may_be_there: bool = True
    pictures: tuple[Picture, ...] = field(default=(), repr=False)  # only where the peer takes them

    @property
    def case_key(self) -> UUID:
        """The same for every version of a citizen's note: some records hold them one after the other under it."""
        return uuid5(self.consultation, f"note:{self.case}")


@dataclass(frozen=True, slots=True)
class Envelope:
    """What came in, without the framework: header names lower-case, one value each; a query's values in their order.

    ``address`` is the path of the door's ``Address`` that was called and ``variables`` what stood in its braces.
    ``certificate``: SHA-256 in hex of the one the caller showed, "" where it showed none."""

    headers: Mapping[str, str]
    query: Mapping[str, Sequence[str]] = field(repr=False)
    body: bytes = field(repr=False)
    method: str = "POST"
    address: str = ""
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    certificate: str = ""

    @property
    def media_type(self) -> str:
        """``Content-Type`` without its parameters, lower-case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def bearer(self) -> str:
        """The token of ``Authorization: Bearer``; "" where there is none."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.casefold() == "bearer" else ""


@dataclass(frozen=True, slots=True)
class PendingLaunch:
    """What must be remembered between sending the browser to the EOJ and its return. Stored encrypted."""

    connection: str
    state: str
    verifier: str = field(repr=False)
    nonce: str = field(repr=False)
    launch: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class FoundCitizen:
    """A record found by number: who it is about and whose patient the record says it is."""

    citizen: Citizen = field(repr=False)
    record_ref: str = field(repr=False)
    practice: PracticeClaim | None


@dataclass(frozen=True, slots=True)
class PendingLogin:
    """Between sending the browser to an identity provider and its return. Stored encrypted."""

    connection: str
    state: str
    verifier: str = field(repr=False)
    nonce: str = field(repr=False)
    return_to: str


@dataclass(frozen=True, slots=True)
class LoginResult:
    """Who the identity provider says it is. ``claims`` holds the verified id token's claims."""

    subject: str
    name: str = field(repr=False)
    claims: Mapping[str, Any] = field(repr=False)
    id_token: str = field(repr=False)
