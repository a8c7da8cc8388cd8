"""Hiding and putting back: a clinic's change never costs the others anything."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.consultation import queueing
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.errors import TransitionRefused
from gateway.domain.note.note import Modality, NoteFacts, NoteStatus, NoteVersion
from gateway.store.consultation import document
from gateway.store.consultation.clinic_view import clinic_view, merged
from tests.support import consultations as make

words = st.text(max_size=20)
moments = st.none() | st.integers(0, 10**6).map(lambda seconds: make.NOW + timedelta(seconds=seconds))
facts = st.builds(
    NoteFacts,
    practice=words,
    ydernummer=words,
    clinician=words,
    started_at=moments,
    ended_at=moments,
    participants=st.lists(st.tuples(words, words), max_size=3).map(tuple),
    consent=words,
    consent_detail=words,
    consent_declared_by=words,
    consent_declared_at=moments,
    consent_wording=words,
    reason=words,
    modality=st.sampled_from(Modality),
    outcome=words,
)
notes = st.lists(
    st.builds(
        NoteVersion,
        version=st.just(1),
        status=st.sampled_from(NoteStatus),
        created_at=st.just(make.NOW),
        employee_text=words,
        clinic_text=words,
        facts=st.none() | facts,
        approved_by=words,
    ),
    max_size=4,
).map(lambda found: tuple(replace(note, version=number) for number, note in enumerate(found, 1)))


def with_notes(written: tuple[NoteVersion, ...]) -> Consultation:
    return make.placed(make.draft(cases=[replace(make.case(), notes=written)]))


@given(notes)
def test_a_document_reads_as_it_was_written(written: tuple[NoteVersion, ...]) -> None:
    whole = replace(with_notes(written), events=(), debts=())
    assert document.read(document.written(whole)) == whole


@given(notes)
def test_a_view_that_changed_nothing_merges_into_the_same(written: tuple[NoteVersion, ...]) -> None:
    whole = with_notes(written)
    assert merged(clinic_view(whole, make.PRACTICE), whole) == whole


@given(notes)
def test_a_view_shows_no_word_the_employee_wrote(written: tuple[NoteVersion, ...]) -> None:
    shown = clinic_view(with_notes(written), make.PRACTICE).cases[0].notes
    assert [(n.employee_text, n.facts, n.approved_by) for n in shown] == [("", None, "")] * len(written)
    assert [n.clinic_text for n in shown] == [n.clinic_text for n in written]


def test_a_former_holder_sees_no_note_at_all_and_changes_nothing() -> None:
    whole = with_notes((NoteVersion(1, NoteStatus.DRAFT, make.NOW, clinic_text="af en anden klinik"),))
    later = make.placed(replace(whole, status=make.draft().status), make.SECOND)
    view = clinic_view(later, make.PRACTICE)
    assert view.cases[0].notes == () and view.reason == ""
    with pytest.raises(TransitionRefused):
        merged(view, later)


def moved_on(consultation: Consultation) -> Consultation:
    """Handed on to another practice."""
    later = make.placed(replace(consultation, status=make.draft().status), make.SECOND)
    return replace(later, status=consultation.status)


def test_d13_whoever_has_lost_the_entry_keeps_no_number_and_nobody_of_a_round() -> None:
    one = make.placed(make.draft())
    (case,) = clinic_view(moved_on(one), make.PRACTICE).cases
    assert (case.citizen.identifier, case.citizen.name) == (None, one.cases[0].citizen.name)
    talking = replace(make.case(), discussed_from=make.NOW)
    several = make.placed(replace(make.draft(cases=[talking, make.case(1)]), agreed_with="Lars Læge"))
    assert clinic_view(several, make.PRACTICE).cases == (replace(talking, finding=None),)
    assert clinic_view(moved_on(several), make.PRACTICE).cases == (), (
        "whom they talk about is the next practice's to see"
    )


def test_d11_the_wrong_citizen_is_nobody_to_the_clinic_and_stays_who_she_is_in_the_row() -> None:
    wrong = queueing.withdraw(make.placed(make.draft()), "wrong-citizen", make.NOW, make.NURSE)
    view = clinic_view(wrong, make.PRACTICE)
    assert [(case.citizen.identifier, case.citizen.name) for case in view.cases] == [(None, "")]
    assert merged(view, wrong).cases[0].citizen == wrong.cases[0].citizen
