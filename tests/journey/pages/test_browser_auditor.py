"""An auditor's visit in the browser: each question is answered from the console's first page in five presses."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.support.pages.auditor import MOST_PRESSES, QUESTIONS, SUBPROCESSORS, asked, furnished_for_audit, visiting
from tests.support.pages.sheet import showing

pytest_plugins = ["tests.support.pages.chromium"]
pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(600)]


def test_ad18_an_auditors_questions_take_five_presses_at_most(chromium: Browser, tmp_path: Path) -> None:
    with showing(tmp_path, subprocessors=SUBPROCESSORS) as shown:
        furnished_for_audit(shown.stage)
        with visiting(chromium, shown) as visit:
            presses = dict(asked(visit))
    assert len(presses) == len(QUESTIONS) and min(presses.values()) > 0
    assert {name: n for name, n in presses.items() if n > MOST_PRESSES} == {}
