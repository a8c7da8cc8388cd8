"""One practice with four doors at once: whatever happens at one is the same at all, and one press wins."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.domain.consultation import queueing
from gateway.domain.consultation.queue_entry import EntryStatus
from gateway.domain.scope import SystemScope
from gateway.services.changing import change
from tests.support.consultations import NURSE
from tests.support.doors.four_doors import FourDoors, _message, four_doors, pairs


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FourDoors]:
    with four_doors(tmp_path_factory.mktemp("doors")) as made:
        yield made


def test_two_doors_at_the_same_moment_give_one_winner_and_every_door_names_it(doors: FourDoors) -> None:
    with ThreadPoolExecutor(5) as pool:
        rounds = list(pool.map(lambda pair: doors.race(*pair), pairs(10)))
    assert [(r.pressed, r.winners, r.untold) for r in rounds] == [(r.pressed, 1, []) for r in rounds]


def test_who_leaves_the_queue_leaves_it_at_every_door(doors: FourDoors) -> None:
    placed, now = doors.place(), doors.gateway.clock.now()
    message = _message(placed)
    change(doors.gateway.store, SystemScope(), placed.id, lambda c: queueing.withdraw(c, "solved", now, NURSE))
    doors.everywhere(placed.id, message, EntryStatus.WITHDRAWN)


def test_a_correction_is_read_at_every_door(doors: FourDoors) -> None:
    placed, now = doors.place(), doors.gateway.clock.now()
    message = _message(placed)
    words = "Rettet: højre hæl, ikke venstre"
    change(doors.gateway.store, SystemScope(), placed.id, lambda c: queueing.correct_reason(c, words, now, NURSE))
    for bench in doors.benches.values():
        assert bench.until(lambda bench=bench: bench.text_at_peer(message) == words)
