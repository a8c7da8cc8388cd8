"""What people see of the simulators, in Debian's chromium: usable by keyboard, no serious accessibility fault."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from simulators import directory
from simulators.eoj import records
from simulators.eoj.app import EojSettings, eoj_app
from simulators.gp.app import GpSettings, gp_app
from simulators.identity.app import identity_app
from simulators.oauth.clients import Client, Clients
from tests.integration.simulators.test_simulator_gp import placed, read
from tests.support.doors.vendor import Vendor, pkce, running

pytestmark = [pytest.mark.browser, pytest.mark.timeless("pages of the simulators")]
# For a person who wants to look: SIMULATOR_SHOTS=folder keeps a picture of each page.
SHOTS = os.environ.get("SIMULATOR_SHOTS")
expect.set_options(timeout=60_000)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(locale="da-DK", timezone_id="Europe/Copenhagen")
    context.set_default_timeout(60_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def vendor(tmp_path: Path) -> Vendor:
    return Vendor(tmp_path)


def looked_at(page: Page, name: str) -> None:
    """No serious or critical fault, nothing wider than a telephone."""
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)
    size = page.viewport_size
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}-phone.png", full_page=True)
    page.set_viewport_size(size or {"width": 1280, "height": 720})


def log_in(page: Page, username: str) -> None:
    expect(page.locator("#username")).to_be_focused()
    page.keyboard.type(username)
    page.keyboard.press("Tab")
    page.keyboard.type("videodemo")
    page.keyboard.press("Enter")


def test_the_care_system_from_login_to_launch(page: Page, vendor: Vendor) -> None:
    organisation = directory.load().organisation("fjordby")
    assert organisation is not None
    settings = EojSettings("http://gateway.localhost:9", organisation, records.load())
    with running("eoj.localhost", lambda url: eoj_app(url, settings)) as base:
        page.goto(f"{base}/")
        expect(page.locator("#password")).to_be_visible()
        looked_at(page, "eoj-login")
        log_in(page, "mette")
        expect(page.locator("[data-record=r-1001]")).to_be_visible()
        looked_at(page, "eoj-records")
        page.locator("[data-record=r-1008]").click()
        expect(page.locator("#agreed-with")).to_be_visible()
        looked_at(page, "eoj-record-without-number")
        page.goto(f"{base}/records/r-1001")
        looked_at(page, "eoj-record")
        assert "Testmose" not in page.title()
        with page.context.expect_page() as opened:
            page.locator("#start-smart").click()
        opened.value.wait_for_url(re.compile(r"^http://gateway\.localhost:9/launch/smart\?iss=|^chrome-error:"))


def test_the_practice_system_from_login_to_rejection(page: Page, vendor: Vendor) -> None:
    settings = GpSettings(tuple(directory.load().clinics()), client_keys=str(vendor.jwks_file))
    with (
        running("gp.localhost", lambda url: gp_app(url, settings)) as base,
        vendor.fhir(base, "system/Task.crus") as fhir,
    ):
        _queue_screen(page, base, fhir)


def _queue_screen(page: Page, base: str, fhir: httpx.Client) -> None:
    page.goto(f"{base}/")
    log_in(page, "gitte")
    expect(page.locator("#nobody-waits")).to_be_visible()
    first, second = placed(fhir)["id"], placed(fhir, ydernummer="047155")["id"]
    row, other = page.locator(f"[data-task='{first}']"), page.locator(f"[data-task='{second}']")
    expect(row).to_contain_text("Sår på højre ben")
    expect(row).to_have_attribute("data-business", "seen")
    looked_at(page, "gp-queue")
    page.locator("#clinician").select_option("omar")
    row.locator(".accept").focus()
    page.keyboard.press("Enter")
    expect(row.locator(".open-video")).to_have_attribute("href", "https://gateway.example/entry/1")
    assert read(fhir, first)["output"][1]["valueString"] == "Omar Saleh"
    row.locator(".put-back").click()
    expect(row).to_contain_text("Lagt tilbage")
    row.locator(".accept").click()
    expect(row.locator(".put-back")).to_be_visible()
    other.locator(".reject").click()
    page.locator("#reject-reason").select_option("not-today")
    page.locator("#reject-text").fill("Prøv i morgen")
    looked_at(page, "gp-reject")
    page.locator("#reject-confirm").click()
    expect(other).to_contain_text("Ikke i dag")
    looked_at(page, "gp-ongoing")


def test_the_login_page_of_an_organisation(page: Page) -> None:
    clients = Clients(Client("laegebro", ("http://gateway.localhost:9/*",)))
    with running("idp.localhost", lambda url: identity_app(url, directory.load(), clients)) as base:
        page.goto(f"{base}/")
        looked_at(page, "idp-realms")
        query = "&".join(
            [
                "response_type=code&client_id=laegebro&scope=openid&state=s&code_challenge_method=S256",
                f"redirect_uri=http://gateway.localhost:9/login/callback&code_challenge={pkce()[1]}",
            ]
        )
        page.goto(f"{base}/realms/laegerne-torvet/authorize?{query}")
        expect(page.locator("h1")).to_contain_text("Lægerne Torvet")
        looked_at(page, "idp-login")
