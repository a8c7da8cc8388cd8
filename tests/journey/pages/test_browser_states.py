"""Every state of the pages (U12) in one of eight looks a day: nothing serious for axe, no sideways scroll at 320 px.

Each day has one look and every eighth state; ``STATES=all`` runs all eight looks of all.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.support.pages.browsing import scrolls_sideways
from tests.support.pages.sheet import LOOKS, Look, Showing, opened, showing
from tests.support.pages.states import STATES

pytest_plugins = ["tests.support.pages.chromium"]
pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(1800)]
SLICES = 8


def looked_at_today() -> list[tuple[Look, str]]:
    """All pairs come round in 64 days."""
    if os.environ.get("STATES") == "all":
        return [(look, name) for look in LOOKS for name in STATES]
    day = datetime.now(UTC).toordinal()
    look = LOOKS[day % len(LOOKS)]
    return [(look, name) for name in list(STATES)[day // len(LOOKS) % SLICES :: SLICES]]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Showing]:
    with showing(tmp_path_factory.mktemp("states")) as running:
        yield running


def faults_of(page: Page) -> list[str]:
    """What axe calls serious or critical, and a page that is wider than 320 px."""
    found = Axe().run(page).response["violations"]
    grave = [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in found if v["impact"] in ("serious", "critical")]
    wide = scrolls_sideways(page)
    return grave + ([f"scrolls {wide} px sideways at 320 px"] if wide > 0 else [])


def test_u12_every_state_can_be_used_by_everybody(chromium: Browser, shown: Showing) -> None:
    faults: dict[str, list[str]] = {}
    for look, name in looked_at_today():
        with opened(chromium, look, shown, name) as page:
            found = faults_of(page)
        if found:
            faults[f"{name} {look.word}"] = found
    assert faults == {}
