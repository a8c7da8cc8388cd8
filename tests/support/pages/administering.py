"""An administrator at the console, by the keyboard."""

from __future__ import annotations

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from simulators.demo.stack import Stack
from tests.support.pages.browsing import new_context
from tests.support.pages.journeys import log_in_where_asked


def logged_in(chromium: Browser, stack: Stack, contexts: list[BrowserContext], username: str) -> Page:
    contexts.append(new_context(chromium))
    page = contexts[-1].new_page()
    page.goto(f"{stack.gateway_url}/konsol")
    log_in_where_asked(page, username, "who", "login-login-fjordby")
    return page


def press(where: Locator) -> None:
    """By the keyboard."""
    where.focus()
    expect(where).to_be_focused()
    where.press("Enter")
