"""Where the room of a call goes, and when it leaves: the rules, without a database."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.domain.call_room import Node, least_busy, stays

IDLE = Node("a", "https://a.example", seats=0, core=0.0, draining=False, silent=0.3)


def node(name: str, **other: object) -> Node:
    return replace(IDLE, name=name, **other)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("nodes", "chosen"),
    [
        ([node("a", seats=4), node("b", seats=2)], "b"),
        ([node("a", seats=2), node("b", expected=2)], "a"),
        ([node("a", core=0.9), node("b", seats=60, core=0.7)], "b"),
        ([node("a", seats=9, core=0.9), node("b", seats=8, core=0.95)], "b"),
        ([node("a", draining=True), node("b", seats=60)], "b"),
        ([node("a", silent=6.1), node("b", seats=60)], "b"),
        ([node("a", draining=True), node("b", silent=30)], None),
        ([], None),
    ],
    ids=["fewest seats", "rooms on their way", "a full core", "all full", "draining", "silent", "none", "nobody"],
)
def test_a_room_goes_to_the_least_busy_process_that_takes_rooms(nodes: list[Node], chosen: str | None) -> None:
    for order in (nodes, nodes[::-1]):
        best = least_busy(order)
        assert (best.name if best else None) == chosen


def test_a_room_that_leaves_a_process_goes_to_another() -> None:
    assert least_busy([node("a")], but="a") is None
    other = least_busy([node("a"), node("b", seats=30)], but="a")
    assert other is not None and other.name == "b"


@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize("silent", [0.0, 1.0])
def test_a_page_whose_own_network_broke_moves_nobody(lost: bool, silent: float) -> None:
    assert stays(node("a", silent=silent), lost=lost, occupied=True)


def test_a_process_that_a_page_has_lost_and_that_is_silent_has_lost_its_rooms() -> None:
    silent = node("a", silent=1.3)
    assert not stays(silent, lost=True, occupied=True)
    assert stays(silent, lost=False, occupied=True), "nobody has lost it: a late heartbeat moves nobody"
    assert not stays(node("a", silent=10.1), lost=False, occupied=False)
    assert not stays(None, lost=False, occupied=True)


def test_a_room_stays_at_a_draining_process_until_it_is_sent_away_or_empty() -> None:
    draining = node("a", draining=True)
    assert stays(draining, lost=False, occupied=True)
    assert not stays(draining, lost=True, occupied=True)
    assert not stays(draining, lost=False, occupied=False)
