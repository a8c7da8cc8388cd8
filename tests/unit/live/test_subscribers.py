"""News goes to those whom it concerns, and everybody has her turn, however late the turns are taken."""

from __future__ import annotations

from contextlib import ExitStack
from uuid import uuid4

from gateway.domain.identifiers import Ydernummer
from gateway.domain.scope import ClinicScope
from gateway.domain.session import SessionKind
from gateway.live.subscribers import Subscriber, Subscribers, Turns

HERE, THERE = "034835", "009164"


def page() -> Subscriber:
    return Subscriber("token", SessionKind.EMPLOYEE, uuid4())


def desk(*ydernumre: str) -> Subscriber:
    return Subscriber("token", SessionKind.CLINIC, clinic=ClinicScope(uuid4(), tuple(map(Ydernummer, ydernumre))))


def test_two_practices_hear_nothing_of_each_other() -> None:
    known = Subscribers()
    (mine, behind, elsewhere), ours, theirs, both = (page(), page(), page()), desk(HERE), desk(THERE), desk(HERE, THERE)
    console = Subscriber("token", SessionKind.ADMIN)
    for each in (mine, behind, elsewhere, ours, theirs, both, console):
        known.add(each)
    known.put_at(mine, frozenset({HERE}))
    known.put_at(behind, frozenset({HERE}))
    known.put_at(elsewhere, frozenset({THERE}))
    own = mine.consultation
    assert own is not None
    assert known.concerned({own}, set(), {HERE}) == {mine, ours, both}
    assert known.concerned({own}, {HERE}, {HERE}) == {mine, behind, ours, both}
    assert known.concerned(set(), {THERE}, {THERE}) == {elsewhere, theirs, both}
    assert known.waiting_at([HERE]) == {mine, behind}
    assert known.practices() == {HERE, THERE}, "where somebody waits; a desk waits nowhere"


def test_whoever_moved_to_another_practice_or_left_is_told_no_more() -> None:
    known, mine, ours = Subscribers(), page(), desk(HERE)
    for each in (mine, ours):
        known.add(each)
    known.put_at(mine, frozenset({HERE}))
    known.put_at(mine, frozenset({THERE}))
    assert known.concerned(set(), {HERE}, {HERE}) == {ours}
    for each in (mine, ours):
        known.remove(each)
    known.put_at(mine, frozenset({HERE}))  # her document was being made while she left
    assert known.concerned({mine.consultation or uuid4()}, {HERE, THERE}, {HERE, THERE}) == set()
    assert len(known) == 0 and known.practices() == set()


def test_two_pages_of_one_consultation_are_both_told() -> None:
    known, one = Subscribers(), page()
    other = Subscriber("another", SessionKind.CITIZEN, one.consultation)
    for each in (one, other):
        known.add(each)
    known.remove(one)
    assert known.concerned({other.consultation or uuid4()}, (), ()) == {other}


def test_everybody_has_one_turn_in_each_round() -> None:
    turns, had = Turns[str](15.0, 15), []
    with ExitStack() as stack:
        for number in range(40):
            stack.enter_context(turns.joined(f"page {number}"))
        turns.due(99.5)
        for second in range(100, 115):
            had.append(turns.due(float(second) + 0.2))
    assert sorted(each for part in had for each in part) == sorted(f"page {number}" for number in range(40))
    assert max(map(len, had)) <= 3, "a part at a time"
    assert turns.due(200.0) == [], "everybody has left"


def test_whoever_takes_the_turns_late_takes_all_that_have_passed_and_each_once() -> None:
    turns = Turns[int](15.0, 15)
    with ExitStack() as stack:
        for number in range(30):
            stack.enter_context(turns.joined(number))
        turns.due(1000.0)
        assert len(turns.due(1005.0)) == 10
        assert sorted(turns.due(1900.0)) == list(range(30))
        assert turns.due(1900.1) == []
