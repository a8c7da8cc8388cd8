"""A list asks the database as much for a dozen consultations as for two: every page without an argument is tried."""

from __future__ import annotations

import pytest

from gateway.web.guards import audience_of
from tests.support.statements import Asked, statements_on
from tests.unit.web.acts.stage import Stage

ADDED = 10  # consultations in each state
ANEW = 5  # statements that a page may take more: what a process believes for some seconds is read anew in between
REASON = "grund=shift-change"  # a workplace's list is shown to whoever says why


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return Stage(tmp_path_factory.mktemp("lists"), rate_factor="1000000")


def addresses(stage: Stage) -> list[tuple[str, str]]:
    """Audience and address of each page that may be a list."""
    with stage.world.app.app_context():
        rules = [rule for rule in stage.world.app.url_map.iter_rules() if "GET" in (rule.methods or ())]
        found = [(audience_of(rule.endpoint) or "", rule) for rule in rules if not rule.arguments]
    shown = ("employee", "clinic", "console")
    return sorted((who, rule.rule) for who, rule in found if who in shown)


def asked(stage: Stage, who: str, address: str) -> Asked:
    seat = {"employee": stage.nurse, "clinic": stage.doctor, "console": stage.admin}[who]
    with statements_on(stage.gateway.engine) as counted:
        seat.client.get(f"{address}?{REASON}")
    return counted


def filled(stage: Stage, times: int) -> None:
    for _ in range(times):
        for state in ("draft", "waiting", "ringing", "talk", "review"):
            stage.at(state)


def test_a_list_asks_as_much_for_a_dozen_consultations_as_for_two(stage: Stage) -> None:
    filled(stage, 2)
    pages = addresses(stage)
    for each in pages:
        asked(stage, *each)  # what a process reads at its first use
    few = {each: asked(stage, *each) for each in pages}
    filled(stage, ADDED)
    many = {each: asked(stage, *each) for each in pages}
    more = {
        each: f"{few[each]}\n{many[each]}"
        for each in pages
        if len(many[each].statements) > len(few[each].statements) + ANEW
    }
    assert len(pages) > 20 and more == {}, "\n\n".join(map(str, more.items()))
