"""Every door that is found gets spoilt inputs: none is a fault of ours, and what is acknowledged has been done in full.

The list is found: adapters' doors by discovery, the others by their routes. ``bench/mutated_inputs.py`` does more.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from adapters.discovery import found_doors
from bench.spoilt.acts import Presses
from bench.spoilt.systems import DOORS, ROUTES
from gateway.web.guards import audience_of
from tests.unit.web.acts.stage import Stage

pytestmark = pytest.mark.timeless("spoilt input")

INPUTS = 40


def test_every_adapters_door_is_tried() -> None:
    """By its name where all doors of that name speak alike (MedCom's), else by kind and name."""
    lines = {"eoj/hl7v2": "announcements"}
    assert {lines.get(f"{found.kind}/{found.name}", found.name) for found in found_doors()} <= set(DOORS)


def test_every_route_belongs_to_a_door_that_is_tried(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    app, tried = stage.world.app, {way.rule.rule for way in Presses(stage).ways.values()}
    with app.app_context():
        known = [(rule, audience_of(rule.endpoint)) for rule in app.url_map.iter_rules()]
    own = {rule.rule for rule, who in known if not rule.endpoint.startswith("adapters.") and who is not None}
    read_only = {"/.well-known/jwks.json", "/health", "/health/ready"}
    assert own - tried - set(ROUTES) == read_only
    assert set(ROUTES.values()) <= set(DOORS)


@pytest.mark.parametrize("name", DOORS)
def test_no_spoilt_input_is_a_fault_of_ours(name: str, tmp_path: Path) -> None:
    chance = random.Random(20_261_129)
    with DOORS[name](tmp_path) as door:
        for _ in range(INPUTS):
            content = door.spoil(chance.choice(door.messages), chance)
            status, _ = door.send(content)
            assert status < 500, content
            assert status >= 300 or door.undone(content) == "", content
        for bomb, content in door.bombs.items():
            assert 400 <= door.send(content)[0] < 500, bomb
