"""One world per test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.web.nurse_world import Nurse, NurseWorld


@pytest.fixture
def world(tmp_path: Path) -> NurseWorld:
    return NurseWorld(tmp_path)


@pytest.fixture
def nurse(world: NurseWorld) -> Nurse:
    return world.nurse()
