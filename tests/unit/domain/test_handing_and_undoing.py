"""Another employee, another practice, the wrong citizen, notes by hand: what goes along, what is gone (D1, D7, D11)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.domain.consultation import opening, queueing, ringing, talking, transferring, undoing
from gateway.domain.consultation.aggregate import Consultation, Ending, Status
from gateway.domain.consultation.events import DebtKind
from gateway.domain.consultation.queue_entry import Basis, EntryStatus, RejectReason
from gateway.domain.errors import InvalidField, TransitionRefused
from gateway.domain.note import review
from gateway.domain.note.note import NoteStatus
from gateway.domain.people import ParticipantRole
from tests.support.consultations import DOCTOR, NURSE, PRACTICE, REASON, SECOND, placed
from tests.unit.domain.stories import (
    COLLEAGUE,
    IN_STATUS,
    LATER,
    ORGANISATION,
    RELIEF,
    calling,
    filed,
    fresh,
    in_call,
    in_review,
    received,
    rejected,
    transfer,
)

BEFORE_THE_TALK = (Status.PLANNED, Status.WAITING, Status.CALLING)


def held(consultation: Consultation) -> Consultation:
    """Through the talk to the approved note."""
    rung = ringing.answer(ringing.accept(consultation, LATER, DOCTOR, DOCTOR.name), LATER, NURSE)
    talk = ringing.start_talk(rung, LATER, NURSE)
    ended = talking.hang_up(talk, LATER, NURSE)
    return review.approve(ended, ended.cases[0].id, "Aftalt", ORGANISATION, LATER, NURSE)


def test_d01_a_rejected_consultation_goes_to_a_second_practice_with_the_same_text_and_consent() -> None:
    no = rejected()
    again = placed(no, SECOND, at=LATER)
    assert (len(again.entries), again.reason, again.cases) == (2, REASON, no.cases)
    assert [d.kind for d in again.debts] == [DebtKind.ENQUEUE]
    assert again.entries[0] == no.entries[0], "the first practice's entry is history"
    notes = [debt for debt in held(fresh(again)).debts if debt.kind is DebtKind.NOTE]
    assert len(notes) == 1, "two entries, one note"


def test_d01_a_transfer_ends_one_entry_and_opens_the_next_where_it_stood() -> None:
    before = received()
    moved = transfer(before, LATER, NURSE)
    left, taken = moved.entries
    assert (left.status, left.ended_reason) == (EntryStatus.TRANSFERRED, "transferred")
    assert (taken.basis, taken.place, taken.status) == (Basis.TRANSFERRED, left.place, EntryStatus.REQUESTED)
    assert (moved.status, moved.reason, moved.cases) == (Status.WAITING, REASON, before.cases)
    told = {(debt.kind, debt.connection, debt.subject) for debt in moved.debts}
    assert told == {(DebtKind.ENTRY_UPDATE, "gp-one", left.id), (DebtKind.ENQUEUE, "gp-two", taken.id)}


def test_d01_what_a_doctor_has_taken_is_not_transferred_from_under_her() -> None:
    with pytest.raises(TransitionRefused) as refusal:
        transfer(calling(), LATER, NURSE)
    assert (refusal.value.because, refusal.value.who) == ("taken", DOCTOR.name)


def test_d10_what_a_doctor_has_taken_is_hers_to_reject() -> None:
    with pytest.raises(TransitionRefused) as refusal:
        queueing.reject(calling(), RejectReason.NOT_TODAY, "", LATER, COLLEAGUE)
    assert (refusal.value.because, refusal.value.who) == ("taken", DOCTOR.name)
    assert queueing.reject(calling(), RejectReason.NOT_TODAY, "", LATER, DOCTOR).status is Status.DECIDING


@pytest.mark.parametrize("status", BEFORE_THE_TALK)
def test_d07_whoever_takes_over_keeps_the_place_and_the_practice_learns_whom_to_ring(status: Status) -> None:
    before = IN_STATUS[status]()
    assert before.workstation is not None
    station = replace(before.workstation, phone="70998877")
    taken = transferring.take_over(before, station, LATER, RELIEF)
    assert (taken.responsible, taken.responsible_name) == (RELIEF.id, RELIEF.name)
    assert taken.status is status and taken.entries[-1].place == before.entries[-1].place
    assert taken.workstation == station and taken.cases == before.cases
    assert [p.name for p in taken.participants if p.role is ParticipantRole.EMPLOYEE] == [RELIEF.name]
    assert [debt.kind for debt in taken.debts] == [DebtKind.ENTRY_UPDATE]
    assert [(e.kind, e.detail["former"]) for e in taken.events] == [("taken-over", NURSE.id)]


def test_d07_a_talk_is_not_taken_from_whoever_holds_it() -> None:
    joined = ringing.answer(calling(), LATER, NURSE)
    for busy in (in_call(), joined):
        with pytest.raises(TransitionRefused) as refusal:
            transferring.take_over(busy, busy.workstation, LATER, RELIEF)
        assert (refusal.value.because, refusal.value.who) == ("talk-begun", NURSE.name)


def test_d07_a_note_finished_by_a_colleague_still_names_who_was_there() -> None:
    taken = transferring.take_over(in_review(), None, LATER, RELIEF)
    note = review.approve(taken, taken.cases[0].id, "Aftalt", ORGANISATION, LATER, RELIEF).cases[0].current_note
    assert note is not None and note.facts is not None
    assert (note.facts.employee, note.approved_by) == (NURSE.name, RELIEF.name)


@pytest.mark.parametrize("status", [s for s in Status if s is not Status.CLOSED])
def test_d11_the_wrong_citizen_leaves_no_text_and_no_note(status: Status) -> None:
    wrong = queueing.withdraw(IN_STATUS[status](), "wrong-citizen", LATER, NURSE)
    assert (wrong.status, wrong.ending, wrong.reason) == (Status.CLOSED, Ending.WRONG_CITIZEN, "")
    for note in (n for c in wrong.cases for n in c.notes):
        assert (note.status, note.employee_text, note.clinic_text, note.facts) == (NoteStatus.VOID, "", "", None)
    assert not [d for d in wrong.debts if d.kind is DebtKind.NOTE]
    assert not wrong.entry_open
    assert queueing.withdraw(wrong, "wrong-citizen", LATER, NURSE) is wrong


def test_d11_every_practice_that_had_the_wrong_citizen_is_told_to_forget() -> None:
    second = fresh(placed(rejected(), SECOND, at=LATER, connections=("gp-two",)))
    wrong = queueing.withdraw(second, "wrong-citizen", LATER, NURSE)
    assert {(d.kind, d.connection) for d in wrong.debts} == {
        (DebtKind.ENTRY_UPDATE, "gp-one"),
        (DebtKind.ENTRY_UPDATE, "gp-two"),
    }
    assert [e.status for e in wrong.entries] == [EntryStatus.REJECTED, EntryStatus.WITHDRAWN]


def test_d11_a_call_with_the_wrong_citizen_is_withdrawn_not_completed() -> None:
    wrong = queueing.withdraw(in_call(), "wrong-citizen", LATER, NURSE)
    assert (wrong.entries[-1].status, wrong.entries[-1].ended_reason) == (EntryStatus.WITHDRAWN, "wrong-citizen")


def test_d11_a_filed_note_about_the_wrong_citizen_is_owed_a_retraction() -> None:
    wrong = queueing.withdraw(filed(), "wrong-citizen", LATER, NURSE)
    note = wrong.cases[0].current_note
    assert note is not None and (note.status, note.employee_text, note.facts) == (NoteStatus.RETRACT, "", None)
    assert (wrong.ending, wrong.reason) == (Ending.WRONG_CITIZEN, "")
    gone = undoing.confirm_retracted(fresh(wrong), wrong.cases[0].id, LATER, RELIEF)
    assert [n.status for n in gone.cases[0].notes] == [NoteStatus.VOID]


def test_d11_by_telephone_nobody_answered_and_the_place_is_kept() -> None:
    waiting = received()
    tried = talking.phone_unreached(waiting, LATER, NURSE)
    assert (tried.status, tried.entries) == (Status.WAITING, waiting.entries)
    assert [event.kind for event in tried.events] == ["phone-unreached"]
    left = talking.phone_unreached(in_call(), LATER, NURSE)
    assert (left.status, left.ending, left.technical_failure) == (Status.REVIEW, Ending.BROKEN_OFF, "technical")


def test_d11_what_no_practice_could_take_is_not_started_and_leaves_no_text() -> None:
    draft = IN_STATUS[Status.DRAFT]()
    ended = opening.leave_unstarted(draft, "not-connected", LATER, NURSE)
    assert (ended.ending, ended.reason, ended.entries) == (Ending.NOT_STARTED, "", ())
    with pytest.raises(InvalidField):
        opening.leave_unstarted(draft, "boredom", LATER, NURSE)


def test_d12_a_note_written_by_hand_is_finished_and_a_later_text_tries_once_more() -> None:
    gone = filed()
    by_hand = fresh(undoing.written_by_hand(gone, gone.cases[0].id, LATER, NURSE))
    note = by_hand.cases[0].current_note
    assert note is not None and note.status is NoteStatus.BY_HAND
    later = review.add_clinic_text(by_hand, by_hand.cases[0].id, "Husk kontrol", LATER + timedelta(minutes=5), DOCTOR)
    assert [n.status for n in later.cases[0].notes] == [NoteStatus.BY_HAND, NoteStatus.APPROVED]


@pytest.mark.parametrize("reason", [RejectReason.NOT_OUR_PATIENT, RejectReason.NOT_TODAY])
def test_d11_a_transferred_or_rejected_entry_never_opens_again(reason: RejectReason) -> None:
    moved = fresh(transfer(received(), LATER, NURSE))
    ended = queueing.reject(moved, reason, "", LATER, DOCTOR)
    assert [e.status for e in ended.entries] == [EntryStatus.TRANSFERRED, EntryStatus.REJECTED]
    assert ended.entries[0].ydernummer == PRACTICE
