"""An administrator's morning in the browser: the overview lives, a connection is tried and paused, and a read-aloud id
leads to the course, all without a word of a person."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from simulators.demo.stack import Stack
from tests.support.pages.browsing import new_context
from tests.support.pages.journeys import PERSONS, REASON, NurseAtScreen, log_in_where_asked, usable

pytest_plugins = ["tests.support.pages.chromium"]
pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(900)]


def administrator(
    chromium: Browser, stack: Stack, contexts: list[BrowserContext], username: str, realm: str = "fjordby"
) -> Page:
    """Somebody logged in to the console, at the page it opens with."""
    contexts.append(new_context(chromium))
    page = contexts[-1].new_page()
    page.goto(f"{stack.gateway_url}/konsol")
    log_in_where_asked(page, username, "who", f"login-login-{realm}")
    return page


def names_nobody(page: Page) -> None:
    text = page.locator("main").inner_text()
    assert not any(person in text for person in (*PERSONS, REASON))


def test_the_overview_turns_by_itself_when_a_connection_is_paused_elsewhere(
    chromium: Browser, stack: Stack, contexts: list[BrowserContext]
) -> None:
    ida = administrator(chromium, stack, contexts, "ida")
    row = ida.locator('[data-connection="gp-torvet"]')
    expect(row).not_to_have_attribute("data-condition", "paused")
    usable(ida, "console-overview")
    ida.evaluate("window.never_reloaded = true")
    finn = administrator(chromium, stack, contexts, "finn", "drift")
    finn.locator('[data-connection="gp-torvet"] a').click()
    usable(finn, "console-connection")
    finn.get_by_test_id("pause").click()
    expect(finn.get_by_test_id("error-summary")).to_be_visible()
    usable(finn, "console-connection-faulty")
    finn.get_by_test_id("reason").fill("Opgradering til kl. 14")
    finn.get_by_test_id("pause").click()
    expect(finn.get_by_test_id("condition")).to_have_text(re.compile("Pauset"))
    expect(row).to_have_attribute("data-condition", "paused")
    expect(row).to_contain_text("Opgradering til kl. 14")
    finn.get_by_test_id("reason").fill("Færdig")
    finn.get_by_test_id("resume").click()
    expect(row).not_to_have_attribute("data-condition", "paused")
    assert ida.evaluate("window.never_reloaded") is True


def test_a_connection_is_tried_step_by_step(chromium: Browser, stack: Stack, contexts: list[BrowserContext]) -> None:
    ida = administrator(chromium, stack, contexts, "ida")
    ida.locator('[data-connection="eoj-fjordby"] a').click()
    ida.get_by_test_id("try").click()
    steps = ida.get_by_test_id("steps").locator("li")
    expect(steps).to_have_count(7)
    names = ["settings", "name", "port", "login", "metadata", "read", "clock"]
    assert [each.get_attribute("data-step") for each in steps.all()] == names
    assert {each.get_attribute("data-code") for each in steps.all()} == {""}
    usable(ida, "console-tried")


def test_a_read_aloud_id_leads_to_the_course_by_keyboard_alone(
    chromium: Browser, stack: Stack, contexts: list[BrowserContext]
) -> None:
    contexts.append(new_context(chromium))
    karim = NurseAtScreen(contexts[-1], stack, "karim")
    karim.stand_in_queue("r-1003")
    spoken = karim.support_id().lower().replace("-", " ")
    bo = administrator(chromium, stack, contexts, "bo")
    bo.get_by_test_id("nav-messages").press("Enter")
    usable(bo, "console-messages")
    bo.get_by_test_id("words").press_sequentially(spoken)
    bo.keyboard.press("Enter")
    expect(bo.get_by_test_id("timeline")).to_be_visible()
    assert "lb" not in bo.url.rpartition("/")[2] and "?" not in bo.url
    names_nobody(bo)
    usable(bo, "console-timeline")
    bo.get_by_test_id("open-delivery").first.press("Enter")
    expect(bo.get_by_test_id("cause")).to_be_visible()
    names_nobody(bo)
    usable(bo, "console-delivery")
    bo.get_by_test_id("nav-handling").press("Enter")
    usable(bo, "console-handling")
    karim.leaves_the_queue()
