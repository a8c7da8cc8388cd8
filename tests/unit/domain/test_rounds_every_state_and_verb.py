"""A round: every state × every verb of its own ends in exactly one way (D2, D11)."""

from __future__ import annotations

import pytest

from gateway.domain.consultation.aggregate import ALLOWED, Kind, Status
from gateway.domain.errors import TransitionRefused
from tests.support.consultations import NURSE
from tests.unit.domain.rounds_told import ROUND_IN, ROUND_VERBS
from tests.unit.domain.stories import LATER

R = "refused"
TABLE: dict[str, tuple[str, ...]] = {
    #                  draft      planned    waiting    calling    in-call    review    deciding    closed
    "add-citizen":    ("draft",   "planned", "waiting", "calling", "in-call", R,        "deciding", R),
    "refuse":         ("draft",   "planned", "waiting", "calling", "in-call", R,        "deciding", R),
    "talk-about":     (R,         R,         R,         R,         "in-call", R,        R,          R),
    "talk-about-nobody": (R,      R,         R,         R,         "in-call", R,        R,          R),
    "withdraw-consent": (R,       R,         R,         R,         "in-call", R,        R,          R),
    "take-out":       ("draft",   "planned", "waiting", "calling", "in-call", R,        "deciding", R),
    "include":        (R,         R,         R,         R,         R,         "review", R,          R),
    "leave-out":      (R,         R,         R,         R,         R,         R,        R,          R),
    "finish":         (R,         R,         R,         R,         R,         R,        R,          "closed"),
    "leave-for-round": ("closed", R,         R,         R,         R,         R,        R,          R),
}  # fmt: skip
CELLS = [(verb, status, row[n]) for verb, row in TABLE.items() for n, status in enumerate(Status)]


def test_the_table_knows_every_verb_and_every_state_of_a_round() -> None:
    assert (set(TABLE), set(ROUND_IN)) == (set(ROUND_VERBS), set(Status))
    assert all(made().kind is Kind.ROUND and made().status is status for status, made in ROUND_IN.items())


@pytest.mark.parametrize(("verb", "status", "expected"), CELLS, ids=[f"{v}-from-{s}" for v, s, _ in CELLS])
def test_d11_each_verb_of_a_round_ends_as_the_table_says(verb: str, status: Status, expected: str) -> None:
    before = ROUND_IN[status]()
    try:
        after = ROUND_VERBS[verb](before, LATER, NURSE)
    except TransitionRefused as refusal:
        assert expected == R, refusal.because
        return
    assert str(after.status) == expected
    assert after.status is status or after.status in ALLOWED[status]
    assert after == before or after.events, "what happens in a round stands on the timeline"
    untouched = {case.id: case.notes for case in before.cases[:1]}
    assert {case.id: case.notes for case in after.cases[:1]} == untouched, "the other citizen is left alone"
