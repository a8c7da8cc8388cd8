"""What a practice's page shows is true, or it says since when it is not known (requirements.md U06)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from gateway.access import CLINIC_COOKIE
from simulators.demo.processes import free_port
from tests.support.clinic_world import ClinicWorld, settings_in
from tests.support.pages.browsing import new_context, running_chromium
from tests.support.pages.half_open import Line, line
from tests.support.processes.live_process import live_served

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

NOTHING_LISTENS = "redis://127.0.0.1:1/0"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with running_chromium() as browser:
        yield browser


@pytest.fixture
def ports() -> dict[str, int]:
    return {name: free_port() for name in ("web", "live", "web-behind", "live-behind")}


@pytest.fixture
def world(tmp_path: Path, sqlite_template: Path, ports: dict[str, int]) -> Iterator[ClinicWorld]:
    database = tmp_path / "laegebro.db"
    database.write_bytes(sqlite_template.read_bytes())
    urls = {
        "public_url": f"http://gateway.localhost:{ports['web']}",
        "live_url": f"http://gateway.localhost:{ports['live']}",
    }
    made = ClinicWorld(settings_in(tmp_path, f"sqlite:///{database}", NOTHING_LISTENS, **urls))
    server = make_server("127.0.0.1", ports["web-behind"], made.app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with live_served(made.gateway.settings, ports["live-behind"]):
        yield made
    server.shutdown()
    made.gateway.engine.dispose()


@pytest.fixture
def lines(world: ClinicWorld, ports: dict[str, int]) -> Iterator[tuple[Line, Line]]:
    with line(ports["web"], ports["web-behind"]) as web, line(ports["live"], ports["live-behind"]) as live:
        yield web, live


@pytest.fixture
def page(chromium: Browser, world: ClinicWorld, lines: tuple[Line, Line]) -> Iterator[Page]:
    context = new_context(chromium)
    address = world.gateway.settings.public_url
    context.add_cookies([{"name": CLINIC_COOKIE, "value": world.clinic_user().token, "url": address}])
    yield context.new_page()
    context.close()


def test_the_list_says_that_its_line_is_dead_and_shows_the_new_call_when_it_lives(
    world: ClinicWorld, page: Page, lines: tuple[Line, Line]
) -> None:
    page.goto(f"{world.gateway.settings.public_url}/klinik")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.evaluate("window.stayed = true")
    for each in lines:
        each.freeze()
    consultation = world.wait_in_queue()
    expect(page.get_by_test_id("stale")).to_contain_text("Ikke opdateret siden kl.")
    for each in lines:
        each.thaw()
    expect(page.locator(f'tr[data-entry="{world.entry_of(consultation)}"]')).to_be_visible()
    expect(page.get_by_test_id("stale")).to_be_hidden()
    assert page.evaluate("window.stayed")


def test_the_call_page_says_so_too(world: ClinicWorld, page: Page, lines: tuple[Line, Line]) -> None:
    entry = world.entry_of(world.wait_in_queue())
    world.clinic_user().post(f"/api/v1/entries/{entry}/accept")
    page.goto(f"{world.gateway.settings.public_url}/klinik/samtale/{entry}")
    expect(page.get_by_test_id("call-status")).to_contain_text("Ringer op")
    for each in lines:
        each.freeze()
    expect(page.get_by_test_id("stale")).to_contain_text("Ikke opdateret siden kl.")
    for each in lines:
        each.thaw()
    expect(page.get_by_test_id("stale")).to_be_hidden()
