"""What an employee's page shows is true, or it says since when it is not known (requirements.md U06)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from werkzeug.serving import make_server

from gateway.access import EMPLOYEE_COOKIE
from gateway.domain.consultation import ringing
from simulators.demo.processes import free_port
from tests.support.pages.browsing import new_context, running_chromium
from tests.support.pages.half_open import Line, line
from tests.support.processes.live_process import live_served
from tests.unit.web.nurse_world import DOCTOR, Nurse, NurseWorld

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]


@dataclass
class Lines:
    """Those of the two processes a page talks to."""

    web: Line
    live: Line

    def freeze(self) -> None:
        self.web.freeze()
        self.live.freeze()

    def thaw(self) -> None:
        self.web.thaw()
        self.live.thaw()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with running_chromium() as browser:
        yield browser


@pytest.fixture
def ports() -> dict[str, int]:
    return {name: free_port() for name in ("web", "live", "media", "web-behind", "live-behind")}


@pytest.fixture
def world(tmp_path: Path, ports: dict[str, int]) -> Iterator[NurseWorld]:
    urls = {f"{name}_url": f"http://gateway.localhost:{ports[name]}" for name in ("live", "media")}
    made = NurseWorld(tmp_path, public_url=f"http://gateway.localhost:{ports['web']}", **urls)
    server = make_server("127.0.0.1", ports["web-behind"], made.app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with live_served(made.gateway.settings, ports["live-behind"]):
        yield made
    server.shutdown()
    made.gateway.engine.dispose()


@pytest.fixture
def lines(world: NurseWorld, ports: dict[str, int]) -> Iterator[Lines]:
    with line(ports["web"], ports["web-behind"]) as web, line(ports["live"], ports["live-behind"]) as live:
        yield Lines(web, live)


@pytest.fixture
def nurse(world: NurseWorld) -> Nurse:
    return world.nurse()


@pytest.fixture
def page(chromium: Browser, world: NurseWorld, nurse: Nurse, lines: Lines) -> Iterator[Page]:
    context = new_context(chromium)
    address = world.gateway.settings.public_url
    context.add_cookies([{"name": EMPLOYEE_COOKIE, "value": nurse.token, "url": address}])
    page = context.new_page()
    yield page
    context.close()


def test_a_dead_line_is_said_and_the_ring_is_there_when_it_lives_again(
    world: NurseWorld, nurse: Nurse, page: Page, lines: Lines
) -> None:
    """Both connections look open to the browser the whole time."""
    consultation = world.waiting(nurse)
    page.goto(f"{world.gateway.settings.public_url}/konsultation/{consultation.id}")
    expect(page.get_by_test_id("position-words")).to_have_text("Du er nr. 1 i køen")
    page.evaluate("window.stayed = true")
    lines.freeze()
    expect(page.get_by_test_id("stale")).to_contain_text("Ikke opdateret siden kl.")
    world.does(consultation, lambda c: ringing.accept(c, world.later(), DOCTOR, "Lise Hansen"))
    lines.thaw()
    expect(page.get_by_test_id("join")).to_be_visible()
    expect(page.get_by_test_id("stale")).to_be_hidden()
    assert page.evaluate("window.stayed")


def test_a_stream_alone_that_is_dead_is_opened_anew_and_the_page_stays_fresh(
    world: NurseWorld, nurse: Nurse, page: Page, lines: Lines
) -> None:
    consultation = world.waiting(nurse)
    page.goto(f"{world.gateway.settings.public_url}/konsultation/{consultation.id}")
    while not lines.live.answered:
        page.wait_for_timeout(100)
    lines.live.freeze()
    world.does(consultation, lambda c: ringing.accept(c, world.later(), DOCTOR, "Lise Hansen"))
    expect(page.get_by_test_id("join")).to_be_visible()
    expect(page.get_by_test_id("stale")).to_be_hidden()


def test_a_state_that_cannot_be_fetched_is_old_although_the_stream_stands(
    world: NurseWorld, nurse: Nurse, page: Page, lines: Lines
) -> None:
    consultation = world.waiting(nurse)
    page.goto(f"{world.gateway.settings.public_url}/konsultation/{consultation.id}")
    expect(page.get_by_test_id("position-words")).to_be_visible()
    lines.web.freeze()
    world.does(consultation, lambda c: ringing.accept(c, world.later(), DOCTOR, "Lise Hansen"))
    expect(page.get_by_test_id("stale")).to_contain_text("Ikke opdateret siden kl.")
    lines.web.thaw()
    expect(page.get_by_test_id("join")).to_be_visible()
    expect(page.get_by_test_id("stale")).to_be_hidden()


def test_a_page_whose_scripts_never_came_says_that_it_does_not_follow(
    world: NurseWorld, nurse: Nurse, page: Page
) -> None:
    """The line died between the page and what makes it follow."""
    consultation = world.waiting(nurse)
    lost: list[Route] = []  # the first is never answered
    page.route("**/js/shared/stream.js", lambda route: route.continue_() if lost else lost.append(route))
    page.goto(f"{world.gateway.settings.public_url}/konsultation/{consultation.id}", wait_until="commit")
    expect(page.get_by_test_id("unfollowed")).to_be_visible()
    page.get_by_role("link", name="Hent siden igen").click()
    expect(page.get_by_test_id("received")).to_be_visible()
    expect(page.locator("html[data-follows]")).to_have_count(1)
    expect(page.get_by_test_id("unfollowed")).to_be_hidden()
