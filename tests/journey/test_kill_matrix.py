"""Every process killed between every two steps, and at any moment inside them: still filed exactly once.

A run in which a planned kill did not happen is red (`Killer.require`).
"""

from __future__ import annotations

import os
import secrets

import pytest

from tests.support.peers.faults import PlannedFault
from tests.support.processes.kills import STEPS, Killer, Planner
from tests.support.processes.stacks import Ledger, World

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]

OUR_ATTEMPTS = ("worker", "relay")  # whoever of the two made the attempt, it is dead


@pytest.mark.parametrize("victims", [["web"], ["worker", "live"], ["relay"], ["redis"]], ids="+".join)
def test_killed_between_every_two_steps_changes_nothing(world: World, victims: list[str]) -> None:
    ledger, killer = Ledger(world.stack), Killer(world.stack)

    def between(step: str) -> None:
        if step in STEPS:
            killer.kill(victims, f"after {step}")

    consultation = world.consultation(between)
    try:
        consultation.run()
        done = {(kill.process, kill.when) for kill in killer.require()}
        assert done == {(victim, f"after {step}") for step in STEPS for victim in victims}
        ledger.require_exactly_once(consultation)
    finally:
        consultation.close()
        killer.settle()


@pytest.mark.parametrize("run", range(1))
def test_any_process_killed_at_any_moment_changes_nothing(world: World, run: int) -> None:
    seed = int(os.environ.get("LAEGEBRO_TEST_SEED", secrets.randbits(32)))
    print(f"run {run}: LAEGEBRO_TEST_SEED={seed}")
    ledger, killer = Ledger(world.stack), Killer(world.stack)
    planner = Planner(killer, seed)
    consultation = world.consultation(lambda step: planner.plan(step) if step in STEPS else None)
    try:
        planner.plan("nothing")
        consultation.run()
        kills = killer.require()
        print(*kills, sep="\n")
        assert len(kills) == len(STEPS) + 1
        ledger.require_exactly_once(consultation)
    finally:
        consultation.close()
        killer.settle()


@pytest.mark.parametrize("mode", ["effect-then-500", "drop-reply", "late-apply"])
def test_an_answer_that_never_came_and_a_death_in_that_moment_double_nothing(world: World, mode: str) -> None:
    """Both peers change their store and say nothing useful; whoever asked them dies at that moment."""
    ledger, killer = Ledger(world.stack), Killer(world.stack)
    plans = {"launched": ("gp", "Task.create"), "hung-up": ("eoj", "DocumentReference.create")}

    def between(step: str) -> None:
        if step in plans:
            fault = PlannedFault(world.stack, *plans[step], mode)
            killer.kill_once(OUR_ATTEMPTS, f"{mode} of {fault.route}", fault.has_struck)

    consultation = world.consultation(between)
    try:
        consultation.run()
        assert len(killer.require()) == len(plans) * len(OUR_ATTEMPTS)
        ledger.require_exactly_once(consultation)
    finally:
        consultation.close()
        killer.settle()


def test_without_any_redis_all_steps_happen(world: World) -> None:
    """Dead before the launch, started again only when all is over."""
    ledger, redis = Ledger(world.stack), world.stack["redis"]
    consultation = world.consultation()
    redis.kill()
    assert redis.exit_code == -9
    try:
        consultation.run()
        assert not redis.alive
        ledger.require_exactly_once(consultation)
    finally:
        redis.start()
        consultation.close()
