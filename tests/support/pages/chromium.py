"""Fixtures of the browser journeys: one chromium and one set of real processes for all of them.

A test module asks for them with ``pytest_plugins = ["tests.support.pages.chromium"]``.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext

from simulators.demo.stack import Stack
from tests.support.pages.browsing import running_chromium


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with running_chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """Everything the demo starts, on free ports; journeys leave it as they found it."""
    with Stack() as running:
        yield running


@pytest.fixture
def contexts(chromium: Browser) -> Iterator[list[BrowserContext]]:
    """Profiles opened during a test, closed after it."""
    opened: list[BrowserContext] = []
    yield opened
    for context in opened:
        context.close()
