"""Every clock of the day in virtual time (D20): just before, nothing; at the moment, the event.

Each clock runs on an ordinary day and over both nights on which Copenhagen changes its clocks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from gateway.domain.consultation import clocks, device_handover, queueing, ringing, talking
from gateway.domain.consultation.aggregate import Consultation, Ending, Status
from gateway.domain.consultation.queue_entry import EntryStatus, RejectReason
from gateway.domain.errors import TransitionRefused
from gateway.domain.note import review
from gateway.domain.note.note import NoteStatus
from gateway.domain.people import SYSTEM, Form
from gateway.domain.practice import COPENHAGEN
from gateway.web.arrival.launch import ADDRESS
from tests.support.consultations import DOCTOR, NURSE, draft, placed
from tests.unit.domain.stories import ORGANISATION

MONDAY, SPRING, AUTUMN = date(2026, 11, 23), date(2026, 3, 29), date(2026, 10, 25)
TICK = timedelta(microseconds=1)


def local(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), COPENHAGEN).astimezone(UTC)


STARTS = {
    "an ordinary day": local(MONDAY, 9, 30),
    "the night of 23 hours": local(SPRING, 0, 30),
    "the night of 25 hours": local(AUTUMN, 0, 30),
}


def queued(at: datetime, *, agreed: timedelta | None = None, closes: timedelta | None = None) -> Consultation:
    """Placed at ``at``, agreed for or closing so much later."""
    wanted, closing = at + agreed if agreed else None, at + closes if closes else None
    made = placed(replace(draft(at=at), agreed_at=wanted), at=at)
    entry = replace(made.entries[-1], expires_at=clocks.waiting_ends(at, wanted, closing))
    return made.with_entry(entry).committed()


def told(at: datetime, **how: timedelta) -> Consultation:
    """As ``queued``, and somebody there has seen it."""
    made = queued(at, **how)
    return queueing.see(made, made.entries[-1].id, at, DOCTOR).committed()


def ringing_at(at: datetime) -> Consultation:
    return ringing.accept(told(at), at, DOCTOR, DOCTOR.name).committed()


def ringing_again(at: datetime) -> Consultation:
    missed = ringing.miss(ringing_at(at), at, SYSTEM).committed()
    return ringing.accept(missed, at, DOCTOR, DOCTOR.name).committed()


def talking_at(at: datetime) -> Consultation:
    return ringing.start_talk(ringing.answer(ringing_at(at), at, NURSE), at, SYSTEM).committed()


def reviewed_at(at: datetime) -> Consultation:
    return talking.hang_up(talking_at(at), at, NURSE).committed()


def last_agreed(at: datetime) -> Consultation:
    """Agreed for now, and both have been told that the time has passed."""
    made = told(at, agreed=timedelta(minutes=1))
    return made.with_entry(replace(made.entries[-1], past_agreed_at=at))


@dataclass(frozen=True)
class Row:
    """``made`` at the start; after ``runs`` the timeline says ``event`` and the consultation stands in ``to``."""

    name: str
    made: Callable[[datetime], Consultation]
    runs: timedelta
    event: str
    to: Status
    holds: Callable[[Consultation], bool] = lambda _: True


HOURS, MINUTES, SECONDS = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
TABLE = [
    Row("draft not queued", lambda at: draft(at=at).committed(), 2 * HOURS, "abandoned", Status.CLOSED,
        lambda c: (c.reason, c.debts, c.ending) == ("", (), Ending.ABANDONED)),
    Row("planned enters the queue", lambda at: queued(at, agreed=3 * HOURS), 165 * MINUTES, "placed", Status.WAITING),
    Row("not received by the peer", queued, clocks.NOT_RECEIVED, "not-received-in-time", Status.WAITING),
    Row("not seen", lambda at: _received(queued(at), at), 5 * MINUTES, "not-seen-in-time", Status.WAITING),
    Row("calling", ringing_at, 60 * SECONDS, "ring-missed", Status.WAITING,
        lambda c: c.entries[-1].parked_at is None and c.entries[-1].status is EntryStatus.RECEIVED),
    Row("calling, made longer", lambda at: ringing.extend_ring(ringing_at(at), at, NURSE).committed(), 120 * SECONDS,
        "ring-missed", Status.WAITING),
    Row("calling, the second miss", ringing_again, 60 * SECONDS, "ring-missed", Status.WAITING,
        lambda c: c.entries[-1].parked_at is not None),
    Row("answered, no media", lambda at: ringing.answer(ringing_at(at), at, NURSE).committed(), 120 * SECONDS,
        "ring-missed", Status.WAITING, lambda c: c.entries[-1].parked_at is None),
    Row("agreed time passed", lambda at: told(at, agreed=10 * MINUTES), 15 * MINUTES, "agreed-time-passed",
        Status.WAITING),
    Row("agreed time long passed", last_agreed, 61 * MINUTES, "expired", Status.DECIDING),
    Row("waiting without an agreement", told, 4 * HOURS, "expired", Status.DECIDING),
    Row("the clinic has closed", lambda at: told(at, closes=30 * MINUTES), 45 * MINUTES, "expired", Status.DECIDING,
        lambda c: c.entries[-1].ended_reason == "not-answered"),
    Row("the longest talk", talking_at, 4 * HOURS, "call-ended", Status.REVIEW),
    Row("note in review", reviewed_at, 15 * MINUTES, "note-sent-unreviewed", Status.CLOSED,
        lambda c: c.cases[0].notes[-1].status is NoteStatus.UNREVIEWED),
]  # fmt: skip


def _received(consultation: Consultation, at: datetime) -> Consultation:
    return queueing.receive(consultation, consultation.entries[-1].id, at, DOCTOR).committed()


def ran_out(consultation: Consultation, at: datetime) -> Consultation:
    return clocks.run_out(consultation, at, SYSTEM, ORGANISATION)


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS.keys())
@pytest.mark.parametrize("row", TABLE, ids=[row.name for row in TABLE])
def test_d20_just_before_nothing_and_at_the_moment_the_event(row: Row, start: datetime) -> None:
    before, due = row.made(start), start + row.runs
    assert clocks.deadline(before) == due
    assert ran_out(before, due - TICK) is before
    after = ran_out(before, due)
    assert row.event in [event.kind for event in after.events]
    assert after.status is row.to and row.holds(after)


def test_d20_what_the_page_is_promised_within_fifteen_seconds_is_said_in_time() -> None:
    assert timedelta(seconds=15) >= clocks.NOT_RECEIVED


def test_d20_what_lies_outside_the_consultation_has_its_span_too() -> None:
    """The one-time address and the seats of a call nobody sits in; that they act on it is tried with their stores."""
    assert ADDRESS / SECONDS == 30
    assert clocks.EMPTY_CALL / MINUTES == 5


def rejected_at(at: datetime) -> Consultation:
    return queueing.reject(told(at), RejectReason.NOT_TODAY, "", at, DOCTOR).committed()


@pytest.mark.parametrize("day", [MONDAY, SPRING, AUTUMN])
def test_d20_nothing_waits_across_local_midnight(day: date) -> None:
    """The eve of the change and the changed day itself; what is decided by nobody ends with its day too."""
    for eve in (day - timedelta(days=1), day):
        at, midnight = local(eve, 22), local(eve + timedelta(days=1), 0)
        for before, to in ((told(at), Status.DECIDING), (rejected_at(at), Status.CLOSED)):
            due = clocks.deadline(before)
            assert due is not None and due.astimezone(UTC) == midnight
            assert ran_out(before, midnight - TICK) is before
            assert ran_out(before, midnight).status is to


@pytest.mark.parametrize("day", [MONDAY, SPRING, AUTUMN])
def test_d20_planned_and_review_wait_across_local_midnight(day: date) -> None:
    at, midnight = local(day, 23, 50), local(day + timedelta(days=1), 0)
    planned = queued(at, agreed=10 * HOURS)
    assert ran_out(planned, midnight) is planned
    assert clocks.deadline(planned) == at + 10 * HOURS - 15 * MINUTES
    reviewed = reviewed_at(at)
    assert ran_out(reviewed, midnight) is reviewed
    assert clocks.deadline(reviewed) == at + 15 * MINUTES


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS.keys())
def test_d20_the_clinics_later_text_is_taken_for_a_day(start: datetime) -> None:
    over = ran_out(reviewed_at(start), start + 15 * MINUTES).committed()
    sent, case = start + 15 * MINUTES, over.cases[0].id
    late = review.add_clinic_text(over, case, "Set på video", sent + 24 * HOURS, DOCTOR)
    assert late.cases[0].notes[-1].version == 2
    with pytest.raises(TransitionRefused):
        review.add_clinic_text(over, case, "Set på video", sent + 24 * HOURS + TICK, DOCTOR)


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS.keys())
def test_d20_the_citizens_page_is_blank_two_minutes_after_the_call(start: datetime) -> None:
    alone = replace(told(start), form=Form.CITIZEN_ALONE)
    given = device_handover.hand_over(alone, True, start, NURSE)
    taken = ringing.accept(given, start, DOCTOR, DOCTOR.name)
    talk = ringing.start_talk(ringing.answer(taken, start, NURSE), start, SYSTEM)
    over = talking.hang_up(talk, start + HOURS, DOCTOR)
    blank = start + HOURS + 2 * MINUTES
    assert device_handover.citizen_screen(over, blank - TICK) == "ended"
    assert device_handover.citizen_screen(over, blank) == "blank"
