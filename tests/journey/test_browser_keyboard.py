"""Without a pointer, from the record to a number in the queue: every step by Tab, Space, Enter and typing."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from simulators.demo.people import PASSWORD
from simulators.demo.stack import Stack
from tests.support.pages.browsing import new_context
from tests.support.pages.journeys import REASON, NurseAtScreen, usable

pytest_plugins = ["tests.support.pages.chromium"]
pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(900)]

STOPS = 80  # Tab presses after which an element counts as out of reach
FOCUSED = """wanted => {
  const at = document.activeElement;
  return at !== null && at !== document.body && at.matches(wanted);
}"""
OUTLINED = """() => {
  const style = getComputedStyle(document.activeElement);
  return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
}"""


def _tab_to(page: Page, wanted: str) -> None:
    """Press Tab until ``wanted`` (a selector) has the focus, visibly."""
    for _ in range(STOPS):
        if page.evaluate(FOCUSED, wanted):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{wanted} cannot be reached by Tab")


def _testid(name: str) -> str:
    return f'[data-testid="{name}"]'


def test_from_the_record_to_a_number_by_keyboard_alone(
    chromium: Browser, stack: Stack, contexts: list[BrowserContext]
) -> None:
    contexts.append(new_context(chromium))
    karim = NurseAtScreen(contexts[0], stack, "karim")
    _reaches_the_record(karim)
    with karim.context.expect_page() as opened:
        _tab_to(karim.page, "#start-smart")
        karim.page.keyboard.press("Enter")
    karim.page.close()
    karim.page = opened.value
    _tells_who_he_is(karim.page)
    _stands_in_queue(karim)
    _leaves_again(karim)


def _reaches_the_record(karim: NurseAtScreen) -> None:
    page = karim.page
    page.goto(f"{karim.stack['eoj'].address}/login")
    _tab_to(page, "#username")
    page.keyboard.type(karim.username)
    _tab_to(page, "#password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Borgere")).to_be_visible()
    _tab_to(page, '[data-record="r-1003"]')
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Villy Prøvegaard")).to_be_visible()


def _tells_who_he_is(page: Page) -> None:
    """Asked the first time; where another journey has told it before, by the link that changes it."""
    change = page.get_by_test_id("change-details")
    expect(change.or_(page.get_by_test_id("save-details"))).to_be_visible()
    if change.is_visible():
        _tab_to(page, _testid("change-details"))
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Fortæl lægen, hvem du er")).to_be_focused()
    for field, text in (("role", "Sygeplejerske"), ("phone", "99000102")):
        _tab_to(page, _testid(field))
        assert page.evaluate(OUTLINED), f"the focus on {field} cannot be seen"
        page.keyboard.press("Control+A")
        page.keyboard.type(text)
    _tab_to(page, _testid("save-details"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Stil i kø til lægen")).to_be_focused()


def _stands_in_queue(karim: NurseAtScreen) -> None:
    page = karim.page
    _tab_to(page, _testid("consent-given"))
    page.keyboard.press("Space")
    expect(page.get_by_test_id("consent-given")).to_be_checked()
    _tab_to(page, _testid("enqueue"))
    assert page.evaluate(OUTLINED), "the focus on the button cannot be seen"
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("error-summary")).to_be_focused()
    usable(page, "start-faults")
    _tab_to(page, f"{_testid('error-summary')} a")
    page.keyboard.press("Enter")
    _tab_to(page, _testid("reason"))
    page.keyboard.type(REASON)
    _tab_to(page, _testid("enqueue"))
    page.keyboard.press("Enter")
    number = karim.number()
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    expect(page.locator("#polite")).to_have_text(re.compile(rf"nummer {number}\b"))


def _leaves_again(karim: NurseAtScreen) -> None:
    page = karim.page
    _tab_to(page, _testid("open-leave"))
    page.keyboard.press("Enter")
    _tab_to(page, _testid("leave-solved"))
    page.keyboard.press("Space")
    _tab_to(page, _testid("leave"))
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("closed")).to_be_visible()
