"""A sample sent to a test system, its contract tried, and a draft rehearsed, in the browser and by the keyboard (AD06,
AD07, AD20)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from simulators.demo.stack import Stack
from tests.support.pages.administering import logged_in, press
from tests.support.pages.journeys import usable

pytest_plugins = ["tests.support.pages.chromium"]
pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(900)]


def test_a_sample_is_sent_the_contract_tried_and_a_draft_rehearsed(
    chromium: Browser, stack: Stack, contexts: list[BrowserContext]
) -> None:
    ida = logged_in(chromium, stack, contexts, "ida")
    press(ida.locator('[data-connection="eoj-fjordby"] a'))
    press(ida.get_by_test_id("open-sample"))
    ida.get_by_test_id("scenario").select_option("danish")
    press(ida.get_by_test_id("send-sample"))
    steps = ida.get_by_test_id("steps").locator("li")
    expect(steps).to_have_count(4)
    assert {each.get_attribute("data-code") for each in steps.all()} == {""}
    expect(ida.get_by_test_id("rendered")).to_contain_text("DocumentReference")
    usable(ida, "console-sample")
    press(ida.get_by_test_id("back"))
    press(ida.get_by_test_id("certify"))
    expect(ida.get_by_test_id("run-state")).to_have_attribute("data-state", "running", timeout=60_000)
    expect(ida.locator('[data-verdict="kept"]').first).to_be_visible(timeout=120_000)
    usable(ida, "console-contract")
    ida.goto(f"{stack.gateway_url}/konsol/forbindelser/eoj-fjordby")
    press(ida.get_by_test_id("take-up"))
    ida.locator("#field-note_as").select_option("Communication")
    press(ida.get_by_test_id("save-draft"))
    press(ida.get_by_test_id("rehearse"))
    expect(ida.locator('[data-line="cpr"]')).to_have_attribute("data-compared", "changed")
    usable(ida, "console-rehearsal")
    press(ida.get_by_test_id("back"))
    press(ida.get_by_test_id("drop"))
    expect(ida.get_by_test_id("take-up")).to_be_visible()
