"""The consultation: the aggregate everything hangs on, its status and the table of allowed moves.

A ``Consultation`` is a value: each verb (opening.py, queueing.py, ringing.py, talking.py, review.py) returns a new
one that also carries the events and debts the verb caused, until the store commits them together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from gateway.domain.consultation import rehearsal
from gateway.domain.consultation.case import CitizenCase
from gateway.domain.consultation.events import Debt, DebtKind, Event
from gateway.domain.consultation.queue_entry import ENTRY_MOVES, EntryStatus, QueueEntry, Remark
from gateway.domain.errors import InvalidField, NotFound, TransitionRefused
from gateway.domain.identifiers import Ydernummer
from gateway.domain.launch import LaunchChannel
from gateway.domain.people import Actor, Form, Guest, Handover, Participant, Seat, Workstation


class Status(StrEnum):
    """The clinical course; what we owe a peer is never a status (requirements.md Q2)."""

    DRAFT = "draft"
    PLANNED = "planned"
    WAITING = "waiting"
    CALLING = "calling"
    IN_CALL = "in-call"
    REVIEW = "review"
    DECIDING = "deciding"  # an entry ended without a talk: the employee chooses
    CLOSED = "closed"


class Kind(StrEnum):
    """What sort of conversation it is (D2)."""

    ONE_CITIZEN = "one-citizen"
    WITHOUT_NUMBER = "without-number"
    ROUND = "round"
    GENERAL_ADVICE = "general-advice"


class Ending(StrEnum):
    """The closed list of outcomes (D11)."""

    HELD_ON_VIDEO = "held-on-video"
    HELD_BY_PHONE = "held-by-phone"
    BROKEN_OFF = "broken-off"
    REJECTED = "rejected"
    NOT_ANSWERED = "not-answered"
    NOT_STARTED = "not-started"
    WITHDRAWN = "withdrawn"
    CITIZEN_REFUSED = "citizen-refused"
    WRONG_CITIZEN = "wrong-citizen"
    ABANDONED = "abandoned"


ALLOWED: dict[Status, frozenset[Status]] = {
    Status.DRAFT: frozenset((Status.PLANNED, Status.WAITING, Status.CLOSED)),
    Status.PLANNED: frozenset((Status.WAITING, Status.CALLING, Status.DECIDING, Status.REVIEW, Status.CLOSED)),
    Status.WAITING: frozenset((Status.PLANNED, Status.CALLING, Status.DECIDING, Status.REVIEW, Status.CLOSED)),
    Status.CALLING: frozenset(
        (Status.PLANNED, Status.WAITING, Status.IN_CALL, Status.DECIDING, Status.REVIEW, Status.CLOSED)
    ),
    Status.IN_CALL: frozenset((Status.REVIEW, Status.CLOSED)),
    Status.DECIDING: frozenset((Status.PLANNED, Status.WAITING, Status.REVIEW, Status.CLOSED)),
    Status.REVIEW: frozenset((Status.CLOSED,)),
    Status.CLOSED: frozenset(),
}


class Availability(StrEnum):
    """Whether the employee is at the screen, shown to the clinic before it clicks (D10)."""

    HERE = "here"
    AWAY = "away"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Consultation:
    """One video consultation of one tenant. ``version`` is what the store last committed (0: never), ``stored`` the
    state it then had: what a change started from, so that a commit need not read it again. ``sealing_key`` is the
    store's own mark of how it is sealed, and says nothing here.

    ``entries`` are 1..n places at practices, the last one the current; ``cases`` 0..n citizens. Text fields are
    erased in place by the verbs that must erase.
    """

    id: UUID
    tenant: UUID
    short_id: str
    kind: Kind
    status: Status
    launch_key: str
    channel: str
    created_at: datetime
    responsible: str  # employee id
    responsible_name: str = field(repr=False)
    version: int = 0
    room: str = ""
    workstation: Workstation | None = None
    form: Form = Form.ASSISTED
    reason: str = field(default="", repr=False)
    reason_corrected_at: datetime | None = None
    agreed_at: datetime | None = None
    agreed_with: str = field(default="", repr=False)
    availability: Availability = Availability.HERE
    availability_at: datetime | None = None  # since when
    device_verdict: str = ""  # what the check of her camera, microphone and network found; empty: nothing yet
    participants: tuple[Participant, ...] = ()
    seats: tuple[Seat, ...] = ()
    guests: tuple[Guest, ...] = ()
    locked: bool = False  # no further guest comes into the call
    cases: tuple[CitizenCase, ...] = ()
    entries: tuple[QueueEntry, ...] = ()
    remarks: tuple[Remark, ...] = ()
    meant_for: Ydernummer | None = None  # the practice where no case names one: a round, general advice
    handover: Handover | None = None
    review_until: datetime | None = None
    modality: str = ""
    technical_failure: str = ""
    ending: Ending | None = None
    closed_at: datetime | None = None
    synthetic: bool = False
    events: tuple[Event, ...] = field(default=(), compare=False)
    debts: tuple[Debt, ...] = field(default=(), compare=False)
    stored: Consultation | None = field(default=None, compare=False, repr=False)
    sealing_key: bytes = field(default=b"", compare=False, repr=False)

    @property
    def entry(self) -> QueueEntry | None:
        """The current entry: the latest one."""
        return self.entries[-1] if self.entries else None

    def require_entry(self, verb: str) -> QueueEntry:
        if self.entry is None or self.entry.status.ended:
            raise TransitionRefused(verb, str(self.status), "no-open-entry")
        return self.entry

    def case(self, case_id: UUID) -> CitizenCase:
        for case in self.cases:
            if case.id == case_id:
                return case
        raise NotFound("case")

    def moved(self, verb: str, to: Status, at: datetime, actor: Actor, **fields: Any) -> Consultation:
        """The one way to another status. Staying is allowed, save in CLOSED: what has ended is never written anew;
        anything outside ``ALLOWED`` is refused."""
        if self.status is Status.CLOSED:
            raise TransitionRefused(verb, str(self.status), "ended")
        if to is not self.status and to not in ALLOWED[self.status]:
            raise TransitionRefused(verb, str(self.status))
        if to is Status.CLOSED:
            fields.setdefault("closed_at", at)
        return replace(self, status=to, **fields)

    def with_entry(self, entry: QueueEntry) -> Consultation:
        """Replace the current entry; its status may only move along ``ENTRY_MOVES``."""
        current = self.entries[-1]
        if entry.status is not current.status and entry.status not in ENTRY_MOVES[current.status]:
            raise TransitionRefused(str(entry.status), str(current.status))
        return replace(self, entries=(*self.entries[:-1], entry))

    def with_case(self, case: CitizenCase) -> Consultation:
        return replace(self, cases=tuple(case if c.id == case.id else c for c in self.cases))

    def noting(self, kind: str, at: datetime, actor: Actor, /, **detail: str) -> Consultation:
        """Add one line to the timeline."""
        return replace(self, events=(*self.events, Event(kind, at, actor, detail)))

    def noting_there(self, ydernummer: Ydernummer, kind: str, at: datetime, actor: Actor) -> Consultation:
        """A line about a practice whose entry is not the current one any more: its own pages and systems follow it."""
        return replace(self, events=(*self.events, Event(kind, at, actor, ydernummer=str(ydernummer))))

    @property
    def is_rehearsal(self) -> bool:
        """Whether it is an Øvekald: an invented citizen at an invented practice."""
        return self.channel == LaunchChannel.REHEARSAL

    def require_place_at(self, ydernummer: Ydernummer) -> None:
        """A rehearsal goes to the invented practice alone, and nothing else ever goes there."""
        if self.is_rehearsal is not (ydernummer == rehearsal.NUMBER):
            raise InvalidField("ydernummer", "rehearsal")

    def owing(self, debts: Iterable[Debt]) -> Consultation:
        """A rehearsal owes nobody anything: no other system ever hears of it."""
        if self.is_rehearsal:
            return self
        return replace(self, debts=(*self.debts, *debts))

    def telling_practice(self) -> Consultation:
        """Owe every connection of the entry its present state: revision + 1, one debt each."""
        entry = replace(self.entries[-1], revision=self.entries[-1].revision + 1)
        changed = replace(self, entries=(*self.entries[:-1], entry))
        return changed.owing(
            Debt(DebtKind.ENTRY_UPDATE, connection, entry.id, entry.revision) for connection in entry.connections
        )

    @property
    def about(self) -> str:
        """What a practice reads that it is about; where no one citizen is named, what kind of talk and of how many."""
        if self.kind is Kind.GENERAL_ADVICE:
            return f"Generel rådgivning: {self.reason}"
        if self.kind is not Kind.ROUND or not self.reason:
            return self.reason
        how_many = sum(case.may_be_discussed for case in self.cases)
        whom = {0: "flere borgere", 1: "1 borger"}.get(how_many, f"{how_many} borgere")
        return f"Gennemgang af {whom}: {self.reason}"

    def committed(self) -> Consultation:
        """The same consultation after the store has written it."""
        return replace(self, version=self.version + 1, events=(), debts=())

    @property
    def sole_case(self) -> CitizenCase | None:
        """The one citizen it is about from beginning to end; in a round there is none, however few are in it."""
        one = self.kind in (Kind.ONE_CITIZEN, Kind.WITHOUT_NUMBER) and len(self.cases) == 1
        return self.cases[0] if one else None

    @property
    def discussed(self) -> CitizenCase | None:
        """Whom a round is talking about just now."""
        return next((case for case in self.cases if self.kind is Kind.ROUND and case.is_discussed), None)

    @property
    def is_open(self) -> bool:
        return self.status is not Status.CLOSED

    @property
    def with_citizen(self) -> bool:
        """Whether the device lies with the citizen, the employee's session suspended."""
        return self.handover is not None and self.handover.returned_at is None

    @property
    def entry_open(self) -> bool:
        return self.entry is not None and not self.entry.status.ended

    def ended_entry(self, status: EntryStatus, at: datetime, reason: str = "", text: str = "") -> Consultation:
        """End the current entry and owe the practice the news."""
        entry = replace(
            self.entries[-1],
            status=status,
            ended_at=at,
            ended_reason=reason,
            ended_text=text,
            ring_until=None,
        )
        return self.with_entry(entry).telling_practice()
