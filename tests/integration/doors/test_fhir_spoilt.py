"""Spoilt requests at our FHIR door: each is answered, none with a fault of our own. The full run is in ``bench``."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.support.doors.fhir_world import FhirWorld
from tests.support.spoiling.fhir_spoiling import BOMBS, MadVendor, messages, spoilt

pytestmark = pytest.mark.timeless("spoilt input")

INPUTS = 250  # bench/mutated_inputs.py does 20,000


def test_no_spoilt_request_is_a_fault_of_ours(tmp_path: Path, sqlite_template: Path) -> None:
    world = FhirWorld(tmp_path, sqlite_template)
    vendor, chance = MadVendor(world), random.Random(20_261_122)
    statuses = []
    for _ in range(INPUTS):
        request = spoilt(chance.choice(messages()), chance)
        status, _ = vendor.send(request)
        assert status < 500, request
        statuses.append(status)
    assert {200, 400, 422} <= set(statuses), "both the outermost and the innermost checks were met"
    for name, bomb in BOMBS.items():
        assert 400 <= vendor.send(bomb)[0] < 500, name
    world.gateway.engine.dispose()
