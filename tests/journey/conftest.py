"""Stacks for the journeys, and their order: the search for traces comes last, so that it sees what all others left."""

from __future__ import annotations

import pytest

from tests.support.processes.stacks import either_world, postgres_world, world

__all__ = ["either_world", "postgres_world", "world"]

LAST = "test_canaries.py"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.name == LAST)
