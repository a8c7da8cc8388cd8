"""A consultation with its entries, cases and seats, lived by random people in random order.

A machine of rules for hypothesis: after every step the clocks are swept as the relay does, and what must always hold is
checked. Run as a slice by test_random_lives, and at length by bench/random_lives.py.
"""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from datetime import timedelta
from typing import ClassVar
from uuid import UUID, uuid5

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from gateway.domain.consultation import clocks, ringing
from gateway.domain.consultation.aggregate import ALLOWED, Consultation, Ending, Kind, Status
from gateway.domain.consultation.events import Debt, Event
from gateway.domain.consultation.queue_entry import EntryStatus
from gateway.domain.errors import InvalidField, NotFound, TransitionRefused
from gateway.domain.note import clinic_draft, review
from gateway.domain.note.note import NoteStatus
from gateway.domain.peers.delivery import delivery_id
from gateway.domain.people import SYSTEM, Actor, ActorKind, Participant, ParticipantRole, Seat
from tests.support.consultations import NOW, NURSE, SECOND, case, draft, placed
from tests.unit.domain.rounds_told import ROUND_VERBS
from tests.unit.domain.stories import IN_STATUS, LATER, ORGANISATION, VERBS

PEOPLE = [NURSE, SYSTEM, *(Actor(ActorKind.CLINIC, f"clinic-{n}", f"Læge {n}", "Læge") for n in range(3))]
DOCTORS = PEOPLE[2:]
ENDS_ALL = ["withdraw", "wrong-citizen", "abandon", "leave-unstarted", "refuse", "give-up"]  # kept for later in a life
GONE_EARLY = {"expire", "citizen-finishes", "reject", "hang-up", "break-off", "hold-by-phone", "end-review"}
OF_A_CASE = {
    "declare-consent", "write-text", "approve", "clinic-text", "clinic-draft", "written-by-hand", "confirm-retracted",
    "reply-arrives",
}  # fmt: skip
MOVES = {"moved-forward", "time-agreed"}
TAKEN = (EntryStatus.ACCEPTED, EntryStatus.IN_PROGRESS)
REFUSED = (TransitionRefused, InvalidField, NotFound)
MARK = re.compile(r"about-([a-z]{32})")
LETTERS = str.maketrans("0123456789", "ghijklmnop")  # without digits no name of a case looks like a citizen's number


def named(case_id: UUID) -> str:
    return case_id.hex.translate(LETTERS)


def marked(case_id: UUID) -> str:
    """A text nobody could mistake for another citizen's."""
    return f"about-{named(case_id)}: sår på benet"


class Life(RuleBasedStateMachine):
    """One consultation; refused verbs change nothing, the rest is committed as the store would."""

    lived: ClassVar[int] = 0  # steps of all lives
    now = LATER
    steps = 0

    @initialize(start=st.sampled_from(list(Status)[:-1]), cases=st.integers(0, 3), connections=st.integers(0, 2))
    def begin(self, start: Status, cases: int, connections: int) -> None:
        self.now = NOW if start is Status.CALLING else LATER  # while it still rings
        self.connections = tuple(f"gp-{n}" for n in range(connections))
        told = [replace(one, reason=marked(one.id)) for one in map(case, range(cases))]
        fresh = draft(cases=told, at=self.now).committed()
        self.consultation = fresh if start is Status.DRAFT or cases != 1 else IN_STATUS[start]()
        self.places = {e.id: e.place for e in self.consultation.entries}
        self.generations = {seat.id: seat.generation for seat in self.consultation.seats}
        self.timeline: list[Event] = []
        self.owed: set[object] = set()

    def commit(self, changed: Consultation) -> None:
        before = self.consultation
        if changed.status is not before.status:
            assert changed.status in ALLOWED[before.status]
            assert changed.events, "a move stands on the timeline"
        if before.status is Status.CLOSED:
            assert (changed.status, changed.closed_at) == (Status.CLOSED, before.closed_at), "closed never reopens"
            assert changed.ending in (before.ending, Ending.WRONG_CITIZEN), "found out late is the one other ending"
        assert [e.id for e in changed.entries][: len(before.entries)] == [e.id for e in before.entries]
        assert [c.id for c in changed.cases][: len(before.cases)] == [c.id for c in before.cases]
        for debt in changed.debts:
            self.owe(debt)
        if MOVES & {event.kind for event in changed.events}:
            self.places[changed.entries[-1].id] = changed.entries[-1].place
        self.timeline.extend(changed.events)
        self.consultation = changed.committed()

    def owe(self, debt: Debt) -> None:
        assert debt.connection, "nothing is owed to nobody"
        row = delivery_id(self.consultation.id, debt.kind, debt.subject, debt.version, debt.connection)
        assert row not in self.owed, "the same debt is never incurred twice"
        self.owed.add(row)

    def sweep(self) -> None:
        """What the relay does twice a second: every clock that has run out does something, and says so."""
        for _ in range(20):
            due = clocks.deadline(self.consultation)
            if due is None or due > self.now:
                return
            after = clocks.run_out(self.consultation, self.now, SYSTEM, ORGANISATION)
            assert after.events, f"{self.consultation.status} is past its deadline without an event"
            self.commit(after)
        raise AssertionError("a clock that runs for ever")

    def somebody(self, verb: str, who: Actor, verbs: dict[str, object] | None = None) -> None:
        before = self.consultation
        try:
            changed = (verbs or VERBS)[verb](before, self.now, who)  # type: ignore[operator]
        except REFUSED:
            assert self.consultation == before
            return
        self.commit(changed)
        self.sweep()

    @rule(verb=st.sampled_from(sorted(VERBS.keys() - set(ENDS_ALL) - GONE_EARLY)), who=st.sampled_from(PEOPLE))
    def somebody_acts(self, verb: str, who: Actor) -> None:
        if self.consultation.cases or verb not in OF_A_CASE:  # a talk without citizens has no page with these
            self.somebody(verb, who)

    @precondition(lambda self: self.steps > 8)
    @rule(verb=st.sampled_from(sorted(GONE_EARLY)), who=st.sampled_from(PEOPLE))
    def something_ends(self, verb: str, who: Actor) -> None:
        self.somebody(verb, who)

    @precondition(lambda self: self.consultation.kind is Kind.ROUND and len(self.consultation.cases) > 1)
    @rule(verb=st.sampled_from(sorted(ROUND_VERBS)), who=st.sampled_from(PEOPLE))
    def somebody_acts_in_the_round(self, verb: str, who: Actor) -> None:
        if verb != "leave-for-round":  # a round is not moved into a round
            self.somebody(verb, who, dict(ROUND_VERBS))

    @precondition(lambda self: self.consultation.status in (Status.DRAFT, Status.DECIDING))
    @rule(second=st.booleans())
    def is_placed(self, second: bool) -> None:
        try:
            ready = placed(self.consultation, *([SECOND] if second else []), at=self.now, connections=self.connections)
        except InvalidField:
            return
        self.commit(ready)
        self.sweep()

    @precondition(lambda self: self.consultation.entry_open)
    @rule(crowd=st.permutations(DOCTORS))
    def several_accept_at_once(self, crowd: list[Actor]) -> None:
        winners, told = set(), set()
        for doctor in crowd:
            try:
                self.commit(ringing.accept(self.consultation, self.now, doctor, doctor.name))
                winners.add(doctor.id)
            except TransitionRefused as refusal:
                told.add(refusal.who)
        taken = self.consultation.entries[-1]
        assert taken.status in TAKEN
        assert winners <= {taken.accepted_by}, "exactly one wins"
        assert told == {taken.accepted_name}, "the others are told who"

    @precondition(lambda self: self.consultation.cases)
    @rule(number=st.integers(0, 3), side=st.sampled_from(["employee", "clinic", "clinic-draft"]))
    def somebody_writes(self, number: int, side: str) -> None:
        about = self.consultation.cases[number % len(self.consultation.cases)]
        text, before = marked(about.id), self.consultation
        writes = {
            "employee": lambda: review.write_text(before, about.id, text),
            "clinic": lambda: review.add_clinic_text(before, about.id, text, self.now, DOCTORS[0]),
            "clinic-draft": lambda: clinic_draft.keep_clinic_draft(before, about.id, text),
        }
        try:
            self.commit(writes[side]())
        except REFUSED:
            assert self.consultation == before

    @precondition(lambda self: self.consultation.status in (Status.CALLING, Status.IN_CALL))
    @rule(who=st.sampled_from([NURSE, *DOCTORS]), device=st.sampled_from(["pc", "tablet"]), move=st.booleans())
    def somebody_sits_down(self, who: Actor, device: str, move: bool) -> None:
        clinic = who.kind is ActorKind.CLINIC
        role = ParticipantRole.CLINICIAN if clinic else ParticipantRole.EMPLOYEE
        mine = [p for p in self.consultation.participants if p.role is role and (not clinic or p.name == who.name)]
        person = mine[0] if mine else Participant(uuid5(self.consultation.id, who.id), role, who.name)
        spare = uuid5(person.id, str(len(self.consultation.seats)))
        try:
            changed, seat = ringing.claim_seat(
                self.consultation, person, Seat(spare, person.id, str(role), 1, self.now, device), who, move=move
            )
        except TransitionRefused as refusal:
            assert (refusal.because, move) == ("elsewhere", False)
            return
        assert seat.device == device, "whoever was let in sits there"
        self.commit(changed)

    @rule(seconds=st.sampled_from([1, 5, 14, 20, 61, 61, 130, 310, 400, 1000, 4000, 20000]))
    def time_passes(self, seconds: int) -> None:
        if self.consultation.status is Status.DRAFT and self.steps < 15:
            seconds = min(seconds, 400)
        self.now += timedelta(seconds=seconds)
        self.sweep()

    @precondition(lambda self: self.consultation.is_open and (self.consultation.status is not Status.DRAFT))
    @rule()
    def the_next_clock_runs_out(self) -> None:
        due = clocks.deadline(self.consultation)
        assert due is not None
        self.now = max(self.now, due)
        self.sweep()

    @precondition(lambda self: self.steps > 20)
    @rule(verb=st.sampled_from(ENDS_ALL), who=st.sampled_from(PEOPLE))
    def it_is_given_up(self, verb: str, who: Actor) -> None:
        self.somebody(verb, who)

    @invariant()
    def the_place_never_changes(self) -> None:
        self.steps += 1
        Life.lived += 1
        for entry in self.consultation.entries:
            assert self.places.setdefault(entry.id, entry.place) == entry.place

    @invariant()
    def one_entry_is_open_at_most_and_fits_the_state(self) -> None:
        consultation = self.consultation
        assert not [e for e in consultation.entries[:-1] if not e.status.ended]
        needs = consultation.status in (Status.PLANNED, Status.WAITING, Status.CALLING, Status.IN_CALL)
        assert consultation.entry_open is needs
        if consultation.status is Status.IN_CALL:
            assert consultation.entries[-1].status is EntryStatus.IN_PROGRESS
        if consultation.status is Status.CALLING:
            assert consultation.entries[-1].ring_until is not None

    @invariant()
    def one_doctor_holds_it_at_most(self) -> None:
        for entry in self.consultation.entries:
            assert (entry.status in TAKEN) <= bool(entry.accepted_by)
            assert entry.status not in (EntryStatus.REQUESTED, EntryStatus.RECEIVED) or not entry.accepted_by

    @invariant()
    def one_seat_at_most_for_each_person(self) -> None:
        seats = self.consultation.seats
        assert len({seat.participant_id for seat in seats}) == len(seats)
        for seat in seats:
            assert seat.generation >= self.generations.get(seat.id, 1), "an older device never comes back unasked"
            self.generations[seat.id] = seat.generation

    @invariant()
    def one_note_at_most_is_current_in_each_case(self) -> None:
        for one in self.consultation.cases:
            versions = [note.version for note in one.notes]
            assert versions == list(range(1, len(versions) + 1))
            assert sum(note.status is NoteStatus.DRAFT for note in one.notes) <= 1
            assert not [n for n in one.notes[:-1] if n.status is NoteStatus.DRAFT], "what is replaced is not written in"
            if self.consultation.status is Status.CLOSED:
                assert all(note.status is not NoteStatus.DRAFT for note in one.notes)

    @invariant()
    def no_text_of_one_citizen_stands_in_anothers_note(self) -> None:
        for one in self.consultation.cases:
            said = " ".join(str(asdict(note)) for note in one.notes)
            assert set(MARK.findall(said)) <= {named(one.id)}

    @invariant()
    def one_citizen_at_most_is_talked_about(self) -> None:
        assert sum(one.is_discussed for one in self.consultation.cases) <= 1

    @invariant()
    def nothing_stands_past_its_deadline(self) -> None:
        due = clocks.deadline(self.consultation)
        assert (due is not None) is self.consultation.is_open
        assert due is None or due > self.now
