"""Rows the store hands out beside the aggregate: audit, stored answers, the timeline, deliveries as people see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from gateway.domain.identifiers import CitizenId
from gateway.domain.peers.delivery import Receipt
from gateway.domain.people import Actor

RESTORE_TRIED = "keys drilled"  # somebody has restored a dump on another machine and looked whether it is whole
REFUSED = "refused"  # the verb of a row that says who was not let in, and to what
SEARCH_LIMITED = "citizen-search-limited"  # an employee was stopped at looking citizens up (gateway/rate_limits.py)


@dataclass(frozen=True, slots=True)
class AuditRow:
    """Somebody read or changed something about a citizen (D14). Of ``citizen``, named where there is no consultation
    yet, only the keyed hash is kept, never a number."""

    at: datetime
    actor: Actor
    organisation: str
    verb: str  # "read" or "write"
    what: str  # route or service verb
    consultation: UUID | None = None
    case: UUID | None = None
    basis: str = ""
    channel: str = ""
    tenant: UUID | None = None
    citizen: CitizenId | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Signature:
    """An administrator's act, as its audit row says it: who (``by``; ``account``: the login it was done from, or the
    roles held in the console), what and why. ``name`` is kept sealed. Nothing in it is about a citizen."""

    by: str
    act: str
    reason: str = ""
    account: str = ""
    channel: str = "cli"
    name: str = field(default="", repr=False)
    organisation: str = ""


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """The answer to a keyed request, given again when it is repeated; ``body_hash`` tells another request apart."""

    key: str
    body_hash: str
    status: int
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class PeerAnswer:
    """What a peer's named call was answered; ``request`` is a digest of what it said."""

    request: bytes
    answer: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """For whoever follows along (the live process, practices that fetch): which consultation moved, and which
    practices' lists with it."""

    seq: int
    consultation: UUID
    tenant: UUID
    kind: str
    ydernummer: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """One line of the consultation's timeline: an event or a delivery attempt; codes only."""

    at: datetime
    kind: str
    actor_kind: str
    actor_role: str
    detail: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FoundConsultation:
    """What a search shows of a consultation: codes and times, nothing of whom or what it was about."""

    id: UUID
    short_id: str
    tenant: UUID
    kind: str
    status: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class TakenOver:
    """A colleague took a consultation over: what its former holder is told (D7)."""

    consultation: UUID
    short_id: str
    by: str = field(repr=False)
    at: datetime


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A debt as people see it: sent, received, filed, or refused because."""

    id: UUID
    kind: str
    subject: UUID
    version: int
    connection: str
    status: str
    unknown: bool
    attempts: int
    due_at: datetime
    sent_at: datetime | None
    receipt: Receipt
    fault: str
