"""Whose patient is this: each documented trap leads to its outcome, with evidence, and nothing is guessed."""

from __future__ import annotations

from datetime import date

import pytest

from gateway.domain.citizen.citizen import Certainty
from gateway.domain.citizen.finding import DEFAULT_ORDER, Said, Source
from gateway.domain.citizen.lookup import InsuranceGroup, PersonStatus
from tests.unit.masterdata.resolver_cases import (
    ALIVE,
    ALL,
    CLOSED,
    DAY,
    FREE,
    LISTED,
    NEW_CPR,
    NOT_LISTED,
    OWN,
    STOP,
    UNSURE,
    A,
    B,
    Case,
    claim,
    national,
)


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name.replace(" ", "-"))
def test_each_documented_trap_leads_to_its_outcome(case: Case) -> None:
    found = case.found()
    assert (found.outcome, found.reason, found.ydernummer) == (case.outcome, case.reason, case.number)
    assert found.notices == case.notices
    assert case.source


def test_there_are_at_least_sixty_of_them_and_each_only_once() -> None:
    assert len({case.name for case in ALL}) == len(ALL) >= 60


def test_the_first_source_in_the_tenants_order_is_the_one_shown() -> None:
    sources = {
        order[0]: Case("", "", OWN, claim=claim(), national=ALIVE, insured=LISTED, more={"order": order}).found().source
        for order in (DEFAULT_ORDER, DEFAULT_ORDER[::-1], (Source.NATIONAL, Source.EOJ))
    }
    assert sources == {source: source for source in sources}


def test_the_evidence_shows_every_source_with_its_age_and_what_is_wrong_with_it() -> None:
    found = Case("", "", UNSURE, claim=claim(CLOSED), national=ALIVE, more=NOT_LISTED).found()
    assert [(e.source, e.said, e.as_of, e.flaw) for e in found.evidence] == [
        (Source.EOJ, Said.PRACTICE, date(2026, 11, 1), "closed"),
        (Source.NATIONAL, Said.PRACTICE, DAY, ""),
        (Source.INSURED, Said.NOT_LISTED, DAY, ""),
    ]
    assert [e.name for e in found.candidates] == [f"Praksis {CLOSED}", f"Praksis {A}"]


def test_only_one_practice_named_stands_on_the_case_and_two_never_do() -> None:
    certain = Case("", "", OWN, claim=claim()).found().own_practice
    doubtful = Case("", "", UNSURE, claim=claim(CLOSED)).found().own_practice
    assert certain is not None and (certain.certainty, certain.source) == (Certainty.CERTAIN, "eoj")
    assert doubtful is not None and doubtful.certainty is Certainty.UNCERTAIN
    assert Case("", "", UNSURE, claim=claim(B), national=ALIVE).found().own_practice is None
    assert Case("", "", FREE, national=national(group=InsuranceGroup.NO_FIXED_DOCTOR)).found().own_practice is None


def test_the_new_number_is_offered_and_never_printed() -> None:
    found = Case("", "", STOP, national=national(status=PersonStatus.RENUMBERED, renumbered_to=NEW_CPR)).found()
    assert found.renumbered_to == NEW_CPR and not found.may_start
    assert NEW_CPR.digits not in repr(found) + str(found)
