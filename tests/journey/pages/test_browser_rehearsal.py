"""An Øvekald in a real browser: from Hjælp to a note that is sent nowhere, with the invented doctor's picture through
the media process (N23)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from simulators.demo.stack import Stack
from tests.support.pages.browsing import frames_grow, new_context
from tests.support.pages.journeys import AGREED, NurseAtScreen, notes_of, usable

pytest_plugins = ["tests.support.pages.chromium"]
pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(900)]


def test_n23_a_whole_talk_with_the_invented_clinic_and_nothing_is_filed(
    chromium: Browser, stack: Stack, contexts: list[BrowserContext]
) -> None:
    contexts.append(new_context(chromium))
    nurse = NurseAtScreen(contexts[0], stack)
    before = notes_of(stack)
    nurse.launch("r-1001")
    nurse.tell_who_she_is()
    page, marked = nurse.page, nurse.page.get_by_test_id("rehearsal")
    page.get_by_test_id("help").click()
    _looks_at_the_film(page)
    page.get_by_test_id("rehearse").click()
    expect(marked).to_contain_text("Øvekald – ikke en rigtig borger")
    nurse.fill_start_page()
    page.get_by_test_id("enqueue").click()
    assert nurse.number() == 2
    expect(page.get_by_test_id("ring")).to_be_visible()
    expect(marked).to_be_in_viewport()
    nurse.answers_the_ring()
    frames_grow(page, 20)
    expect(page.get_by_test_id("timer")).not_to_have_text("0.00")
    expect(marked).to_be_visible()
    usable(page, "rehearsal-call")
    nurse.hangs_up()
    expect(page.get_by_test_id("clinician")).to_have_value("Øvelæge")
    page.get_by_test_id("agreed-text").fill(AGREED)
    page.get_by_test_id("approve").click()
    expect(page.get_by_test_id("note-rehearsed")).to_be_visible()
    expect(marked).to_be_visible()
    usable(page, "rehearsal-receipt")
    assert notes_of(stack) == before


def _looks_at_the_film(page: Page) -> None:
    """By the keyboard, in both languages; back in Hjælp at the end."""
    page.get_by_test_id("see-film").press("Enter")
    usable(page, "film")
    page.get_by_test_id("language").press("Enter")
    expect(page.get_by_role("heading", name="Start from the record")).to_be_focused()
    usable(page, "film-in-english")
    page.get_by_test_id("language").press("Enter")
    expect(page.get_by_role("heading", name="Start fra journalen")).to_be_focused()
    for title in ("Samtykke og emne", "I kø", "Lægen er klar", "Samtalen", "Notatet", "Lagt i journalen"):
        _turns(page, "ArrowRight", title)
        picture = page.locator(".film__scene img")
        assert picture.evaluate("each => each.decode().then(() => each.naturalWidth)") == 390
    _turns(page, "ArrowLeft", "Notatet")
    _turns(page, "ArrowRight", "Lagt i journalen")
    page.get_by_test_id("film-over").press("Enter")


def _turns(page: Page, key: str, to: str) -> None:
    page.wait_for_load_state()  # a key before the page's script has come is not heard
    page.keyboard.press(key)
    expect(page.get_by_role("heading", name=to, level=1)).to_be_focused()
