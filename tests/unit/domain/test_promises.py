"""What a nurse, a clinic and a record may rely on, one promise per test."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.consultation import opening, queueing, ringing, talking
from gateway.domain.consultation.aggregate import Availability, Consultation, Ending, Status
from gateway.domain.consultation.case import Consent, ConsentAnswer, Representative
from gateway.domain.consultation.events import Debt, DebtKind
from gateway.domain.consultation.queue_entry import Basis, EntryStatus, RejectReason
from gateway.domain.errors import InvalidField, TransitionRefused
from gateway.domain.launch import launch_key
from gateway.domain.note import review
from gateway.domain.note.note import Modality, NoteFacts, NoteStatus
from gateway.domain.people import SYSTEM, Form, Participant, ParticipantRole, Seat
from tests.support.consultations import DOCTOR, NOW, NURSE, REASON, case, draft, new_id, placed, waiting
from tests.unit.domain.stories import (
    COLLEAGUE,
    IN_STATUS,
    LATER,
    ORGANISATION,
    calling,
    consent,
    filed,
    fresh,
    in_call,
    in_review,
    received,
    refuse,
    rejected,
)


def facts_of(consultation: Consultation, number: int = 0) -> NoteFacts:
    note = consultation.cases[number].current_note
    assert note is not None and note.facts is not None
    return note.facts


def test_exactly_one_clinician_wins_and_the_other_is_told_who() -> None:
    taken = calling()
    with pytest.raises(TransitionRefused) as refusal:
        ringing.accept(taken, LATER, COLLEAGUE)
    assert (refusal.value.because, refusal.value.who) == ("taken", DOCTOR.name)


def test_the_winners_second_click_changes_nothing() -> None:
    taken = calling()
    assert ringing.accept(taken, LATER, DOCTOR) is taken


def test_a_doctor_who_comes_too_late_is_told_so() -> None:
    with pytest.raises(TransitionRefused) as refusal:
        ringing.accept(rejected(), LATER, DOCTOR)
    assert refusal.value.because == "ended"


def test_the_place_survives_accept_put_back_and_miss() -> None:
    consultation = received()
    place = consultation.entries[-1].place
    for _ in range(3):
        taken = ringing.accept(consultation, LATER, DOCTOR)
        missed = ringing.miss(taken, LATER, SYSTEM)
        consultation = ringing.put_back(ringing.accept(missed, LATER, COLLEAGUE), LATER, COLLEAGUE)
        assert consultation.entries[-1].place == place
    assert consultation.entries[-1].misses == 3


def test_after_a_put_back_the_next_doctor_is_not_named_as_the_former() -> None:
    back = ringing.put_back(calling(), LATER, DOCTOR)
    taken = ringing.accept(back, LATER, COLLEAGUE)
    assert taken.entries[-1].clinician == ""
    assert taken.entries[-1].accepted_name == COLLEAGUE.name


def test_who_clicked_is_not_who_talks() -> None:
    secretary = replace(COLLEAGUE, name="Sekretær Test Jensen")
    entry = ringing.accept(received(), LATER, secretary, "Lise Hansen").entries[-1]
    assert (entry.accepted_name, entry.clinician) == (secretary.name, "Lise Hansen")


def test_a_refusal_contacts_no_practice_and_owes_one_note() -> None:
    said_no = refuse(replace(draft(), cases=(replace(case(), consents=()),)), NOW, NURSE)
    closed = review.document_ending(said_no, ORGANISATION, NOW, NURSE)
    assert (closed.status, closed.ending, closed.entries) == (Status.CLOSED, Ending.CITIZEN_REFUSED, ())
    assert [d.kind for d in closed.debts] == [DebtKind.NOTE]
    facts = facts_of(closed)
    assert (facts.consent, facts.modality, facts.practice, facts.clinician) == ("refused", Modality.NONE, "", "")
    again = review.document_ending(refuse(fresh(closed), LATER, NURSE), ORGANISATION, LATER, NURSE)
    assert not again.debts, "a second click owes nothing more"


@pytest.mark.parametrize("status", [Status.WAITING, Status.CALLING, Status.IN_CALL, Status.REVIEW])
def test_a_refusal_cannot_close_what_a_practice_already_has(status: Status) -> None:
    with pytest.raises(TransitionRefused):
        refuse(IN_STATUS[status](), LATER, NURSE)


ENDINGS = [
    ("held", lambda: talking.hang_up(in_call(), LATER, NURSE), "held-on-video", "video", ""),
    ("technical", lambda: talking.break_off(in_call(), "technical", LATER, NURSE), "broken-off", "video", "technical"),
    ("acute", lambda: talking.break_off(in_call(), "acute", LATER, NURSE), "broken-off", "video", ""),
    ("wish", lambda: talking.break_off(in_call(), "citizen-wish", LATER, NURSE), "broken-off", "video", ""),
    ("phone", lambda: talking.held_by_phone(in_call(), "Lise Hansen", LATER, NURSE), "held-by-phone", "phone", ""),
    ("phone while waiting", lambda: talking.held_by_phone(received(), "Lise Hansen", LATER, NURSE), "held-by-phone",
     "phone", ""),
    ("phone after a break", lambda: talking.held_by_phone(
        talking.break_off(in_call(), "technical", LATER, NURSE), "Lise Hansen", LATER, NURSE),
     "held-by-phone", "phone", "technical"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("ended", "outcome", "modality", "failure"), [e[1:] for e in ENDINGS], ids=[e[0] for e in ENDINGS]
)
def test_the_note_says_how_it_ended(ended: object, outcome: str, modality: str, failure: str) -> None:
    talk: Consultation = ended()  # type: ignore[operator]
    if not talk.entries[-1].clinician:
        talk = ringing.name_clinician(talk, "Lise Hansen", LATER, NURSE)
    sent = review.approve(talk, talk.cases[0].id, "Aftalt", ORGANISATION, LATER, NURSE)
    facts = facts_of(sent)
    assert (facts.outcome, facts.modality, facts.technical_failure) == (outcome, modality, failure)
    assert (facts.clinician != "", facts.practice != "", facts.ydernummer) == (True, True, "012345")
    assert facts.consent_declared_by == NURSE.name
    assert (facts.reason, facts.employee, facts.organisation) == (REASON, NURSE.name, ORGANISATION)
    assert ("relative", "Datter Test Olsen") in facts.participants
    assert [d.kind for d in fresh_debts(sent)] == [DebtKind.NOTE]


def fresh_debts(consultation: Consultation) -> list[Debt]:
    return [d for d in consultation.debts if d.kind is DebtKind.NOTE]


def test_the_citizens_wish_to_stop_withdraws_the_consent() -> None:
    stopped = talking.break_off(in_call(), "citizen-wish", LATER, NURSE)
    answers = [c.answer for c in stopped.cases[0].consents]
    assert answers == [ConsentAnswer.GIVEN, ConsentAnswer.WITHDRAWN], "what was given before is not rewritten"


def test_a_phone_talk_closes_the_practices_entry() -> None:
    waited = talking.held_by_phone(received(), "Lise Hansen", LATER, NURSE)
    talked = talking.held_by_phone(in_call(), "Lise Hansen", LATER, NURSE)
    assert (waited.entries[-1].status, talked.entries[-1].status) == (EntryStatus.WITHDRAWN, EntryStatus.COMPLETED)
    assert {d.kind for d in waited.debts} == {DebtKind.ENTRY_UPDATE}


def test_a_note_that_has_gone_does_not_become_a_phone_note() -> None:
    with pytest.raises(TransitionRefused):
        talking.held_by_phone(filed(), "Lise Hansen", LATER, NURSE)


def test_a_talk_is_not_withdrawn_and_its_note_not_lost() -> None:
    for status in (Status.IN_CALL, Status.REVIEW):
        with pytest.raises(TransitionRefused) as refusal:
            queueing.withdraw(IN_STATUS[status](), "solved", LATER, NURSE)
        assert refusal.value.because == "talk-begun"


def test_a_note_without_the_clinicians_name_cannot_be_approved() -> None:
    nameless = in_review()
    entry = replace(nameless.entries[-1], clinician="")
    nameless = replace(nameless, entries=(entry,))
    with pytest.raises(InvalidField) as refusal:
        review.approve(nameless, nameless.cases[0].id, "", ORGANISATION, LATER, NURSE)
    assert refusal.value.field == "clinician"
    assert review.send_unreviewed(nameless, ORGANISATION, LATER, SYSTEM).status is Status.CLOSED


def test_approving_twice_sends_once() -> None:
    sent = filed()
    again = review.approve(sent, sent.cases[0].id, "Noget andet", ORGANISATION, LATER, NURSE)
    assert again is sent


def test_the_clinics_later_text_is_a_second_version_in_place_of_the_first() -> None:
    sent = filed()
    later = review.add_clinic_text(sent, sent.cases[0].id, "Recept sendt", LATER, DOCTOR)
    note = later.cases[0].current_note
    assert note is not None
    assert (note.version, note.status, note.employee_text, note.clinic_text) == (
        2, NoteStatus.APPROVED, "Aftalt", "Recept sendt",
    )  # fmt: skip
    assert [d.version for d in later.debts] == [2]
    again = review.add_clinic_text(fresh(later), sent.cases[0].id, "Recept sendt", LATER, DOCTOR)
    assert not again.debts


def test_the_clinics_text_is_taken_for_a_day() -> None:
    sent = filed()
    with pytest.raises(TransitionRefused) as refusal:
        review.add_clinic_text(sent, sent.cases[0].id, "For sent", LATER + timedelta(hours=25), DOCTOR)
    assert refusal.value.because == "too-late"


def test_writing_on_never_shortens_the_time() -> None:
    talk = talking.hang_up(in_call(), LATER, NURSE, timedelta(minutes=60))
    assert review.keep_writing(talk, LATER).review_until == LATER + timedelta(minutes=60)
    at_the_end = review.keep_writing(talk, LATER + timedelta(minutes=58))
    assert at_the_end.review_until == LATER + timedelta(minutes=73)
    latest = review.keep_writing(talk, LATER + timedelta(minutes=239))
    assert latest.review_until == LATER + timedelta(minutes=240)


def test_an_employee_who_was_not_there_cannot_write_what_was_said() -> None:
    alone = replace(in_review(), form=Form.CITIZEN_ALONE)
    with pytest.raises(InvalidField) as refusal:
        review.write_text(alone, alone.cases[0].id, "De talte om …")
    assert refusal.value.reason == "employee-not-present"
    assert review.approve(alone, alone.cases[0].id, "", ORGANISATION, LATER, NURSE).status is Status.CLOSED


def test_a_round_closes_when_the_last_note_has_gone_and_no_note_knows_another() -> None:
    cases = tuple(replace(case(n), discussed_from=NOW, discussed_to=LATER) for n in range(3))
    talk = replace(in_review(), cases=tuple(replace(c, notes=in_review().cases[0].notes) for c in cases))
    for number, one in enumerate(talk.cases):
        assert talk.status is Status.REVIEW
        talk = review.approve(talk, one.id, f"Aftalt {number}", ORGANISATION, LATER, NURSE)
    assert talk.status is Status.CLOSED
    texts = [c.current_note.employee_text for c in talk.cases if c.current_note]
    assert texts == ["Aftalt 0", "Aftalt 1", "Aftalt 2"]
    assert len(fresh_debts(talk)) == 3


def test_a_case_without_a_record_owes_nobody_and_waits_for_a_hand() -> None:
    talk = in_review()
    by_hand = replace(talk, cases=(replace(talk.cases[0], eoj_connection="", record_ref=""),))
    sent = review.approve(by_hand, by_hand.cases[0].id, "Aftalt", ORGANISATION, LATER, NURSE)
    assert not sent.debts
    assert sent.cases[0].current_note is not None


@pytest.mark.parametrize(("answer", "missing"), [
    (ConsentAnswer.REPRESENTATIVE, "consent.representative"), (ConsentAnswer.URGENT, "consent.reason"),
])  # fmt: skip
def test_a_consent_says_what_its_answer_needs(answer: ConsentAnswer, missing: str) -> None:
    with pytest.raises(InvalidField) as refusal:
        Consent(answer, NURSE.name, NURSE.id, NOW, "1")
    assert refusal.value.field == missing
    with pytest.raises(InvalidField) as nameless:
        Consent(ConsentAnswer.REPRESENTATIVE, NURSE.name, NURSE.id, NOW, "1", Representative.GUARDIAN)
    assert nameless.value.field == "consent.representative_name"


def test_without_consent_nobody_is_queued() -> None:
    silent = replace(draft(), cases=(replace(case(), consents=()),))
    with pytest.raises(InvalidField) as refusal:
        placed(silent)
    assert refusal.value.field == "consent.answer"
    declared = opening.declare_consent(silent, silent.cases[0].id, consent(), NURSE)
    assert placed(declared).status is Status.WAITING


def test_without_a_number_an_agreement_is_required() -> None:
    two = draft(cases=[case(0), case(1)])
    with pytest.raises(InvalidField) as refusal:
        placed(replace(two, agreed_with=""))
    assert refusal.value.field == "agreed_with"


@pytest.mark.parametrize(("text", "reason"), [("Kort", "too-short"), ("x" * 1001, "too-long")])
def test_the_reason_has_its_measure(text: str, reason: str) -> None:
    with pytest.raises(InvalidField) as refusal:
        queueing.correct_reason(received(), text, LATER, NURSE)
    assert refusal.value.args == ("reason", reason)


def test_a_number_in_a_text_without_one_known_citizen_is_blocked() -> None:
    text = "Drejer sig om 251248-9996, der har sår"
    opening.require_reason(draft(), text)
    with pytest.raises(InvalidField) as refusal:
        opening.require_reason(draft(cases=[case(0), case(1)]), text)
    assert refusal.value.reason == "looks-like-cpr"


def test_what_happens_to_an_entry_is_told_to_every_connection() -> None:
    both = placed(draft(), connections=("gp-one", "gp-two"))
    assert [(d.kind, d.connection) for d in both.debts] == [(DebtKind.ENQUEUE, "gp-one"), (DebtKind.ENQUEUE, "gp-two")]
    told = queueing.reject(fresh(both), RejectReason.NOT_TODAY, "", LATER, DOCTOR)
    assert [(d.kind, d.connection, d.version) for d in told.debts] == [
        (DebtKind.ENTRY_UPDATE, "gp-one", 2), (DebtKind.ENTRY_UPDATE, "gp-two", 2),
    ]  # fmt: skip


def test_going_away_keeps_the_place() -> None:
    away = queueing.step_away(waiting(), Availability.AWAY, LATER, NURSE)
    assert (away.status, away.availability) == (Status.WAITING, Availability.AWAY)
    assert queueing.step_away(away, Availability.AWAY, LATER, NURSE) is away


def test_why_this_practice_stands_on_the_entry() -> None:
    assert waiting().entries[-1].basis is Basis.OWN_GP


def test_both_doors_of_one_record_are_one_consultation() -> None:
    """The SMART door names the record as a reference, the signed one by its bare key: the same launch key."""
    now = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
    assert launch_key("eoj", "Patient/r-1", "FJ-1001", now) == launch_key("eoj", "r-1", "FJ-1001", now)
    assert launch_key("eoj", "r-1", "FJ-1001", now) != launch_key("eoj", "r-2", "FJ-1001", now)


def test_a_colleague_who_lost_the_call_cannot_end_or_rename_it_until_she_sits_in_it() -> None:
    taken = calling()
    for verb in (
        lambda c: ringing.put_back(c, LATER, COLLEAGUE),
        lambda c: ringing.name_clinician(c, "X", LATER, COLLEAGUE),
    ):
        with pytest.raises(TransitionRefused) as refusal:
            verb(taken)
        assert (refusal.value.because, refusal.value.who) == ("taken", DOCTOR.name)
    person = Participant(ringing.clinician_id(taken, COLLEAGUE), ParticipantRole.CLINICIAN, COLLEAGUE.name)
    joined, _ = ringing.claim_seat(taken, person, Seat(new_id(), person.id, "clinic", 1, LATER), COLLEAGUE, move=False)
    assert [event.kind for event in joined.events][-1] == "joined"
    assert ringing.put_back(joined, LATER, COLLEAGUE).status is Status.WAITING


def test_an_agreed_time_long_past_gives_no_place_before_others() -> None:
    with pytest.raises(InvalidField) as fault:
        placed(replace(draft(), agreed_at=NOW - timedelta(days=300)))
    assert (fault.value.field, fault.value.reason) == ("agreed_at", "in-the-past")
