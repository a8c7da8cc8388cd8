"""The matrix' final check under test: without the probe before a resend it must go red.

The care system here overlooks preconditions, so that nothing but our own question before the resend stands between
an answer that never came and a second note. The same run with the probe is the control.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simulators.demo.browser import GaveUp, until
from simulators.demo.once import Consultation
from simulators.demo.processes import python
from tests.support.peers.faults import PlannedFault
from tests.support.processes.stacks import Ledger, World, open_world

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]

ATTEMPTING = {"worker": "workers", "relay": "workers.relay"}


@pytest.fixture(scope="module")
def careless_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    yield from open_world(tmp_path_factory.mktemp("careless"), None, "--ignore-preconditions")


def test_with_the_probe_even_a_careless_peer_is_told_once(careless_world: World) -> None:
    switch_probe(careless_world, on=True)
    ledger, consultation = Ledger(careless_world.stack), answer_is_lost(careless_world)
    try:
        consultation.run()
        ledger.require_exactly_once(consultation)
    finally:
        consultation.close()


def test_without_the_probe_the_run_and_its_final_check_go_red(careless_world: World) -> None:
    """The run gives up, because the read-back meets two notes; and the count names them."""
    switch_probe(careless_world, on=False)
    ledger, consultation = Ledger(careless_world.stack), answer_is_lost(careless_world)
    try:
        with pytest.raises(GaveUp, match="several-resources"):
            consultation.run()
        with pytest.raises(AssertionError, match="DocumentReference per identifier"):
            ledger.require_exactly_once(consultation)
    finally:
        consultation.close()


def switch_probe(world: World, *, on: bool) -> None:
    """Start those who attempt deliveries again as the product's own processes, or as the variant without a probe."""
    for name, command in ATTEMPTING.items():
        process = world.stack[name]
        wanted = python("-m", command) if on else python("-m", "tests.support.unprobed", name)
        if list(process.command) != wanted:
            process.kill()
            process.command = wanted
            process.start()


def answer_is_lost(world: World) -> Consultation:
    """A consultation whose note is stored, and answered with a 500."""
    faults: list[PlannedFault] = []

    def between(step: str) -> None:
        if step == "hung-up":
            faults.append(PlannedFault(world.stack, "eoj", "DocumentReference.create", "effect-then-500"))
        if step == "approved":
            until("the planned fault", faults[0].has_struck)

    return world.consultation(between)
