"""Each promise of the design is taken away in turn from the running product, and the storm's judge must see it.

The same scenario is played by the unchanged product first: there the judge has nothing to say. Each day has every
sixth mutant, so that all are met within a week; ``MUTANTS=all`` runs all of them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from tests.storm import scenarios
from tests.storm.mutants import attempts, launches
from tests.storm.stage import Stage, staged

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]

ATTEMPTING, ANSWERING = ("worker", "relay"), ("web",)
TRIES = 3  # on a machine too busy to be as quick as a mutant


@dataclass(frozen=True)
class Caught:
    """The scenario that shows it, what the judge must find, and which processes lack the promise."""

    scenario: Callable[[Stage], None]
    wrong: str
    mutated: tuple[str, ...]


CAUGHT = {
    "no-probe": Caught(scenarios.answer_lost, "doubled", ATTEMPTING),
    "probe-of-half": Caught(scenarios.half_done, "doubled", ATTEMPTING),
    "contact-is-the-whole": Caught(scenarios.half_done, "lost", ATTEMPTING),
    "read-back-failure-is-not-done": Caught(scenarios.read_back_fails, "doubled", ATTEMPTING),
    "no-lease": Caught(scenarios.slow_peer, "doubled", ATTEMPTING),
    "no-fencing": Caught(scenarios.late_outcome, "stuck", ATTEMPTING),
    "lost-lease-is-not-done": Caught(scenarios.killed_before_noting, "doubled", ATTEMPTING),
    "poison-by-restart": Caught(scenarios.killed_at_work, "stuck", ATTEMPTING),
    "breaker-never-closes": Caught(scenarios.away_for_a_while, "unsettled", ATTEMPTING),
    "no-quiet-period": Caught(scenarios.late_change, "doubled", ATTEMPTING),
    "done-before-the-effect": Caught(scenarios.killed_after_noting, "lost", ATTEMPTING),
    "redis-is-the-memory": Caught(scenarios.flushed, "unsettled", ATTEMPTING),
    "debts-after-the-commit": Caught(scenarios.killed_between_commit_and_answer, "lost", ANSWERING),
    "kick-before-the-commit": Caught(scenarios.slow_commit, "unsettled", (*ANSWERING, *ATTEMPTING)),
    "answered-before-the-commit": Caught(scenarios.killed_before_commit, "lost", ANSWERING),
    "no-unique-key": Caught(scenarios.double_click, "doubled", ANSWERING),
    "no-launch-key": Caught(scenarios.double_click, "doubled", ANSWERING),
}
DAYS = 6


def todays() -> list[str]:
    if os.environ.get("MUTANTS") == "all":
        return list(CAUGHT)
    return list(CAUGHT)[datetime.now(UTC).toordinal() % DAYS :: DAYS]


SCENARIOS = list(dict.fromkeys(CAUGHT[name].scenario for name in todays()))


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with staged(tmp_path_factory.mktemp("stage")) as found:
        yield found


def test_every_mutant_has_its_scenario() -> None:
    assert set(CAUGHT) == {*attempts.MUTANTS, *launches.MUTANTS}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_the_product_passes_the_scenario(stage: Stage, scenario: Callable[[Stage], None]) -> None:
    assert stage.play(scenario).faults == {}


@pytest.mark.parametrize("mutant", todays())
def test_the_mutant_is_caught(stage: Stage, mutant: str) -> None:
    case = CAUGHT[mutant]
    assert any(case.wrong in stage.play(case.scenario, mutant, case.mutated).faults for _ in range(TRIES))
