"""The clinic's draft in a round: kept for the citizen on its screen, and for nobody it was never shown (D2)."""

from __future__ import annotations

import pytest

from gateway.domain.consultation import rounds
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.errors import NotFound, TransitionRefused
from gateway.domain.note import clinic_draft
from tests.support.consultations import NURSE
from tests.unit.domain.rounds_told import in_call, in_review
from tests.unit.domain.stories import LATER, fresh


def drafts(consultation: Consultation, number: int) -> Consultation:
    return clinic_draft.keep_clinic_draft(consultation, consultation.cases[number].id, "Set i dag")


def kept(consultation: Consultation) -> list[str]:
    return [case.current_note.clinic_text if case.current_note else "" for case in consultation.cases]


def test_d02_while_they_talk_the_draft_belongs_to_the_one_they_talk_about() -> None:
    talk = in_call()
    assert kept(drafts(talk, 0)) == ["Set i dag", ""]
    moved_on = fresh(rounds.talk_about(talk, talk.cases[1].id, LATER, NURSE))
    with pytest.raises(TransitionRefused) as refusal:
        drafts(moved_on, 0)
    assert refusal.value.because == "not-discussed"
    assert kept(drafts(moved_on, 1)) == ["", "Set i dag"]
    with pytest.raises(TransitionRefused):
        drafts(fresh(rounds.talk_about_nobody(moved_on, LATER, NURSE)), 1)


def test_d02_whom_they_never_talked_about_does_not_exist_for_the_clinic() -> None:
    for consultation in (in_call(), in_review()):
        with pytest.raises(NotFound):
            drafts(consultation, 1)
    assert kept(drafts(in_review(), 0)) == ["Set i dag", ""]
