"""Every state has a clock, and what happens when it runs out, in virtual time (D20)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from gateway.domain.consultation import clocks, queueing, ringing
from gateway.domain.consultation.aggregate import Availability, Consultation, Ending, Status
from gateway.domain.consultation.queue_entry import EntryStatus
from gateway.domain.note.note import NoteStatus
from gateway.domain.people import PEER_ROLE, SYSTEM, Actor, ActorKind, Participant, ParticipantRole, Seat
from gateway.domain.practice import COPENHAGEN
from tests.support.consultations import DOCTOR, NOW, NURSE, draft, new_id, placed, waiting
from tests.unit.domain.stories import (
    IN_STATUS,
    LATER,
    ORGANISATION,
    calling,
    fresh,
    in_call,
    in_review,
    planned,
    received,
    rejected,
)

SECOND = timedelta(seconds=1)
AGREED = NOW + timedelta(hours=3)


def ran_out(consultation: Consultation, at: datetime) -> Consultation:
    return clocks.run_out(consultation, at, SYSTEM, ORGANISATION)


@pytest.mark.parametrize("status", [s for s in Status if s is not Status.CLOSED])
def test_every_state_but_the_last_has_a_clock(status: Status) -> None:
    consultation = IN_STATUS[status]()
    due = clocks.deadline(consultation)
    assert due is not None
    assert ran_out(consultation, due - SECOND) is consultation, "nothing happens before the time"
    assert ran_out(consultation, due) != consultation, "the clock does something"


def test_what_is_closed_has_no_clock() -> None:
    assert clocks.deadline(IN_STATUS[Status.CLOSED]()) is None


@pytest.mark.parametrize("status", Status)
def test_left_alone_everything_ends_closed(status: Status) -> None:
    """Virtual time: jump from deadline to deadline; no clock ever stands still or runs backwards."""
    consultation, now, steps = IN_STATUS[status](), LATER, 0
    while (due := clocks.deadline(consultation)) is not None:
        now = max(now, due.astimezone(UTC))
        after = ran_out(consultation, now)
        assert after != consultation, f"{consultation.status} stands still at {now}"
        consultation, steps = after.committed(), steps + 1
        assert steps < 20
    assert consultation.status is Status.CLOSED
    assert now < NOW + timedelta(days=3)


def test_a_draft_nobody_queues_is_gone_after_two_hours_with_its_text() -> None:
    left = ran_out(draft(), NOW + timedelta(hours=2))
    assert (left.status, left.ending, left.reason) == (Status.CLOSED, Ending.ABANDONED, "")
    assert not left.debts


def test_d09_an_agreed_time_enters_the_queue_fifteen_minutes_before() -> None:
    consultation = planned()
    assert clocks.deadline(consultation) == AGREED - timedelta(minutes=15)
    forward = ran_out(consultation, AGREED - timedelta(minutes=15))
    assert forward.status is Status.WAITING
    assert forward.entries[-1].place == AGREED


def test_a_planned_entry_is_not_called_unreceived_hours_too_early() -> None:
    forward = fresh(ran_out(planned(), AGREED - timedelta(minutes=15)))
    assert clocks.deadline(forward) == AGREED - timedelta(minutes=15) + clocks.NOT_RECEIVED


def test_d08_the_nurse_is_told_after_fifteen_seconds_without_receipt_and_once() -> None:
    told = ran_out(fresh(waiting()), NOW + timedelta(seconds=15))
    assert [e.kind for e in told.events] == ["not-received-in-time"]
    assert told.status is Status.WAITING
    again = ran_out(fresh(told), NOW + timedelta(seconds=16))
    assert not again.events


def test_d08_the_nurse_is_told_after_five_minutes_unseen_and_once() -> None:
    told = ran_out(received(), NOW + timedelta(minutes=5))
    assert [e.kind for e in told.events] == ["not-seen-in-time"]
    assert not ran_out(fresh(told), NOW + timedelta(minutes=6)).events


def test_a_ring_lasts_a_minute_and_then_the_place_is_kept() -> None:
    ringing_now = calling()
    assert clocks.deadline(ringing_now) == NOW + timedelta(seconds=60)
    back = ran_out(ringing_now, NOW + timedelta(seconds=60))
    entry = back.entries[-1]
    assert (back.status, entry.status, entry.misses) == (Status.WAITING, EntryStatus.RECEIVED, 1)
    assert entry.place == ringing_now.entries[-1].place
    assert back.availability is Availability.AWAY
    assert back.debts, "the practice's system is told"


def test_a_ring_is_made_longer_once() -> None:
    longer = ringing.extend_ring(calling(), NOW, NURSE)
    assert clocks.deadline(longer) == NOW + timedelta(seconds=120)
    assert ringing.extend_ring(longer, NOW, NURSE) == longer


def test_whoever_answered_has_two_minutes_until_media_flows() -> None:
    answered = ringing.answer(calling(), NOW + timedelta(seconds=50), NURSE)
    assert clocks.deadline(answered) == NOW + timedelta(seconds=170)
    back = ran_out(answered, NOW + timedelta(seconds=170))
    assert back.status is Status.WAITING
    assert back.availability is Availability.HERE, "somebody who answered is not away"


def test_a_doctor_who_took_it_in_her_own_system_has_time_to_log_in_here() -> None:
    """Her login takes nothing of the ring, and once she is here media has its whole time (C13)."""
    peer = Actor(ActorKind.PEER, "gp-one:lha", "Lise Hansen", PEER_ROLE)
    taken = fresh(ringing.accept(received(), NOW, peer, "Lise Hansen"))
    answered = fresh(ringing.answer(taken, NOW + timedelta(seconds=50), NURSE))
    assert ringing.is_on_her_way(answered)
    assert not ran_out(answered, NOW + timedelta(minutes=5)).events
    here = NOW + timedelta(minutes=5)
    person = Participant(ringing.clinician_id(answered, DOCTOR), ParticipantRole.CLINICIAN, "Lise Hansen")
    arrived, _ = ringing.claim_seat(answered, person, Seat(new_id(), person.id, "clinic", 1, here), DOCTOR, move=False)
    assert not ringing.is_on_her_way(arrived)
    assert clocks.deadline(arrived) == here + timedelta(minutes=2)
    back = ran_out(fresh(arrived), here + timedelta(minutes=2))
    assert (back.status, back.entries[-1].came_back) == (Status.WAITING, "no-media")


def test_the_longest_talk_ends_as_held() -> None:
    ended = ran_out(in_call(), NOW + timedelta(hours=4))
    assert (ended.status, ended.ending) == (Status.REVIEW, Ending.HELD_ON_VIDEO)


def test_a_note_nobody_approves_goes_after_fifteen_minutes_marked() -> None:
    review = in_review()
    assert clocks.deadline(review) == LATER + timedelta(minutes=15)
    sent = ran_out(review, LATER + timedelta(minutes=15))
    note = sent.cases[0].current_note
    assert note is not None
    assert (note.status, note.approved_by, sent.status) == (NoteStatus.UNREVIEWED, "", Status.CLOSED)
    assert len(sent.debts) == 1


def test_whoever_is_to_decide_has_until_midnight() -> None:
    deciding = rejected()
    due = clocks.deadline(deciding)
    assert due == datetime.combine(date(2026, 11, 24), time(0), COPENHAGEN)
    over = ran_out(deciding, due)
    assert (over.status, over.ending) == (Status.CLOSED, Ending.REJECTED)


def test_nobody_answering_owes_a_note_that_contact_was_tried() -> None:
    consultation = fresh(queueing.expire(received(), "not-answered", LATER, SYSTEM))
    due = clocks.deadline(consultation)
    assert due is not None
    over = ran_out(consultation, due)
    assert over.ending is Ending.NOT_ANSWERED
    note = over.cases[0].current_note
    assert note is not None and note.facts is not None
    assert (note.facts.modality, note.facts.outcome) == ("none", "not-answered")
    assert [d.kind for d in over.debts] == ["note"]


def local(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), COPENHAGEN).astimezone(UTC)


MONDAY, SPRING, AUTUMN = date(2026, 11, 23), date(2026, 3, 29), date(2026, 10, 25)
ENDS = [
    ("four hours", local(MONDAY, 9), None, None, local(MONDAY, 13)),
    ("the clinic closes", local(MONDAY, 13), None, local(MONDAY, 15), local(MONDAY, 15, 15)),
    ("four hours before it closes", local(MONDAY, 9), None, local(MONDAY, 18), local(MONDAY, 13)),
    ("an agreed time", local(MONDAY, 9), local(MONDAY, 11, 15), None, local(MONDAY, 12, 15)),
    ("an agreed time after closing", local(MONDAY, 9), local(MONDAY, 16), local(MONDAY, 15), local(MONDAY, 17)),
    ("an agreed time that has passed", local(MONDAY, 12), local(MONDAY, 11), None, local(MONDAY, 13)),
    ("midnight", local(MONDAY, 22), None, None, local(MONDAY + timedelta(days=1), 0)),
    ("midnight after an agreed time", local(MONDAY, 9), local(MONDAY, 23, 30), None, local(date(2026, 11, 24), 0)),
    (
        "an agreed time another day",
        local(MONDAY, 9),
        local(date(2026, 11, 25), 10),
        None,
        local(date(2026, 11, 25), 11),
    ),
    ("the short night", local(SPRING, 0, 30), None, None, local(SPRING, 0, 30) + timedelta(hours=4)),
    ("the short day", local(SPRING, 21), None, None, local(SPRING + timedelta(days=1), 0)),
    ("the long day", local(AUTUMN, 21), None, None, local(AUTUMN + timedelta(days=1), 0)),
]


@pytest.mark.parametrize(("now", "agreed", "closes", "ends"), [row[1:] for row in ENDS], ids=[row[0] for row in ENDS])
def test_waiting_ends(now: datetime, agreed: datetime | None, closes: datetime | None, ends: datetime) -> None:
    assert clocks.waiting_ends(now, agreed, closes).astimezone(UTC) == ends


@pytest.mark.parametrize(("day", "hours"), [(MONDAY, 24), (SPRING, 23), (AUTUMN, 25)])
def test_midnight_is_the_local_one_on_every_day(day: date, hours: int) -> None:
    begins = local(day, 0)
    assert clocks.next_midnight(begins).astimezone(UTC) - begins == timedelta(hours=hours)


def test_waiting_that_ran_out_lets_the_employee_decide() -> None:
    consultation = received()
    over = ran_out(consultation, consultation.entries[-1].expires_at)
    assert (over.status, over.entries[-1].status) == (Status.DECIDING, EntryStatus.EXPIRED)
    assert over.reason == consultation.reason, "the text lives on for the next practice"


def test_an_entry_put_back_late_still_expires() -> None:
    """Accepted a minute before its time, laid back after it: the next tick ends it."""
    entry = received().entries[-1]
    near = entry.expires_at - timedelta(seconds=30)
    back = ringing.put_back(fresh(ringing.accept(received(), near, DOCTOR)), near + timedelta(minutes=1), DOCTOR)
    over = ran_out(fresh(back), near + timedelta(minutes=1))
    assert over.entries[-1].status is EntryStatus.EXPIRED


def test_an_early_accept_of_a_planned_call_has_its_ring_too() -> None:
    taken = ringing.accept(planned(), LATER, DOCTOR)
    assert clocks.deadline(taken) == LATER + timedelta(seconds=60)
    back = ran_out(fresh(taken), LATER + timedelta(seconds=60))
    assert back.status is Status.PLANNED
    assert replace(back.entries[-1]).place == AGREED


def test_placing_twice_restarts_the_telling() -> None:
    again = placed(rejected(), at=LATER)
    assert clocks.deadline(fresh(again)) == LATER + clocks.NOT_RECEIVED
