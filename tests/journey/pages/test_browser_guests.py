"""A relative comes into the call by a link: the doctor lets her in, and she sees nothing else."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from simulators.demo.stack import Stack
from tests.support.pages.browsing import frames_grow, new_context
from tests.support.pages.journeys import ClinicAtScreen, NurseAtScreen, both_see_each_other, usable

pytest_plugins = ["tests.support.pages.chromium"]
pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(900)]

WHO, RECORD = "Ejnar Efterår", "r-1013"


def test_a_guest_waits_until_the_doctor_lets_her_in_and_three_see_each_other(
    chromium: Browser, stack: Stack, contexts: list[BrowserContext]
) -> None:
    contexts += [new_context(chromium) for _ in range(3)]
    nurse, clinic = NurseAtScreen(contexts[0], stack), ClinicAtScreen(contexts[1], stack, "peter")
    nurse.stand_in_queue(RECORD)
    clinic.opens_the_waiting_room()
    clinic.opens(WHO)
    clinic.takes()
    nurse.answers_the_ring()
    both_see_each_other(nurse.page, clinic.page, "before anybody else comes")
    link = _invited(clinic.page, "relative")
    guest = contexts[2].new_page()
    _knocks(guest, link)
    _is_let_in(clinic.page, guest)
    _three_see_each_other(nurse.page, clinic.page, guest)
    _sees_nothing_else(guest)
    _the_link_is_worth_nothing(contexts[2], link)
    _is_sent_out(clinic.page, guest)
    _nobody_more_comes_where_it_is_locked(clinic.page)
    both_see_each_other(nurse.page, clinic.page, "among themselves again")
    nurse.hangs_up()
    nurse.approves(clinician="Peter Vang")


def _invited(clinic: Page, role: str) -> str:
    clinic.get_by_test_id("guests").click()
    clinic.get_by_test_id("guest-role").select_option(role)
    clinic.get_by_test_id("make-link").click()
    expect(clinic.get_by_test_id("guest-link")).to_contain_text("/gaest#")
    expect(clinic.get_by_test_id("guests-listed")).to_contain_text("Pårørende har fået et link")
    usable(clinic, "guests-dialog")
    link = clinic.get_by_test_id("guest-link").inner_text()
    clinic.get_by_test_id("guests-done").click()
    return link


def _knocks(guest: Page, link: str) -> None:
    guest.goto(link)
    assert "#" not in guest.url, "the code stays in nobody's address bar"
    usable(guest, "guest-enter")
    guest.get_by_test_id("come-in").click()
    expect(guest.get_by_test_id("guest-waiting")).to_be_visible()
    usable(guest, "guest-waiting")


def _is_let_in(clinic: Page, guest: Page) -> None:
    waiting = clinic.get_by_test_id("guests-waiting")
    expect(waiting).to_contain_text("Pårørende venter på at komme ind")
    expect(clinic.get_by_test_id("further-video")).to_have_count(0)
    usable(clinic, "guest-at-the-door")
    waiting.get_by_test_id("admit-guest").click()
    expect(guest.get_by_test_id("guest-call")).to_be_visible()


def _three_see_each_other(*pages: Page) -> None:
    for page in pages:
        expect(page.locator("#remotes video")).to_have_count(2)
        both = "[...document.querySelectorAll('#remotes video')].filter((video) => video.videoWidth > 0).length"
        while page.evaluate(both) < 2:
            page.wait_for_timeout(200)
        alone = page.url.endswith("/gaest")
        expect(page.get_by_test_id("guests-here")).to_have_text("" if alone else "En gæst er med i samtalen.")
        usable(page, f"three-{page.url.split('/')[3]}")
        frames_grow(page)


def _sees_nothing_else(guest: Page) -> None:
    for address in ("/", "/klinik", "/borger", "/login", "/hjaelp", "/api/v1/session"):
        assert guest.evaluate("async (address) => (await fetch(address)).status", address) == 404, address
    assert WHO.split(" ", maxsplit=1)[0] not in guest.content()


def _the_link_is_worth_nothing(context: BrowserContext, link: str) -> None:
    another = context.browser.new_context() if context.browser else context
    page = another.new_page()
    page.goto(link)
    page.get_by_test_id("come-in").click()
    expect(page.get_by_test_id("enter-words")).to_contain_text("Linket er brugt eller udløbet")
    another.close()


def _is_sent_out(clinic: Page, guest: Page) -> None:
    clinic.get_by_test_id("guests").click()
    clinic.get_by_test_id("guests-listed").get_by_test_id("send-guest-out").click()
    expect(guest.get_by_test_id("guest-gone")).to_be_visible()
    expect(clinic.get_by_test_id("guests-listed").get_by_test_id("guest")).to_have_count(0)
    expect(clinic.get_by_test_id("further-video")).to_have_count(0)
    expect(clinic.get_by_test_id("guests-here")).to_have_text("")


def _nobody_more_comes_where_it_is_locked(clinic: Page) -> None:
    clinic.get_by_test_id("room-lock").check()
    clinic.get_by_test_id("make-link").click()
    expect(clinic.locator("#guests-said")).not_to_be_empty()
    clinic.get_by_test_id("guests-done").click()
