"""Øvekald: the script plays the practice's side by the clocks, and nothing is owed to anybody (N23, D18)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from gateway.domain.citizen.citizen import OwnPractice
from gateway.domain.consultation import clocks, opening, queueing, rehearsal_script, ringing, talking, transferring
from gateway.domain.consultation.aggregate import Availability, Consultation, Status
from gateway.domain.consultation.queue_entry import Basis, Placement
from gateway.domain.consultation.rehearsal import DOCTOR, NUMBER, own_practice
from gateway.domain.errors import InvalidField
from gateway.domain.identifiers import Ydernummer
from gateway.domain.launch import LaunchChannel
from gateway.domain.note import review
from gateway.domain.note.note import NoteStatus
from gateway.domain.people import SYSTEM
from tests.support.consultations import ELSEWHERE, NOW, NURSE, draft, new_id, placed

ORGANISATION = "Fjordby Kommune"


def begun() -> Consultation:
    return replace(draft(), channel=LaunchChannel.REHEARSAL)


def played(consultation: Consultation, until: datetime) -> tuple[Consultation, datetime]:
    """Each clock at its moment, up to ``until`` or to a status in which it is the employee's turn; and when."""
    now = NOW
    while consultation.status is Status.WAITING:
        due = clocks.deadline(consultation)
        if due is None or due > until:
            break
        now = due
        consultation = clocks.run_out(consultation, now, SYSTEM, ORGANISATION)
    return consultation, now


def test_the_practice_receives_sees_writes_and_rings_within_a_quarter_of_a_minute() -> None:
    waiting = placed(begun(), NUMBER, connections=())
    assert rehearsal_script.places_before(waiting) == 1
    ringing_, at = played(waiting, NOW + timedelta(minutes=1))
    assert [event.kind for event in ringing_.events if event.actor == DOCTOR] == [
        "received",
        "seen",
        "remark-made",
        "accepted",
    ]
    assert ringing_.status is Status.CALLING and at - NOW <= timedelta(seconds=15)
    assert rehearsal_script.places_before(ringing_) == 0


def test_who_does_not_answer_is_rung_again_once_she_says_that_she_is_ready() -> None:
    ringing_, at = played(placed(begun(), NUMBER, connections=()), NOW + timedelta(minutes=1))
    missed = clocks.run_out(ringing_, at + timedelta(minutes=2), SYSTEM, ORGANISATION)
    assert missed.status is Status.WAITING and rehearsal_script.next_step(missed) is None
    ready = queueing.step_away(missed, Availability.HERE, at + timedelta(minutes=3), NURSE)
    again, _ = played(ready, at + timedelta(minutes=4))
    assert again.status is Status.CALLING


def test_from_beginning_to_end_nothing_is_owed_and_the_note_asks_nobody() -> None:
    ringing_, at = played(placed(begun(), NUMBER, connections=()), NOW + timedelta(minutes=1))
    talk = ringing.start_talk(ringing.answer(ringing_, at, NURSE), at, SYSTEM)
    ended = talking.hang_up(talk, at, NURSE)
    filed = review.approve(ended, ended.cases[0].id, "Aftalt", ORGANISATION, at, NURSE)
    assert filed.status is Status.CLOSED and filed.debts == ()
    note = filed.cases[0].notes[-1]
    assert note.status is NoteStatus.BY_HAND and not note.is_owed and note.facts is not None
    left = clocks.run_out(ended, ended.review_until or at, SYSTEM, ORGANISATION)  # also where she just walks away
    assert left.status is Status.CLOSED and left.debts == ()


@pytest.mark.parametrize("rehearsed", [True, False], ids=["a rehearsal at a real practice", "a real one at ours"])
def test_the_two_worlds_do_not_meet(rehearsed: bool) -> None:
    consultation = begun() if rehearsed else draft()
    own, other = (NUMBER, ELSEWHERE) if rehearsed else (ELSEWHERE, NUMBER)
    with pytest.raises(InvalidField):
        placed(consultation, other)
    with pytest.raises(InvalidField):
        opening.choose_practice(consultation, consultation.cases[0].id, _practice(other), NURSE, NOW)
    there = Placement(new_id(), other, "Et andet sted", Basis.CHOSEN, ("gp",), NOW + timedelta(hours=1))
    with pytest.raises(InvalidField):
        transferring.transfer(placed(consultation, own), there, NOW, NURSE)


def _practice(ydernummer: Ydernummer) -> OwnPractice:
    return replace(own_practice(NOW.date()), ydernummer=ydernummer)


def test_nobody_can_name_the_invented_practice_by_its_number() -> None:
    with pytest.raises(InvalidField):
        Ydernummer.parse(str(NUMBER))
