"""The note's sections with author, role and time; what waits for the clinic, and for how long (D12)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.domain.consultation import clocks, ringing, talking
from gateway.domain.consultation.aggregate import Consultation, Kind, Status
from gateway.domain.consultation.events import DebtKind
from gateway.domain.note import clinic_draft, review
from gateway.domain.note.note import Author, NoteStatus, NoteVersion
from gateway.domain.note.rules import NoteRules, Placement
from gateway.domain.people import SYSTEM, RoleCategory
from tests.support.consultations import DOCTOR, NURSE
from tests.unit.domain.stories import LATER, ORGANISATION, RELIEF, fresh, in_call, in_review, received

QUARTER = timedelta(minutes=15)


def note_of(consultation: Consultation) -> NoteVersion:
    note = consultation.cases[0].current_note
    assert note is not None
    return note


def approved(consultation: Consultation, text: str = "Aftalt") -> Consultation:
    return review.approve(consultation, consultation.cases[0].id, text, ORGANISATION, LATER, NURSE)


def typed_by_clinic(consultation: Consultation) -> Consultation:
    return fresh(clinic_draft.keep_clinic_draft(consultation, consultation.cases[0].id, "Halvvejs i en sæt"))


def sent_by_clinic(consultation: Consultation) -> Consultation:
    text = "Halvvejs i en sætning, nu færdig."
    return review.add_clinic_text(consultation, consultation.cases[0].id, text, LATER, DOCTOR)


def notes_owed(consultation: Consultation) -> list[int]:
    return [debt.version for debt in consultation.debts if debt.kind is DebtKind.NOTE]


def test_d12_each_section_says_who_wrote_it_in_which_role_and_when() -> None:
    wrote = in_call()
    author = Author(RELIEF.name, RELIEF.role, LATER)
    kept = review.write_text(wrote, wrote.cases[0].id, "Skrevet undervejs", author)
    done = approved(sent_by_clinic(talking.hang_up(kept, LATER, NURSE)), "Skrevet undervejs")
    note = note_of(done)
    assert note.employee_author == author, "whoever approves what a colleague wrote is not its author"
    assert note.clinic_author == Author(DOCTOR.name, DOCTOR.role, LATER)
    assert note_of(approved(in_review(), "Ny tekst")).employee_author == Author(NURSE.name, NURSE.role, LATER)
    assert note_of(approved(in_review(), "")).employee_author is None


def test_d12_approved_goes_at_once_where_the_clinic_has_not_begun() -> None:
    assert notes_owed(approved(in_review())) == [1]


def test_d12_a_text_the_clinic_has_begun_is_waited_for_and_goes_with_the_note() -> None:
    held = fresh(approved(typed_by_clinic(in_review())))
    assert (held.status, notes_owed(held), note_of(held).approved_by) == (Status.REVIEW, [], NURSE.name)
    assert approved(held) is held, "a second click changes nothing"
    gone = sent_by_clinic(held)
    assert (gone.status, notes_owed(gone), note_of(gone).status) == (Status.CLOSED, [1], NoteStatus.APPROVED)
    assert note_of(gone).clinic_text.endswith("færdig.")


def test_d12_the_clinics_text_is_waited_for_once_and_nothing_typed_is_lost() -> None:
    begun = typed_by_clinic(in_review())
    assert begun.review_until is not None
    longer = fresh(clocks.run_out(begun, begun.review_until, SYSTEM, ORGANISATION))
    assert (longer.status, longer.review_until) == (Status.REVIEW, begun.review_until + QUARTER)
    over = clocks.run_out(longer, begun.review_until + QUARTER, SYSTEM, ORGANISATION)
    assert (over.status, note_of(over).status) == (Status.CLOSED, NoteStatus.UNREVIEWED)
    assert (note_of(over).clinic_text, notes_owed(over)) == ("Halvvejs i en sæt", [1])
    by_her = fresh(approved(typed_by_clinic(in_review())))
    sent = clocks.run_out(longer_of(by_her), begun.review_until + QUARTER, SYSTEM, ORGANISATION)
    assert note_of(sent).status is NoteStatus.APPROVED, "what she approved is not marked as unreviewed"


def longer_of(consultation: Consultation) -> Consultation:
    assert consultation.review_until is not None
    return fresh(clocks.run_out(consultation, consultation.review_until, SYSTEM, ORGANISATION))


def test_d12_the_clinics_later_text_is_version_two_in_place_of_the_first() -> None:
    done = fresh(approved(in_review()))
    later = sent_by_clinic(done)
    assert (notes_owed(later), [n.version for n in later.cases[0].notes]) == ([2], [1, 2])
    assert note_of(later).employee_text == "Aftalt" and note_of(later).clinic_author is not None


@pytest.mark.parametrize(("minutes", "longest"), [(0, 240), (15, 15), (30, 60)])
def test_d12_the_note_waits_as_long_as_the_organisation_says(minutes: int, longest: int) -> None:
    rules = NoteRules(timedelta(minutes=minutes), timedelta(minutes=longest))
    talk = talking.hang_up(in_call(), LATER, NURSE, rules.review)
    assert talk.review_until == LATER + rules.review
    put_off = review.keep_writing(talk, LATER + timedelta(hours=5), rules)
    assert put_off.review_until == LATER + rules.longest
    gone = clocks.run_out(talk, LATER + rules.review, SYSTEM, ORGANISATION, rules)
    assert note_of(gone).status is NoteStatus.UNREVIEWED


def test_d12_a_name_that_was_missing_comes_as_a_version_that_replaces() -> None:
    nameless = ringing.start_talk(
        ringing.answer(ringing.accept(received(), LATER, DOCTOR), LATER, NURSE), LATER, SYSTEM
    )
    sent = fresh(review.send_unreviewed(talking.hang_up(nameless, LATER, NURSE), ORGANISATION, LATER, SYSTEM))
    assert note_of(sent).lacks_clinician
    named = review.name_afterwards(sent, "Lise Hansen", ORGANISATION, LATER, RELIEF)
    note = note_of(named)
    assert note.facts is not None and (note.version, note.facts.clinician) == (2, "Lise Hansen")
    assert (notes_owed(named), note.approved_by, note.lacks_clinician) == ([2], RELIEF.name, False)
    assert review.name_afterwards(fresh(named), "En anden", ORGANISATION, LATER, RELIEF) == fresh(named)


def test_d12_the_place_in_the_record_follows_role_and_kind() -> None:
    every = Placement(RoleCategory.LICENSED, None, "Sygeplejefaglige notater")
    rounds = Placement(RoleCategory.LICENSED, Kind.ROUND, "Gennemgang")
    rules = NoteRules(placements=(every, rounds))
    assert rules.place_of(RoleCategory.LICENSED, Kind.ONE_CITIZEN) == "Sygeplejefaglige notater"
    assert rules.place_of(RoleCategory.LICENSED, Kind.ROUND) == "Gennemgang"
    assert rules.place_of(RoleCategory.OTHER, Kind.ROUND) == rules.place_of(None, Kind.ROUND) == ""
    assert replace(rules, placements=()).place_of(RoleCategory.LICENSED, Kind.ROUND) == ""
