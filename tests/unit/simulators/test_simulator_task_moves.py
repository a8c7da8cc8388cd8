"""Every move of a Task's status, legal and not, from every state to every state."""

import pytest

from simulators.fhir.outcome import Refused
from simulators.gp.task_rules import MOVES, task_check
from simulators.gp.vocabulary import BUSINESS_SYSTEM, YDERNUMMER_SYSTEM, concept

LEGAL = {
    ("requested", "received"),
    ("requested", "cancelled"),
    ("received", "accepted"),
    ("received", "rejected"),
    ("received", "cancelled"),
    ("accepted", "in-progress"),
    ("accepted", "received"),
    ("accepted", "cancelled"),
    ("in-progress", "completed"),
    ("in-progress", "failed"),
    ("in-progress", "cancelled"),
}
OWNER = {"identifier": {"system": YDERNUMMER_SYSTEM, "value": "034835"}}


@pytest.mark.parametrize("before", sorted(MOVES))
@pytest.mark.parametrize("after", sorted(MOVES))
def test_only_the_legal_moves_are_made(before: str, after: str) -> None:
    check = task_check(frozenset({"034835"}))
    old = {"status": before, "owner": OWNER}
    new = {"status": after, "owner": OWNER, "businessStatus": concept(BUSINESS_SYSTEM, "put-back")}
    if before == after or (before, after) in LEGAL:
        assert check(old, new) == new
    else:
        with pytest.raises(Refused):
            check(old, new)


def test_put_back_must_be_said() -> None:
    check = task_check(frozenset({"034835"}))
    with pytest.raises(Refused):
        check({"status": "accepted", "owner": OWNER}, {"status": "received", "owner": OWNER})
