"""A relative and an interpreter come into the call by a link: the doctor lets them in, and they see nothing else."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from simulators.demo.stack import Stack
from tests.support.pages.browsing import PATIENCE, new_context
from tests.support.pages.journeys import ClinicAtScreen, NurseAtScreen, both_see_each_other, usable

pytest_plugins = ["tests.support.pages.chromium"]
pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(900)]

WHO, RECORD = "Ejnar Efterår", "r-1013"
WORDS = {"relative": "Pårørende", "interpreter": "Tolk"}
FRAMES = """async () => {
  const report = [...(await window.__connections.at(-1).getStats()).values()];
  const streams = report.filter((one) => one.type === "inbound-rtp" && one.kind === "video");
  return Object.fromEntries(streams.map((one) => [one.mid, one.framesDecoded ?? 0]));
}"""
SHOWN = "[...document.querySelectorAll('#remotes video')].filter((video) => video.videoWidth > 0).length"


def test_guests_wait_until_the_doctor_lets_them_in_and_up_to_four_see_each_other(
    chromium: Browser, stack: Stack, contexts: list[BrowserContext]
) -> None:
    contexts += [new_context(chromium) for _ in range(4)]
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
    _all_see_each_other("En gæst er med i samtalen.", nurse.page, clinic.page, guest)
    _sees_nothing_else(guest)
    _goes_and_comes_back(guest, nurse.page, clinic.page)
    interpreter = contexts[3].new_page()
    _knocks(interpreter, _invited(clinic.page, "interpreter"))
    _is_let_in(clinic.page, interpreter, before=1)
    _all_see_each_other("To gæster er med i samtalen.", nurse.page, clinic.page, guest, interpreter)
    _the_doctors_window_is_large(clinic.page, nurse.page, guest, interpreter)
    _leaves(interpreter, nurse.page, clinic.page, guest)
    _all_see_each_other("En gæst er med i samtalen.", nurse.page, clinic.page, guest)
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
    expect(clinic.get_by_test_id("guests-listed")).to_contain_text(f"{WORDS[role]} har fået et link")
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


def _is_let_in(clinic: Page, guest: Page, before: int = 0) -> None:
    waiting = clinic.get_by_test_id("guests-waiting")
    expect(waiting).to_contain_text("venter på at komme ind")
    expect(clinic.get_by_test_id("further-video")).to_have_count(before)
    usable(clinic, "guest-at-the-door")
    waiting.get_by_test_id("admit-guest").click()
    expect(guest.get_by_test_id("guest-call")).to_be_visible()


def _all_see_each_other(told: str, *pages: Page) -> None:
    """Every picture on every page moves; who is no guest is told how many are (a guest counts the others)."""
    for page in pages:
        expect(page.locator("#remotes video")).to_have_count(len(pages) - 1)
        while page.evaluate(SHOWN) < len(pages) - 1:
            page.wait_for_timeout(200)
        _every_picture_moves(page, len(pages) - 1)
        if not page.url.endswith("/gaest"):
            expect(page.get_by_test_id("guests-here")).to_have_text(told)
        usable(page, f"{len(pages)}-{page.url.split('/')[3]}")


def _every_picture_moves(page: Page, pictures: int) -> None:
    """As many streams decode more frames than before as others are here."""
    before: dict[str, int] = page.evaluate(FRAMES)
    for _ in range(PATIENCE // 200):
        now: dict[str, int] = page.evaluate(FRAMES)
        if sum(frames > before.get(stream, 0) + 5 for stream, frames in now.items()) == pictures:
            return
        page.wait_for_timeout(200)
    raise AssertionError(f"{pictures} pictures should move: {before} → {page.evaluate(FRAMES)}")


def _the_doctors_window_is_large(clinic: Page, *others: Page) -> None:
    clinic.get_by_test_id("share").click()
    expect(clinic.get_by_test_id("sharing")).to_have_text("Du deler ét vindue. Dit kamera vises ikke imens.")
    for page in others:
        expect(page.get_by_test_id("screen-shared")).to_have_text("Lægen deler sin skærm.")
        large = page.locator("#remotes video[data-screen]")
        expect(large).to_have_count(1)
        widths = [box["width"] for each in page.locator("#remotes video").all() if (box := each.bounding_box())]
        box = large.bounding_box()
        assert box and sorted(widths)[-2] * 2 < box["width"] == max(widths), widths
        usable(page, f"screen-{page.url.split('/')[3]}")
    clinic.get_by_test_id("share").click()
    for page in others:
        expect(page.get_by_test_id("screen-shared")).to_have_text("")
        expect(page.locator("#remotes video[data-screen]")).to_have_count(0)


def _goes_and_comes_back(guest: Page, *others: Page) -> None:
    """The same seat, on the same sections of the others' connections."""
    guest.goto("about:blank")
    for page in others:
        expect(page.get_by_test_id("further-video")).to_have_count(0)
    guest.go_back()
    _all_see_each_other("En gæst er med i samtalen.", *others, guest)


def _leaves(guest: Page, *others: Page) -> None:
    guest.get_by_test_id("leave").click()
    expect(guest.get_by_test_id("guest-over").or_(guest.get_by_test_id("guest-gone"))).to_be_visible()
    for page in others:
        expect(page.locator("#remotes video")).to_have_count(len(others) - 1)


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
