"""Each of the nine documented answers, from its XML through the resolver to what the nurse is told."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from adapters.register.dgcpr.mapping import answer_of
from gateway.domain.citizen.finding import Finding, Notice, Outcome, Question, Source
from gateway.domain.identifiers import Cpr, Ydernummer
from gateway.domain.practice import GENERAL_PRACTICE, Practice
from gateway.masterdata.resolver import resolve
from tests.unit.adapters.register.test_dgcpr_mapping import EXPECTED, said

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)

OUTCOMES: dict[str, tuple[Outcome, str, tuple[Notice, ...]]] = {
    "01_normal_group1.xml": (Outcome.OWN_GP, "", ()),
    "02_group2_no_gp.xml": (Outcome.NO_FIXED_GP, "group-2", ()),
    "03_prior_gp_only_after_change.xml": (Outcome.UNCERTAIN, "no-answer", ()),
    "04_protected_no_name_no_address.xml": (Outcome.OWN_GP, "", (Notice.PROTECTED,)),
    "05_renumbered_current_cpr.xml": (Outcome.DO_NOT_START, "renumbered", ()),
    "06_dead_group9.xml": (Outcome.DO_NOT_START, "dead", ()),
    "07_dummy_gp_zero_ukendt.xml": (Outcome.UNCERTAIN, "dummies", ()),
    "08_dummy_protected_1_0_2_style_values.xml": (Outcome.UNCERTAIN, "dummies", (Notice.PROTECTED,)),
    "09_child_with_two_custody_holders.xml": (Outcome.OWN_GP, "", (Notice.CUSTODY,)),
}


def open_practice(ydernummer: Ydernummer) -> Practice:
    return Practice(ydernummer, "Praksis", "", "", "", "", GENERAL_PRACTICE, "", date(2000, 1, 1))


def found(name: str) -> Finding:
    answer = answer_of(said(name), Cpr(EXPECTED[name]["asked"]), NOW)
    return resolve(Question(NOW.date(), national=answer, order=(Source.NATIONAL,)), open_practice)


def test_every_documented_answer_has_its_outcome() -> None:
    assert OUTCOMES.keys() == EXPECTED.keys()


@pytest.mark.parametrize("name", OUTCOMES)
def test_a_documented_answer_leads_to_its_outcome(name: str) -> None:
    finding = found(name)
    assert (finding.outcome, finding.reason, finding.notices) == OUTCOMES[name]
    own = EXPECTED[name].get("own") if finding.outcome is Outcome.OWN_GP else None
    assert finding.ydernummer == (Ydernummer(own) if own else None)


def test_only_the_new_number_is_offered_and_never_the_prior_doctor() -> None:
    renumbered, changed = found("05_renumbered_current_cpr.xml"), found("03_prior_gp_only_after_change.xml")
    assert renumbered.renumbered_to == Cpr(EXPECTED["05_renumbered_current_cpr.xml"]["renumbered_to"])
    assert changed.candidates == () and changed.own_practice is None
