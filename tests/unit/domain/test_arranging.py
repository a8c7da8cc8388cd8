"""Words, colleagues, places and times between clinic and employee while somebody waits (D9, D10; C07, C08, N10)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.domain.consultation import arranging, clocks, queueing, ringing
from gateway.domain.consultation.aggregate import Availability, Status
from gateway.domain.consultation.events import DebtKind
from gateway.domain.consultation.queue_entry import EntryStatus, RejectReason
from gateway.domain.errors import InvalidField, TransitionRefused
from gateway.domain.people import SYSTEM
from tests.support.consultations import DOCTOR, NOW, NURSE, new_id
from tests.unit.domain.stories import COLLEAGUE, LATER, ORGANISATION, calling, fresh, planned, received, rejected

TOMORROW = NOW + timedelta(days=1)


def test_a_remark_is_short_says_something_and_names_no_number() -> None:
    said = arranging.remark(received(), new_id(), " Hav medicinlisten klar ", LATER, DOCTOR)
    only = said.remarks[0]
    assert (only.text, only.side, only.entry) == ("Hav medicinlisten klar", "clinic", said.entries[-1].id)
    assert [e.kind for e in said.events] == ["remark-made"]
    for text, reason in (("", "required"), ("x" * 201, "too-long"), ("se 251248-9996", "looks-like-cpr")):
        with pytest.raises(InvalidField) as fault:
            arranging.remark(received(), new_id(), text, LATER, NURSE)
        assert fault.value.reason == reason


def test_a_remark_repeated_by_the_network_is_one() -> None:
    id = new_id()
    said = arranging.remark(received(), id, "Vi er forsinket", LATER, DOCTOR)
    assert arranging.remark(said, id, "Vi er forsinket", LATER, DOCTOR) is said


def test_sending_to_a_colleague_keeps_the_place_and_lays_a_ringing_call_back() -> None:
    taken = calling()
    sent = arranging.address_to(taken, "Omar Saleh", LATER, DOCTOR)
    entry = sent.entries[-1]
    assert (sent.status, entry.status, entry.addressed_to) == (Status.WAITING, EntryStatus.RECEIVED, "Omar Saleh")
    assert entry.place == taken.entries[-1].place
    with pytest.raises(TransitionRefused):
        arranging.address_to(calling(), "Omar Saleh", LATER, COLLEAGUE)


def test_moving_forward_needs_a_reason_and_has_been_seen() -> None:
    first = NOW - timedelta(minutes=5)
    moved = arranging.move_forward(received(), first, "worse", LATER, DOCTOR).entries[-1]
    assert (moved.place, moved.seen_at) == (first, LATER)
    with pytest.raises(InvalidField):
        arranging.move_forward(received(), first, "", LATER, DOCTOR)


def test_d09_a_time_offered_by_one_side_is_agreed_by_the_other() -> None:
    offered = arranging.propose_time(received(), TOMORROW, LATER, DOCTOR)
    with pytest.raises(TransitionRefused):
        arranging.agree_time(offered, LATER, DOCTOR)
    agreed = arranging.agree_time(fresh(offered), LATER, NURSE)
    entry = agreed.entries[-1]
    assert (agreed.status, agreed.agreed_at, entry.place) == (Status.PLANNED, TOMORROW, TOMORROW)
    assert entry.expires_at == TOMORROW + timedelta(minutes=60)
    assert clocks.deadline(agreed) == TOMORROW - timedelta(minutes=15)
    other = arranging.propose_time(fresh(offered), TOMORROW + timedelta(hours=1), LATER, NURSE)
    assert other.entries[-1].proposed_by == "employee"
    assert arranging.agree_time(other, LATER, DOCTOR).agreed_at == TOMORROW + timedelta(hours=1)


def test_d09_both_see_that_the_agreed_time_has_passed_and_after_an_hour_it_is_over() -> None:
    agreed = planned().agreed_at
    assert agreed is not None
    consultation = fresh(queueing.come_forward(planned(), agreed - timedelta(minutes=15), SYSTEM))
    seen = fresh(queueing.see(consultation, consultation.entries[-1].id, agreed - timedelta(minutes=14), DOCTOR))
    five = agreed + timedelta(minutes=5)
    assert clocks.deadline(seen) == five
    told = clocks.run_out(seen, five, SYSTEM, ORGANISATION)
    assert [e.kind for e in told.events] == ["agreed-time-passed"]
    assert clocks.deadline(told) == seen.entries[-1].expires_at
    hour = fresh(replace(told, entries=(replace(told.entries[-1], expires_at=agreed + timedelta(minutes=60)),)))
    over = clocks.run_out(hour, agreed + timedelta(minutes=60), SYSTEM, ORGANISATION)
    assert over.entries[-1].status is EntryStatus.EXPIRED


def test_a_rejection_taken_back_in_time_stands_on_its_place_again() -> None:
    before = rejected()
    again = arranging.take_back_rejection(before, new_id(), LATER + timedelta(seconds=9), DOCTOR)
    old, new = again.entries
    assert (old.status, new.status, again.status) == (EntryStatus.REJECTED, EntryStatus.RECEIVED, Status.WAITING)
    assert (new.place, new.seen_at is not None, new.ended_reason) == (old.place, True, "")
    assert [d.kind for d in again.debts] == [DebtKind.ENQUEUE]
    with pytest.raises(TransitionRefused) as late:
        arranging.take_back_rejection(before, new_id(), LATER + timedelta(seconds=16), DOCTOR)
    assert late.value.because == "too-late"


def test_a_rejection_the_employee_has_acted_on_is_not_taken_back() -> None:
    left = fresh(queueing.give_up(rejected(), LATER, NURSE))
    with pytest.raises(TransitionRefused):
        arranging.take_back_rejection(left, new_id(), LATER, DOCTOR)
    assert RejectReason(rejected().entries[-1].ended_reason) is RejectReason.NOT_OUR_PATIENT


def test_d10_the_second_miss_parks_and_ready_brings_back() -> None:
    once = fresh(ringing.miss(calling(), LATER, SYSTEM))
    assert (once.entries[-1].parked_at, once.availability) == (None, Availability.AWAY)
    twice = fresh(ringing.miss(fresh(ringing.accept(once, LATER, DOCTOR)), LATER, SYSTEM))
    parked = twice.entries[-1]
    assert (parked.parked_at, parked.place, twice.status) == (LATER, once.entries[-1].place, Status.WAITING)
    ready = queueing.step_away(twice, Availability.HERE, LATER, NURSE).entries[-1]
    assert (ready.parked_at, ready.place) == (None, parked.place)


def test_d10_going_away_and_coming_back_is_told_to_the_practice() -> None:
    away = queueing.step_away(received(), Availability.AWAY, LATER, NURSE)
    assert (away.availability, away.availability_at) == (Availability.AWAY, LATER)
    assert [d.kind for d in away.debts] == [DebtKind.ENTRY_UPDATE]
