"""Every door into Lægebro in a real browser: nobody is lost on the way, and nobody without a right comes in."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from simulators.demo.people import PASSWORD
from simulators.demo.stack import Stack
from tests.support.pages.browsing import new_context
from tests.support.pages.journeys import NurseAtScreen, log_in_where_asked, usable

pytest_plugins = ["tests.support.pages.chromium"]
pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(900)]

FJORDBY = "login-login-fjordby"
ADDRESS_LIVES = 30.0  # seconds, by the issue's own figure


def _signed_address(nurse: NurseAtScreen, record: str) -> str:
    """The one-time address the care system's back end was given, not opened yet."""
    nurse.open_record(record)
    view = nurse.page.locator("input[name=view]").first.input_value()
    start = f"{nurse.stack['eoj'].address}/records/{record}/launch/signed"
    cookies = {str(one["name"]): str(one["value"]) for one in nurse.context.cookies(nurse.page.url)}
    with nurse.stack.client() as client:
        client.cookies.update(cookies)
        answer = client.post(start, data={"view": view}, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def test_d06_a_used_or_expired_address_leads_to_the_login_and_the_consultation_is_kept(
    chromium: Browser, stack: Stack, contexts: list[BrowserContext]
) -> None:
    contexts += [new_context(chromium), new_context(chromium)]
    nurse, elsewhere = NurseAtScreen(contexts[0], stack), contexts[1].new_page()
    nurse.log_in_at_the_care_system()
    late, issued = _signed_address(nurse, "r-1004"), time.monotonic()
    address = _signed_address(nurse, "r-1002")
    nurse.page.goto(address)
    nurse.tell_who_she_is()
    expect(nurse.page.get_by_test_id("citizen-name")).to_have_text("Karla Testmose")
    assert "code" not in nurse.page.url
    nurse.page.get_by_test_id("reason").fill("Uddybes om lidt")
    expect(nurse.page.get_by_test_id("saved")).to_have_text("Teksten er gemt")
    elsewhere.goto(address)
    expect(elsewhere.get_by_role("heading", name="Linket er brugt")).to_be_visible()
    usable(elsewhere, "launch-over")
    elsewhere.get_by_test_id("to-login").click()
    _continues(elsewhere, "Karla Testmose")
    expect(elsewhere.get_by_test_id("reason")).to_have_value("Uddybes om lidt")
    while time.monotonic() < issued + ADDRESS_LIVES + 1:
        elsewhere.wait_for_timeout(250)
    nurse.page.goto(late)
    expect(nurse.page.get_by_role("heading", name="Linket fra journalen er udløbet")).to_be_visible()
    nurse.page.get_by_test_id("continue").click()
    _continues(nurse.page, "Aksel Prøvesen")


def _continues(page: Page, name: str) -> None:
    """Log in where asked, and go on with what was kept."""
    log_in_where_asked(page, "mette", "begin", FJORDBY)
    usable(page, "mine")
    page.locator("[data-testid=consultations] li").filter(has_text=name).get_by_role("button").click()
    expect(page.get_by_test_id("citizen-name")).to_have_text(name)


def test_a_double_click_starts_one_consultation_and_takes_one_place(
    chromium: Browser, stack: Stack, contexts: list[BrowserContext]
) -> None:
    contexts.append(new_context(chromium))
    nurse = NurseAtScreen(contexts[0], stack)
    nurse.log_in_at_the_care_system()
    nurse.open_record("r-1003")
    record = nurse.page
    record.locator("#start-smart").dblclick()
    for _ in range(600):
        started = [page for page in nurse.context.pages if page is not record and "/launch/" not in page.url]
        if started and all("gateway.localhost" in page.url for page in started):
            break
        record.wait_for_timeout(100)
    landed = {page.url.partition("til=")[2] or page.url.rpartition("/")[2] for page in started}
    assert len(landed) == 1, landed
    record.close()
    nurse.page = started[-1]
    nurse.page.reload()  # each window logged her in anew: the login that came last is the browser's
    here = nurse.page.get_by_test_id("reopen")
    if here.count():  # and the consultation's may be the other one: one press says which
        here.click()
    nurse.tell_who_she_is()
    nurse.fill_start_page()
    nurse.page.get_by_test_id("enqueue").dblclick()
    number = nurse.number()
    nurse.page.reload()
    assert nurse.number() == number
    nurse.page.get_by_test_id("to-mine").click()
    expect(nurse.page.locator("[data-testid=consultations] li").filter(has_text="Villy Prøvegaard")).to_have_count(1)
    nurse.page.locator("[data-testid=consultations] li").filter(has_text="Villy").get_by_role("button").click()
    nurse.leaves_the_queue()


def test_without_the_right_every_door_says_the_same(
    chromium: Browser, stack: Stack, contexts: list[BrowserContext]
) -> None:
    contexts.append(new_context(chromium))
    lone = NurseAtScreen(contexts[0], stack, "lone")
    lone.launch("r-1001")
    _has_no_access(lone.page)
    usable(lone.page, "no-right")
    lone.page.goto(f"{stack.gateway_url}/login")
    usable(lone.page, "choose-organisation")
    lone.page.get_by_test_id(FJORDBY).click()
    lone.page.locator("#username").fill("lone")
    lone.page.locator("#password").fill(PASSWORD)
    lone.page.locator("#login").click()
    _has_no_access(lone.page)
    lone.page.goto(f"{stack['eoj'].address}/records/r-1001")
    with lone.context.expect_page() as opened:
        lone.page.locator("#start-signed").click()
    expect(opened.value.locator("#message")).to_contain_text("Din leder kan give dig den. Spørg Digital support")


def _has_no_access(page: Page) -> None:
    expect(page.get_by_role("heading", name="Du har ikke adgang til Lægebro.")).to_be_visible()
    expect(page.get_by_test_id("problem")).to_contain_text("Din leder kan give dig den. Spørg Digital support")


def test_a_typed_number_shows_a_card_before_anything_is_stored(
    chromium: Browser, stack: Stack, contexts: list[BrowserContext]
) -> None:
    contexts.append(new_context(chromium))
    nurse = NurseAtScreen(contexts[0], stack)
    page = nurse.page
    page.goto(f"{stack.gateway_url}/login")
    log_in_where_asked(page, "mette", "begin", FJORDBY)
    page.get_by_test_id("begin").click()
    usable(page, "begin")
    page.get_by_test_id("cpr").fill("251248-9996")
    page.get_by_test_id("find-citizen").click()
    expect(page.get_by_role("heading", name="Er det Gerda Julsø")).to_be_visible()
    usable(page, "confirm")
    page.get_by_test_id("confirm-no").click()
    expect(page.get_by_test_id("cpr")).to_have_value("")
    page.get_by_test_id("to-mine").click()
    expect(page.get_by_text("Gerda Julsø")).to_have_count(0)
    page.get_by_test_id("begin").click()
    page.get_by_test_id("cpr").fill("2512489996")
    page.get_by_test_id("find-citizen").click()
    page.get_by_test_id("confirm-yes").click()
    nurse.tell_who_she_is()
    expect(page.get_by_test_id("citizen-name")).to_have_text("Gerda Julsø")
    expect(page.get_by_test_id("practice-name")).to_have_text("Lægerne Torvet")


def test_a_practice_that_is_not_connected_is_refused_with_its_telephone_number(
    chromium: Browser, stack: Stack, contexts: list[BrowserContext]
) -> None:
    contexts.append(new_context(chromium))
    nurse = NurseAtScreen(contexts[0], stack)
    nurse.launch("r-1010")
    nurse.tell_who_she_is()
    card = nurse.page.get_by_test_id("practice-card")
    expect(card.get_by_test_id("practice-state")).to_contain_text("Ikke tilsluttet")
    expect(card.get_by_test_id("call-practice").first).to_contain_text("99 00 10 30")
    usable(nurse.page, "start-not-connected")
    nurse.fill_start_page()
    nurse.page.get_by_test_id("enqueue").click()
    expect(nurse.page.get_by_test_id("error-summary")).to_contain_text("bruger ikke Lægebro. Ring til klinikken.")
    expect(nurse.page.get_by_test_id("reason")).not_to_have_value("")
    usable(nurse.page, "start-refused")
