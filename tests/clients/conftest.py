"""One product for all clients that a worker of the test run meets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.world import Product, product


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Product]:
    with product(tmp_path_factory.mktemp("clients"), sqlite_template) as made:
        yield made
