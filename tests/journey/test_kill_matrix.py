"""Every process killed between every two steps, and at any moment inside them: still filed exactly once.

A run in which a planned kill did not happen is red (`Killer.require`).
"""

from __future__ import annotations

import os
import secrets

import pytest

from simulators.demo.stack import Stack
from tests.support.kills import MORTAL, STEPS, Killer, Planner
from tests.support.stacks import Ledger, World

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journey"), pytest.mark.timeout(600)]

OUR_ATTEMPTS = ("worker", "relay")  # whoever of the two made the attempt, it is dead


@pytest.mark.parametrize("process", MORTAL)
def test_a_process_killed_between_every_two_steps_changes_nothing(world: World, process: str) -> None:
    ledger, killer = Ledger(world.stack), Killer(world.stack)

    def between(step: str) -> None:
        if step in STEPS:
            killer.kill(process, f"after {step}")

    consultation = world.consultation(between)
    try:
        consultation.run()
        kills = killer.require()
        assert [(kill.process, kill.when) for kill in kills] == [(process, f"after {step}") for step in STEPS]
        ledger.require_exactly_once(consultation)
    finally:
        consultation.close()
        killer.settle()


@pytest.mark.parametrize("run", range(2))
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
            plan_fault_and_kill(world.stack, killer, *plans[step], mode)

    consultation = world.consultation(between)
    try:
        consultation.run()
        assert len(killer.require()) == len(plans) * len(OUR_ATTEMPTS)
        ledger.require_exactly_once(consultation)
    finally:
        consultation.close()
        killer.settle()


def plan_fault_and_kill(stack: Stack, killer: Killer, system: str, route: str, mode: str) -> None:
    before = struck(stack, system, route, mode)
    plan_fault(stack, system, route, mode)
    killer.kill_once(OUR_ATTEMPTS, f"{system} {mode}", lambda: struck(stack, system, route, mode) > before)


def plan_fault(stack: Stack, system: str, route: str, mode: str) -> None:
    with stack.client() as client:
        fault = {"route": route, "mode": mode, "delay": 1.0 if mode == "late-apply" else 0.0}
        client.post(f"{stack[system].address}/_sim/faults", json=fault).raise_for_status()


def struck(stack: Stack, system: str, route: str, mode: str) -> int:
    with stack.client() as client:
        return int(client.get(f"{stack[system].address}/_sim/log").json()["faults"].get(f"{route} {mode}", 0))


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
