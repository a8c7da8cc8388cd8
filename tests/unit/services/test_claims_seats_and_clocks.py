"""What peers claim, who sits where, and the clocks of many consultations at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from gateway.domain.consultation import ringing
from gateway.domain.consultation.aggregate import Consultation, Status
from gateway.domain.consultation.events import DebtKind
from gateway.domain.consultation.queue_entry import EntryStatus, RejectReason
from gateway.domain.errors import NotFound, TransitionRefused
from gateway.domain.note.facts import compose
from gateway.domain.organisation import Organisation
from gateway.domain.peers.messages import PeerChange, PeerVerb
from gateway.domain.people import Actor, ParticipantRole
from gateway.domain.room import Heartbeat, JoinTicket, RoomState, SeatState
from gateway.domain.scope import ClinicScope, Scope, SystemScope, TenantScope
from gateway.services import call, clocks, queue
from gateway.services.act import Acting, Move, acting
from gateway.services.call import Chair
from gateway.services.compose import entry_message
from gateway.services.practice_side import peer_changes
from tests.support.acting import memory_ports, press
from tests.support.consultations import DOCTOR, KOMMUNE_A, KOMMUNE_B, NOW, NURSE, PRACTICE, SECOND, new_id, waiting
from tests.support.memory import HandClock, MemoryStore
from tests.support.peers.memory_peers import ORGANISATION, MemoryRooms
from tests.unit.domain.stories import COLLEAGUE, calling, in_call, in_review, received

MINE = TenantScope(KOMMUNE_A)
ROOM_OF = "gp-one:doctor-1"


def put_back(consultation: Consultation, by: Acting[Any]) -> Consultation:
    return ringing.put_back(consultation, by.at, by.actor)


class Floor:
    def __init__(self, consultation: Consultation) -> None:
        self.clock = HandClock(NOW)
        self.store = MemoryStore(self.clock)
        self.rooms = MemoryRooms(self.clock)
        self.ports = memory_ports(self.store, self.clock)
        self.keep(consultation)
        self.id = consultation.id

    def keep(self, consultation: Consultation) -> None:
        self.store.kept[consultation.id] = replace(consultation, events=(), debts=())
        self.store.lines.setdefault(consultation.id, [])

    @property
    def now(self) -> Consultation:
        return self.store.kept[self.id]

    def is_in(self, status: Status) -> bool:
        return self.now.status is status

    def claims(self, verb: PeerVerb, connection: str = "gp-one", **more: object) -> bool:
        entry = self.now.entries[-1].id
        claim = PeerChange(entry, verb, NOW - timedelta(days=1), **more)  # type: ignore[arg-type]
        return peer_changes.apply(claim, connection, store=self.store, clock=self.clock)

    def seat(
        self, role: ParticipantRole = ParticipantRole.EMPLOYEE, actor: Actor = NURSE, *, move: bool = False
    ) -> JoinTicket:
        return call.take_seat(SystemScope(), self.id, acting(Chair(role, move=move), actor, self.ports))

    def does(self, actor: Actor, move: Move[Any], scope: Scope = SystemScope()) -> Consultation:  # noqa: B008
        return press(self.ports, self.id, actor, move, scope=scope)

    def accepted(self, actor: Actor, clinician: str = "", scope: Scope = SystemScope()) -> Consultation:  # noqa: B008
        return self.does(actor, lambda c, by: ringing.accept(c, by.at, by.actor, clinician), scope)

    def media(self, number: int, *flowing: str) -> None:
        seats = tuple(SeatState(s, 1, True, True, True) for s in flowing)
        beat = Heartbeat("media-1", number, (RoomState(self.now.room, seats),))
        call.heed(beat, store=self.store, rooms=self.rooms, clock=self.clock)

    def owed(self) -> list[DebtKind]:
        return [row.delivery.kind for row in self.store.rows.values()]


def test_a_claim_counts_at_our_own_clocks_time() -> None:
    floor = Floor(received())
    floor.claims(PeerVerb.ACCEPT, who_id=ROOM_OF, who="Lise Hansen", clinician="Lise Hansen")
    entry = floor.now.entries[-1]
    assert (entry.accepted_at, entry.accepted_name, entry.status) == (NOW, "Lise Hansen", EntryStatus.ACCEPTED)


def test_a_claim_that_comes_too_late_is_answered_with_our_state() -> None:
    floor = Floor(calling())
    assert floor.claims(PeerVerb.ACCEPT, who_id="gp-one:somebody-else", who="Karen Kollega")
    assert floor.now.entries[-1].accepted_name == DOCTOR.name
    assert floor.owed() == [DebtKind.ENTRY_UPDATE]
    assert floor.store.lines[floor.id][-1].detail == {"verb": "accept", "because": "taken"}


@pytest.mark.parametrize("verb", [PeerVerb.RECEIVED, PeerVerb.SEEN, PeerVerb.ACCEPT, PeerVerb.REJECT])
def test_a_repeated_claim_changes_nothing(verb: PeerVerb) -> None:
    floor = Floor(received())
    said = {"who_id": ROOM_OF, "who": "Lise Hansen", "reason": RejectReason.NOT_TODAY}
    floor.claims(verb, **said)
    version, owed = floor.now.version, len(floor.store.rows)
    floor.claims(verb, **said)
    assert (floor.now.version, len(floor.store.rows)) == (version, owed)


def test_a_connection_speaks_only_of_entries_it_was_sent() -> None:
    floor = Floor(received())
    assert not floor.claims(PeerVerb.REJECT, connection="gp-other", reason=RejectReason.NOT_TODAY)
    unknown = PeerChange(new_id(), PeerVerb.SEEN, NOW)
    assert not peer_changes.apply(unknown, "gp-one", store=floor.store, clock=floor.clock)
    assert floor.is_in(Status.WAITING)


def test_only_the_door_that_took_the_call_lays_it_back() -> None:
    floor = Floor(calling())
    floor.claims(PeerVerb.PUT_BACK)
    assert floor.is_in(Status.CALLING), "taken in our own waiting room"
    neighbour = replace(calling().entries[-1], accepted_by="gp-one-and-a-half:x", connections=("gp-one",))
    floor.keep(replace(calling(), id=floor.id, entries=(neighbour,), version=floor.now.version))
    floor.claims(PeerVerb.PUT_BACK)
    assert floor.is_in(Status.CALLING), "a longer name is another connection"
    own = replace(neighbour, accepted_by=ROOM_OF)
    floor.keep(replace(floor.now, entries=(own,)))
    floor.claims(PeerVerb.PUT_BACK)
    assert floor.is_in(Status.WAITING)


def test_the_loser_of_a_race_does_not_name_the_doctor_who_talks() -> None:
    """Its system says "taken, by Karen" in one breath: the first is refused, and the second must not reach the note."""
    floor = Floor(calling())
    before = floor.now.entries[-1].clinician
    assert floor.claims(PeerVerb.CLINICIAN, clinician="Karen Kollega")
    assert floor.now.entries[-1].clinician == before
    own = replace(floor.now.entries[-1], accepted_by=ROOM_OF)
    floor.keep(replace(floor.now, entries=(own,)))
    assert floor.claims(PeerVerb.CLINICIAN, clinician="Karen Kollega")
    assert floor.now.entries[-1].clinician == "Karen Kollega"


def test_a_no_from_another_door_does_not_end_a_call_that_is_taken() -> None:
    """It was on its way while a colleague took the call: her ring goes on, and the late door is told who has it."""
    floor = Floor(calling())
    assert floor.claims(PeerVerb.REJECT, reason=RejectReason.NOT_TODAY)
    assert floor.is_in(Status.CALLING)
    assert floor.store.lines[floor.id][-1].detail == {"verb": "reject", "because": "taken"}
    own = replace(floor.now.entries[-1], accepted_by=ROOM_OF)
    floor.keep(replace(floor.now, entries=(own,)))
    assert floor.claims(PeerVerb.REJECT, reason=RejectReason.NOT_TODAY)
    assert floor.is_in(Status.DECIDING), "the door that took it may"


def test_d16_a_colleague_of_the_same_name_sits_on_a_chair_of_her_own() -> None:
    namesake = replace(COLLEAGUE, name=DOCTOR.name)
    floor = Floor(calling())
    mine, again = (floor.seat(ParticipantRole.CLINICIAN, DOCTOR, move=True) for _ in range(2))
    with pytest.raises(TransitionRefused) as refusal:
        floor.does(namesake, put_back)
    assert refusal.value.because == "taken", "her name lays back nobody else's call"
    hers = floor.seat(ParticipantRole.CLINICIAN, namesake)
    assert mine.seat == again.seat != hers.seat
    assert [p.name for p in floor.now.participants].count(DOCTOR.name) == 2


def test_d12_a_doctor_who_laid_the_call_back_stands_in_no_note() -> None:
    floor = Floor(calling())
    floor.seat(ParticipantRole.CLINICIAN, DOCTOR)
    floor.does(DOCTOR, put_back)
    floor.accepted(COLLEAGUE, COLLEAGUE.name)
    hers, nurses = floor.seat(ParticipantRole.CLINICIAN, COLLEAGUE), floor.seat()
    floor.media(1, hers.seat, nurses.seat)
    assert floor.is_in(Status.IN_CALL)
    late = replace(DOCTOR, id="clinic-user-9", name="Lone Læge")
    floor.seat(ParticipantRole.CLINICIAN, late)
    floor.does(NURSE, call.hang_up)
    facts = compose(floor.now, floor.now.cases[0], "Fjordby Kommune")
    doctors = [name for role, name in facts.participants if role == "clinician"]
    assert doctors == [COLLEAGUE.name, late.name], "who talked, and who came later; not who gave it back"
    told = entry_message(floor.now, floor.now.entries[-1].id, ORGANISATION, "")
    assert all(p.role is not ParticipantRole.CLINICIAN for p in told.participants)


def test_a_claim_that_cannot_be_used_stops_nobody() -> None:
    """A rejection without the words its reason needs: refused, answered, and the next claim is heard."""
    floor = Floor(received())
    assert floor.claims(PeerVerb.REJECT, reason=RejectReason.OTHER, text="")
    assert floor.is_in(Status.WAITING)
    assert floor.owed() == [DebtKind.ENTRY_UPDATE]
    assert floor.claims(PeerVerb.REJECT, reason=RejectReason.NOT_TODAY)
    assert floor.is_in(Status.DECIDING)


def test_accepting_races_and_exactly_one_wins() -> None:
    floor = Floor(received())
    floor.store.before_commit.append(lambda: floor.accepted(COLLEAGUE))
    with pytest.raises(TransitionRefused) as refusal:
        floor.accepted(DOCTOR)
    assert refusal.value.who == COLLEAGUE.name


def test_a_clinic_acts_only_where_it_holds_the_present_entry() -> None:
    floor = Floor(received())
    mine, other = ClinicScope(new_id(), (PRACTICE,)), ClinicScope(new_id(), (SECOND,))
    with pytest.raises(NotFound):
        floor.accepted(COLLEAGUE, scope=other)
    with pytest.raises(NotFound):
        floor.does(NURSE, lambda c, by: queue.withdraw(c, "solved", by), TenantScope(KOMMUNE_B))
    assert floor.accepted(DOCTOR, scope=mine).status is Status.CALLING


def test_a_seat_moves_to_a_new_device_with_a_higher_generation() -> None:
    floor = Floor(calling())
    first, again, moved = floor.seat(), floor.seat(), floor.seat(move=True)
    assert first.seat == again.seat == moved.seat
    assert (first.generation, again.generation, moved.generation) == (1, 1, 2)
    assert floor.seat().generation == 2, "a reload keeps the newest"


def test_two_sides_have_two_seats_and_two_clinicians_two_more() -> None:
    floor = Floor(calling())
    clinician = ParticipantRole.CLINICIAN
    seats = {floor.seat().seat, floor.seat(clinician, DOCTOR).seat, floor.seat(clinician, COLLEAGUE).seat}
    assert len(seats) == 3
    assert floor.seat(clinician, DOCTOR).role == "clinic"


def test_a_ticket_is_good_for_a_minute_and_knows_nobody() -> None:
    ticket = Floor(calling()).seat()
    assert ticket.expires_at == int((NOW + timedelta(seconds=60)).timestamp())
    assert set(ticket.claims()) == {"aud", "exp", "room", "seat", "gen", "role"}


@pytest.mark.parametrize("quiet", [received, in_review])
def test_nobody_sits_where_no_call_is(quiet: object) -> None:
    with pytest.raises(TransitionRefused):
        Floor(quiet()).seat()  # type: ignore[operator]


def test_media_from_both_sides_and_nothing_less_begins_the_talk() -> None:
    floor = Floor(calling())
    nurse, doctor = floor.seat().seat, floor.seat(ParticipantRole.CLINICIAN, DOCTOR).seat
    other = floor.seat(ParticipantRole.CLINICIAN, COLLEAGUE).seat
    floor.media(1, nurse)
    floor.media(2, doctor, other)
    assert floor.is_in(Status.CALLING)
    floor.media(3, nurse, doctor)
    assert floor.is_in(Status.IN_CALL)
    version = floor.now.version
    floor.media(3, nurse, doctor)
    floor.media(4, nurse, doctor)
    assert floor.now.version == version, "heartbeats repeat; facts do not"


def test_hanging_up_before_the_talk_puts_the_entry_back() -> None:
    floor = Floor(calling())
    back = floor.does(NURSE, call.hang_up, MINE)
    assert back.status is Status.WAITING
    assert not [row for row in floor.owed() if row is DebtKind.NOTE]


def organisation_of(tenant: UUID) -> Organisation:
    if tenant != KOMMUNE_A:
        raise NotFound("tenant")
    return ORGANISATION


def test_d20_a_call_nobody_sits_in_ends_after_five_minutes() -> None:
    floor = Floor(in_call())
    floor.media(1)
    floor.clock.pass_by(minutes=4)
    assert clocks.end_abandoned_calls(organisation_of, store=floor.store, rooms=floor.rooms, clock=floor.clock) == 0
    floor.clock.pass_by(minutes=2)
    assert clocks.end_abandoned_calls(organisation_of, store=floor.store, rooms=floor.rooms, clock=floor.clock) == 1
    assert floor.is_in(Status.REVIEW)


def test_all_clocks_that_are_due_run_once() -> None:
    floor = Floor(calling())
    for _ in range(4):
        floor.keep(calling())
    floor.clock.pass_by(seconds=61)
    assert clocks.run_due(organisation_of, store=floor.store, clock=floor.clock) == 5
    assert {c.status for c in floor.store.kept.values()} == {Status.WAITING}
    assert clocks.run_due(organisation_of, store=floor.store, clock=floor.clock) == 0


def test_one_consultation_that_cannot_move_holds_up_no_other() -> None:
    floor = Floor(replace(calling(), tenant=KOMMUNE_B))
    healthy = calling()
    floor.keep(healthy)
    floor.clock.pass_by(seconds=61)
    with pytest.raises(NotFound):
        clocks.run_due(organisation_of, store=floor.store, clock=floor.clock)
    assert floor.store.kept[healthy.id].status is Status.WAITING


def test_one_call_that_cannot_end_holds_up_no_other() -> None:
    floor = Floor(replace(in_call(), tenant=KOMMUNE_B))
    healthy = in_call()
    floor.keep(healthy)
    rooms = tuple(RoomState(each.room, ()) for each in (floor.now, healthy))
    call.heed(Heartbeat("media-1", 1, rooms), store=floor.store, rooms=floor.rooms, clock=floor.clock)
    floor.clock.pass_by(minutes=6)
    with pytest.raises(NotFound):
        clocks.end_abandoned_calls(organisation_of, store=floor.store, rooms=floor.rooms, clock=floor.clock)
    assert floor.store.kept[healthy.id].status is Status.REVIEW


def test_the_queue_number_is_only_a_number() -> None:
    first, second = waiting(), replace(waiting(KOMMUNE_B), tenant=KOMMUNE_B)
    floor = Floor(first)
    floor.keep(replace(second, entries=(replace(second.entries[-1], place=NOW + timedelta(minutes=1)),)))
    assert floor.store.ahead_of(floor.store.kept[second.id].entries[-1]) == 1
