"""The judge on journals made by hand: each way to be wrong is named, and what is right is not."""

from __future__ import annotations

import pytest

from tests.storm.courses import Course
from tests.storm.judge import Debts, Journal, judge

APPROVED = ["launch", "place", "hold-by-phone", "approve-note"]
FILED: Journal = {"00001": {"DocumentReference": ["current"], "Encounter": ["finished"]}}
ENDED: Journal = {"entry": {"Task": ["cancelled"]}, "00001": {"Task": ["cancelled"]}}
SETTLED = Debts((), (), (), frozenset(("id",)))


def course(acknowledged: list[str]) -> Course:
    return Course(1, "phone", acknowledged, id="id", entry="entry")


def test_what_is_there_once_and_ended_is_right() -> None:
    assert judge([course(APPROVED)], ENDED, FILED, SETTLED).faults == {}


def test_an_entry_that_was_sent_without_a_person_counts_by_its_identifier() -> None:
    assert judge([course(APPROVED)], {"entry": {"Task": ["cancelled"]}}, FILED, SETTLED).faults == {}


@pytest.mark.parametrize(
    ("practice", "record", "debts", "wrong"),
    [
        ({}, FILED, SETTLED, "lost"),
        (ENDED, {}, Debts((), (), (), frozenset()), "lost"),
        (ENDED, {"00001": {"DocumentReference": ["current"]}}, SETTLED, "lost"),
        ({"entry": {"Task": ["cancelled", "cancelled"]}}, FILED, SETTLED, "doubled"),
        ({**ENDED, "00001": {"Task": ["cancelled", "received"]}}, FILED, SETTLED, "doubled"),
        (ENDED, {"00001": {"DocumentReference": ["current"] * 2, "Encounter": ["finished"]}}, SETTLED, "doubled"),
        (ENDED, {"00001": {"DocumentReference": ["current"], "Encounter": ["finished"] * 2}}, SETTLED, "doubled"),
        ({"entry": {"Task": ["received"]}}, FILED, SETTLED, "untrue"),
        (ENDED, {}, SETTLED, "untrue"),
        (ENDED, FILED, Debts(("id note",), (), (), frozenset()), "stuck"),
        (ENDED, FILED, Debts((), ("id note",), (), frozenset()), "unsettled"),
        (ENDED, FILED, Debts((), (), ("id waiting",), frozenset()), "overdue"),
    ],
)
def test_each_wrong_is_named(practice: Journal, record: Journal, debts: Debts, wrong: str) -> None:
    assert wrong in judge([course(APPROVED)], practice, record, debts).faults


def test_what_was_not_acknowledged_may_be_missing_but_not_doubled() -> None:
    nothing = Debts((), (), (), frozenset())
    assert judge([course(["launch"])], {}, {}, nothing).faults == {}
    assert "doubled" in judge([course(["launch"])], {"00001": {"Task": ["received"] * 2}}, {}, nothing).faults
