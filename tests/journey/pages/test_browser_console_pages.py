"""Every page of the console, found in the table of routes: nothing serious for axe, no sideways scroll at 390 px, a
menu on one line at 1280 px, and everything that can be pressed is reached by Tab (AD24).

Each day has one of Danish and English, light and dark, for each page; ``STATES=all`` looks at every page in all four.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from gateway.access import CONSOLE_COOKIE
from gateway.web.languages import COOKIE as LANGUAGE
from tests.support.pages.browsing import DESKTOP, PHONE, scrolls_sideways
from tests.support.pages.console_pages import addresses, furnished
from tests.support.pages.sheet import Showing, showing

pytest_plugins = ["tests.support.pages.chromium"]
pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(600)]
WAYS = [*product(("da", "en"), ("light", "dark"))]
ONE_LINE = 110  # px of the head at 1280 px; a second line adds 52
REACHED = """() => {
  const seen = document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary");
  const shown = [...seen].filter(each => each.checkVisibility() && !each.disabled && !each.closest("[inert]"));
  return shown.filter(each => each.tabIndex < 0).map(each => each.outerHTML.slice(0, 120));
}"""
PATH = """() => {
  const all = "a[href], button, input:not([type=hidden]), select, textarea, summary";
  const live = each => each.checkVisibility() && !each.disabled && !each.closest("[inert]");
  const wanted = [...document.querySelectorAll(all)].filter(live);
  const groups = wanted.map(each => each.type === "radio" ? each.name : each);
  return new Set(groups).size;
}"""


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Showing]:
    with showing(tmp_path_factory.mktemp("console")) as running:
        furnished(running.stage)
        yield running


@pytest.fixture
def context(chromium: Browser, shown: Showing) -> Iterator[BrowserContext]:
    made = chromium.new_context(locale="da-DK", timezone_id="Europe/Copenhagen")
    made.add_cookies([{"name": CONSOLE_COOKIE, "value": shown.stage.admin.token, "url": shown.origin}])
    yield made
    made.close()


def faults_of(page: Page, width: int) -> Iterator[str]:
    page.set_viewport_size(DESKTOP if width == DESKTOP["width"] else PHONE)
    found = Axe().run(page).response["violations"]
    yield from (f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in found if v["impact"] in ("serious", "critical"))
    if (wide := scrolls_sideways(page)) > 0:
        yield f"scrolls {wide} px sideways"
    if width == DESKTOP["width"]:
        head = page.locator(".top").bounding_box()
        assert head is not None
        if head["height"] > ONE_LINE:
            yield f"the menu is {head['height']} px high"


def unreached(page: Page) -> Iterator[str]:
    """What cannot be tabbed to, and a page whose Tab ends before everything was met."""
    yield from page.evaluate(REACHED)
    wanted: int = page.evaluate(PATH)
    page.evaluate("() => { document.activeElement?.blur(); window.met = new Set(); }")
    for _ in range(wanted + 5):
        page.keyboard.press("Tab")
        page.evaluate("() => document.activeElement !== document.body && window.met.add(document.activeElement)")
    met: int = page.evaluate("window.met.size")
    if met < wanted:
        yield f"Tab meets {met} of {wanted}"


def looked_at_today(pages: list[str]) -> list[tuple[str, str, str]]:
    """Address, language and scheme."""
    if os.environ.get("STATES") == "all":
        return [(page, *way) for way in WAYS for page in pages]
    day = datetime.now(UTC).toordinal()
    return [(page, *WAYS[(day + number) % len(WAYS)]) for number, page in enumerate(pages)]


def test_ad24_every_page_of_the_console_can_be_used_by_everybody(context: BrowserContext, shown: Showing) -> None:
    page, faults, looked = context.new_page(), dict[str, list[str]](), looked_at_today(addresses(shown.stage))
    for address, language, scheme in looked:
        context.add_cookies([{"name": LANGUAGE, "value": language, "url": shown.origin}])
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        answer = page.goto(shown.origin + address, wait_until="load")
        assert answer is not None and answer.status == 200, (address, answer and answer.status)
        assert page.locator("html").get_attribute("lang") == language, address
        found = [f"{width}: {fault}" for width in (390, 1280) for fault in faults_of(page, width)]
        found += list(unreached(page))
        if found:
            faults[f"{address} {language} {scheme}"] = found
    assert len(looked) > 15 and faults == {}


def test_every_template_of_the_console_is_met(shown: Showing) -> None:
    """The pages above are all there are: each template that stands by itself is one of them, or answers a form."""
    folder = Path(__file__).parents[3] / "gateway" / "web" / "templates" / "console"
    whole = {str(each.relative_to(folder)) for each in folder.rglob("*.html") if "parts" not in each.parts}
    assert len(whole - {"frame.html", "empty.html", "many.html"}) <= len(addresses(shown.stage))
