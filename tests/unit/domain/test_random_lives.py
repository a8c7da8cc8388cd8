"""Random people do random things in random order; what must always hold is checked after every step."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from gateway.domain import clocks, ringing
from gateway.domain.consultation import ALLOWED, Consultation, Ending, Status
from gateway.domain.delivery import delivery_id
from gateway.domain.errors import InvalidField, TransitionRefused
from gateway.domain.events import Debt, Event
from gateway.domain.note import NoteStatus
from gateway.domain.people import SYSTEM, Actor, ActorKind
from gateway.domain.queue_entry import EntryStatus
from tests.support.consultations import NURSE, SECOND, case, draft, placed
from tests.unit.domain.stories import IN_STATUS, LATER, ORGANISATION, VERBS

PEOPLE = [NURSE, SYSTEM, *(Actor(ActorKind.CLINIC, f"clinic-{n}", f"Læge {n}", "Læge") for n in range(3))]
DOCTORS = PEOPLE[2:]
ENDS_ALL = ["withdraw", "wrong-citizen", "abandon", "leave-unstarted", "refuse", "give-up"]  # kept for later in a life
OF_A_CASE = (
    "declare-consent",
    "write-text",
    "approve",
    "clinic-text",
    "clinic-draft",
    "written-by-hand",
    "confirm-retracted",
)
MOVES = {"moved-forward", "time-agreed"}
TAKEN = (EntryStatus.ACCEPTED, EntryStatus.IN_PROGRESS)


class Life(RuleBasedStateMachine):
    """One consultation; refused verbs change nothing, the rest is committed as the store would."""

    now = LATER
    steps = 0

    @initialize(start=st.sampled_from(list(Status)[:-1]), cases=st.integers(0, 3), connections=st.integers(0, 2))
    def begin(self, start: Status, cases: int, connections: int) -> None:
        self.now = LATER
        self.connections = tuple(f"gp-{n}" for n in range(connections))
        fresh = draft(cases=[case(n) for n in range(cases)]).committed()
        self.consultation = fresh if start is Status.DRAFT else IN_STATUS[start]()
        self.places = {e.id: e.place for e in self.consultation.entries}
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
        assert len(changed.cases) == len(before.cases)
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

    @rule(verb=st.sampled_from(sorted(VERBS.keys() - set(ENDS_ALL))), who=st.sampled_from(PEOPLE))
    def somebody_acts(self, verb: str, who: Actor) -> None:
        self.somebody(verb, who)

    def somebody(self, verb: str, who: Actor) -> None:
        if not self.consultation.cases and verb in OF_A_CASE:
            return  # a talk without citizens has no page with these
        before = self.consultation
        try:
            changed = VERBS[verb](before, self.now, who)
        except (TransitionRefused, InvalidField):
            assert self.consultation == before
            return
        self.commit(changed)

    @precondition(lambda self: self.consultation.status in (Status.DRAFT, Status.DECIDING))
    @rule(second=st.booleans())
    def is_placed(self, second: bool) -> None:
        try:
            ready = placed(self.consultation, *([SECOND] if second else []), at=self.now, connections=self.connections)
        except InvalidField:
            return
        self.commit(ready)

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

    @rule(seconds=st.sampled_from([1, 20, 61, 130, 400, 1000, 4000, 20000]))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @precondition(lambda self: self.consultation.status is not Status.DRAFT or self.steps > 15)
    @rule()
    def the_clock_runs_out(self) -> None:
        due = clocks.deadline(self.consultation)
        if due is None:
            return
        self.now = max(self.now, due)
        after = clocks.run_out(self.consultation, self.now, SYSTEM, ORGANISATION)
        assert after != self.consultation or after.events, "a clock that ran out does something"
        self.commit(after)

    @precondition(lambda self: self.steps > 15)
    @rule(verb=st.sampled_from(ENDS_ALL), who=st.sampled_from(PEOPLE))
    def it_is_given_up(self, verb: str, who: Actor) -> None:
        self.somebody(verb, who)

    @invariant()
    def the_place_never_changes(self) -> None:
        self.steps += 1
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
    def one_note_at_most_is_current_in_each_case(self) -> None:
        for one in self.consultation.cases:
            versions = [note.version for note in one.notes]
            assert versions == list(range(1, len(versions) + 1))
            assert sum(note.status is NoteStatus.DRAFT for note in one.notes) <= 1
            if self.consultation.status is Status.CLOSED:
                assert all(note.status is not NoteStatus.DRAFT for note in one.notes)

    @invariant()
    def what_is_open_has_a_clock(self) -> None:
        assert (clocks.deadline(self.consultation) is not None) is self.consultation.is_open


Life.TestCase.settings = settings(
    max_examples=80, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck)
)
TestRandomLives = Life.TestCase
