"""What the clinic's JSON routes answer: a call as its state, and with everything the clinic may know of it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from gateway.web.answers import Moment, Shape


class GuestShown(Shape):
    """``role`` in words; ``standing``: invited, waiting or admitted."""

    id: UUID
    role: str
    standing: str


class GuestLink(Shape):
    """Told once, to whoever made it; it works once."""

    link: str
    expires_at: datetime


class StillsTold(Shape):
    """Pictures for the note: whether one may be asked for, whether one is, and those that are kept."""

    offered: bool
    asked: bool
    kept: list[UUID]


class EntryState(Shape):
    """What the clinic's call page follows: codes, times and names of clinic people."""

    entry: UUID
    version: int
    status: str
    entry_status: str
    availability: str
    accepted_name: str
    mine: bool
    remarks: int
    clinician: str
    discussed: UUID | None
    came_back: str
    alone: bool
    with_citizen: bool
    employee_called: bool
    elsewhere: bool
    guests: list[GuestShown]
    locked: bool
    stills: StillsTold
    ended_reason: str
    fee: str
    accepted_at: Moment
    ring_until: Moment
    joined_at: Moment
    started_at: Moment
    ended_at: Moment


class ClinicSession(Shape):
    csrf: str
    practices: list[str]
    expires_at: datetime
    name: str
    role: str
    clinic: str


class Counts(Shape):
    """Numbers only; ``seq`` is where the event stream stands."""

    seq: int
    waiting: int
    unseen: int


class Named(Shape):
    ydernummer: str
    name: str


class Person(Shape):
    """``masked``: the identity number without what tells who it is."""

    name: str
    protected: bool
    age: int | None
    gender: str
    masked: str


class Discussed(Shape):
    case: UUID
    citizen: Person | None
    reason: str
    consent: str


class Taker(Shape):
    role: str
    name: str
    how: str


class Said(Shape):
    side: str
    name: str
    at: datetime
    text: str


class Handed(Shape):
    at: datetime
    locked: bool
    called: bool


class _Taking(Shape):
    accepted_at: Moment
    accepted_by: str
    accepted_name: str
    clinician: str
    addressed_to: str
    ring_until: Moment
    joined_at: Moment
    started_at: Moment
    ended_reason: str


class Entry(_Taking):
    """Everything the clinic may know of a call (services/practice_side/clinic_view.py)."""

    entry: UUID
    short_id: str
    version: int
    status: str
    entry_status: str
    number: int | None
    practice: Named
    citizen: Person | None
    kind: str
    discussed: Discussed | None
    waiting_since: datetime
    waiting_minutes: int
    urgency: str
    agreed_at: Moment
    agreed_with: str
    availability: str
    availability_at: Moment
    device: str
    seen: bool
    misses: int
    parked: bool
    proposed_at: Moment
    proposed_by: str
    employee: str
    role: str
    workplace: str
    organisation: str
    phone: str
    form: str
    participants: list[Taker]
    reason: str
    reason_corrected_at: Moment
    consent: str
    remarks: list[Said]
    handover: Handed | None
    registered: bool | None
    basis: str
    synthetic: bool


class Entries(Shape):
    entries: list[Entry]


class Identifier(Shape):
    """The whole identity number, for so many seconds on the screen."""

    identifier: str
    seconds: int
