"""The nurse's pages in Debian's chromium: by keyboard, live without a reload, nothing typed lost or left behind."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FloatRect, Locator, Page, Route, expect
from werkzeug.serving import make_server

from gateway.access import EMPLOYEE_COOKIE
from gateway.domain.consultation import queueing, ringing
from gateway.domain.consultation.aggregate import Consultation, Status
from gateway.domain.consultation.queue_entry import RejectReason
from gateway.domain.people import SYSTEM
from simulators.demo.processes import free_port
from tests.support.pages.browsing import (
    DESKTOP,
    NARROW,
    PHONE,
    new_context,
    running_chromium,
    scrolls_sideways,
    serious_faults,
)
from tests.support.processes.live_process import live_served
from tests.unit.web.nurse_world import DOCTOR, FILLED, NAME, OWN, Nurse, NurseWorld

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

REASON = str(FILLED["reason"])


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with running_chromium() as browser:
        yield browser


@pytest.fixture
def world(tmp_path: Path) -> Iterator[NurseWorld]:
    """Web and live on ports of their own, one database; nobody listens where the media process would be."""
    web, live, media = free_port(), free_port(), free_port()
    urls = {"public_url": web, "live_url": live, "media_url": media}
    made = NurseWorld(tmp_path, **{name: f"http://gateway.localhost:{port}" for name, port in urls.items()})
    server = make_server("127.0.0.1", web, made.app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with live_served(made.gateway.settings, live):
        yield made
    server.shutdown()
    made.gateway.engine.dispose()


@pytest.fixture
def nurse(world: NurseWorld) -> Nurse:
    return world.nurse()


@pytest.fixture
def page(chromium: Browser, world: NurseWorld, nurse: Nurse) -> Iterator[Page]:
    context = new_context(chromium)
    address = world.gateway.settings.public_url
    context.add_cookies([{"name": EMPLOYEE_COOKIE, "value": nurse.token, "url": address}])
    page = context.new_page()
    yield page
    context.close()


def address(world: NurseWorld, consultation: Consultation) -> str:
    return f"{world.gateway.settings.public_url}/konsultation/{consultation.id}"


def usable(page: Page) -> None:
    """No serious fault and no sideways scroll, at the desk and on a phone."""
    for size in (DESKTOP, PHONE, NARROW):
        page.set_viewport_size(size)
        assert scrolls_sideways(page) <= 0
    page.set_viewport_size(DESKTOP)
    assert serious_faults(page) == []


def test_from_the_record_to_a_number_by_keyboard_alone(world: NurseWorld, nurse: Nurse, page: Page) -> None:
    consultation = world.launched(nurse)
    page.goto(address(world, consultation))
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    reach(page, "consent-given")
    page.keyboard.press("Space")
    reach(page, "reason")
    page.keyboard.type(REASON)
    reach(page, "enqueue")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("position-words")).to_have_text("Du er nr. 1 i køen")
    assert page.title() == "Nr. 1 i kø – Lægebro"
    usable(page)


def reach(page: Page, testid: str) -> None:
    """Press Tab until that element has the focus."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement?.dataset.testid") == testid:
            return
    raise AssertionError(f"{testid} cannot be reached by Tab")


def test_the_consent_is_in_sight_on_a_telephone_and_whom_it_is_about_stays(
    world: NurseWorld, nurse: Nurse, page: Page
) -> None:
    """Where somebody looks at the queue and nothing is in doubt, the form comes before the cards."""
    consultation = world.launched(nurse)
    world.gateway.practices.attend(consultation.id, [OWN], world.later())
    page.set_viewport_size(PHONE)
    page.goto(address(world, consultation))
    consent, about = page.get_by_test_id("consent-given"), page.get_by_test_id("about")
    assert _place(consent)["y"] + _place(consent)["height"] < PHONE["height"] * 0.6
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    assert (_place(about)["y"], _place(about)["height"] <= 96) == (0, True)


def _place(one: Locator) -> FloatRect:
    found = one.bounding_box()
    assert found is not None
    return found


def test_what_is_typed_is_on_the_server_before_the_button(world: NurseWorld, nurse: Nurse, page: Page) -> None:
    consultation = world.launched(nurse)
    page.goto(address(world, consultation))
    page.get_by_test_id("reason").press_sequentially(REASON)
    expect(page.get_by_test_id("saved")).to_have_text("Teksten er gemt")
    page.reload()
    expect(page.get_by_test_id("reason")).to_have_value(REASON)
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]


def test_each_answer_opens_what_it_needs(world: NurseWorld, nurse: Nurse, page: Page) -> None:
    page.goto(address(world, world.launched(nurse)))
    page.get_by_test_id("consent-representative").check()
    expect(page.get_by_test_id("representative-name")).to_be_visible()
    page.get_by_test_id("enqueue").click()
    expect(page.get_by_test_id("error-summary")).to_be_focused()
    usable(page)
    page.get_by_test_id("consent-refused").check()
    expect(page.get_by_test_id("enqueue")).to_have_text("Registrér afslag")
    page.get_by_test_id("enqueue").click()
    expect(page.get_by_test_id("closed")).to_contain_text("Lægen er ikke kontaktet")


def test_news_arrives_without_a_reload(world: NurseWorld, nurse: Nurse, page: Page) -> None:
    consultation = world.waiting(nurse)
    page.goto(address(world, consultation))
    page.evaluate("window.stayed = true")
    expect(page.get_by_test_id("check-verdict")).to_contain_text("blokerer video")
    world.does(consultation, lambda c: queueing.see(c, c.entries[-1].id, world.later(), DOCTOR))
    expect(page.get_by_test_id("seen")).to_have_class("done")
    expect(page.get_by_test_id("spoken-polite")).to_contain_text("Klinikken har set kaldet")
    world.does(consultation, lambda c: ringing.accept(c, world.later(), DOCTOR, "Lise Hansen"))
    expect(page.get_by_test_id("join")).to_be_focused()
    expect(page.get_by_test_id("spoken-assertive")).to_have_text("Lægen er klar. Tryk Deltag nu.")
    usable(page)
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("call")).to_be_visible()
    world.does(consultation, lambda c: ringing.start_talk(c, world.later(), SYSTEM))
    page.get_by_test_id("call-note").press_sequentially("Ny forbinding hver dag.")
    expect(page.get_by_test_id("saved")).to_have_text("Teksten er gemt")
    usable(page)
    page.get_by_test_id("hang-up").click()
    expect(page.get_by_test_id("agreed-text")).to_have_value("Ny forbinding hver dag.")
    usable(page)
    page.get_by_test_id("approve").click()
    expect(page.get_by_test_id("closed")).to_be_visible()
    assert world.reload(consultation).status is Status.CLOSED


def test_her_press_and_the_news_of_it_fetch_the_call_once(world: NurseWorld, nurse: Nurse, page: Page) -> None:
    """A second screen put in place of the first would take what she has begun to write with it."""
    consultation = world.waiting(nurse)
    page.goto(address(world, consultation))
    world.does(consultation, lambda c: ringing.accept(c, world.later(), DOCTOR, "Lise Hansen"))
    expect(page.get_by_test_id("join")).to_be_focused()
    screens: list[Route] = []
    page.route("**/konsultation/*?del=1", lambda route: screens.append(route))
    with page.expect_response("**/nyt"):
        page.keyboard.press("Enter")
    while not screens:  # at the latest the test's own time limit ends it
        page.wait_for_timeout(100)
    page.wait_for_timeout(500)
    screens[0].continue_()
    expect(page.get_by_test_id("call")).to_be_visible()
    page.get_by_test_id("call-note").press_sequentially("Ny forbinding hver dag.")
    expect(page.get_by_test_id("call-note")).to_have_value("Ny forbinding hver dag.")
    assert len(screens) == 1


def test_a_ring_that_is_missed_keeps_the_place(world: NurseWorld, nurse: Nurse, page: Page) -> None:
    consultation = world.waiting(nurse)
    page.goto(address(world, consultation))
    page.evaluate("window.stayed = true")
    world.does(consultation, lambda c: ringing.accept(c, world.later(), DOCTOR))
    page.get_by_test_id("more-time").click()
    expect(page.get_by_test_id("more-time")).to_have_count(0)
    world.does(consultation, lambda c: ringing.miss(c, world.later(), SYSTEM))
    expect(page.get_by_test_id("missed")).to_be_visible()
    assert page.evaluate("window.stayed") is True
    usable(page)


@pytest.mark.guide(16)
def test_a_rejection_reaches_her_and_the_next_practice_is_one_tap(world: NurseWorld, nurse: Nurse, page: Page) -> None:
    consultation = world.waiting(nurse)
    page.goto(address(world, consultation))
    world.does(consultation, lambda c: queueing.reject(c, RejectReason.NOT_OUR_PATIENT, "", world.later(), DOCTOR))
    expect(page.get_by_test_id("rejected-because")).to_contain_text("Din tekst er gemt")
    usable(page)
    page.get_by_test_id("practice-search").press_sequentially("havnen")
    page.get_by_test_id("choose-012041").click()
    expect(page.get_by_test_id("position-words")).to_be_visible()


def test_d05_log_borger_ud_leaves_nothing_behind(world: NurseWorld, nurse: Nurse, page: Page) -> None:
    consultation = world.waiting(nurse)
    world.does(consultation, lambda c: queueing.withdraw(c, "solved", world.later(), SYSTEM))
    page.goto(address(world, consultation))
    page.get_by_test_id("log-citizen-out").click()
    expect(page.get_by_test_id("citizen-logged-out")).to_be_visible()
    page.go_back()
    expect(page.get_by_test_id("elsewhere")).to_be_visible()
    assert NAME not in page.content()
    for path in ("", "?del=1", "/nyt", "/telefon"):
        answer = page.evaluate("url => fetch(url).then(r => r.text())", f"{address(world, consultation)}{path}")
        assert NAME not in answer, path
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
