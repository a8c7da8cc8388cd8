"""Two employees, one citizen: the second is asked and takes over on her telephone, the first is told (D7, N16, N17)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from simulators.demo.stack import Stack
from tests.support.pages.browsing import PHONE, new_context
from tests.support.pages.journeys import NurseAtScreen, usable

pytest_plugins = ["tests.support.pages.chromium"]
pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(900)]


def test_d07_a_colleague_is_asked_takes_over_by_keyboard_and_hands_back_at_the_record(
    chromium: Browser, stack: Stack, contexts: list[BrowserContext]
) -> None:
    contexts += [new_context(chromium), new_context(chromium, PHONE)]
    mette, karim = NurseAtScreen(contexts[0], stack), NurseAtScreen(contexts[1], stack, "karim")
    number = mette.stand_in_queue("r-1003")
    support_id = mette.support_id()
    page = karim.launch("r-1003")
    karim.tell_who_she_is(then="take-over")  # a call that is taken over goes to his workplace
    expect(page.get_by_role("heading", name="Der er allerede en konsultation i gang for borgeren")).to_be_visible()
    expect(page.get_by_test_id("standing")).to_contain_text("af Mette Holm")
    usable(page, "second-launch")
    page.get_by_test_id("take-over").focus()
    page.keyboard.press("Enter")
    assert karim.number() == number, "the place is kept"
    expect(mette.page.get_by_test_id("taken-over-page")).to_contain_text("har overtaget konsultationen")
    mette.page.get_by_test_id("to-mine-2").click()
    expect(mette.page.get_by_test_id("taken-over")).to_contain_text(support_id)
    usable(mette.page, "mine-taken-over")
    mette.page.get_by_test_id("tab-workplace").click()
    usable(mette.page, "workplace-why")
    mette.page.get_by_test_id("why-shift-change").click()
    usable(mette.page, "workplace-list")
    expect(mette.page.get_by_test_id(f"take-over-{support_id}")).to_have_count(0)  # it is his workplace's now
    mette.press_start("r-1003").get_by_test_id("take-over").click()
    assert mette.number() == number
    mette.leaves_the_queue()
