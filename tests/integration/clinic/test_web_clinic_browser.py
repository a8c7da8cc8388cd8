"""The waiting room in Debian's chromium: live without reload, seen by being looked at, all of it by keyboard."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect, sync_playwright
from werkzeug.serving import make_server

from gateway.access import CLINIC_COOKIE
from gateway.domain.consultation import ringing
from gateway.domain.consultation.aggregate import Consultation, Status
from gateway.domain.people import SYSTEM, Actor, ActorKind
from gateway.domain.practice import danish_day
from gateway.domain.scope import TenantScope
from gateway.services import queue
from gateway.services.changing import Verb, change
from simulators.demo.processes import free_port
from tests.support.acting import press
from tests.support.clinic_world import ClinicWorld, Seat, settings_in
from tests.support.consultations import KOMMUNE_A, KOMMUNE_B, NURSE, PRACTICE, REGION, SECOND, case
from tests.support.pages.browsing import FAKE_CAMERA
from tests.support.processes.live_process import WITHIN, live_served

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

NOTHING_LISTENS = "redis://127.0.0.1:1/0"
PICTURES = os.environ.get("LAEGEBRO_PICTURES")  # a folder: keep screenshots there
DESKTOP, PHONE = {"width": 1280, "height": 720}, {"width": 390, "height": 844}
expect.set_options(timeout=30000)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    arguments = ["--no-sandbox", FAKE_CAMERA, "--use-fake-ui-for-media-stream"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def world(tmp_path: Path, sqlite_template: Path) -> Iterator[ClinicWorld]:
    """Web and live on ports of their own, one database."""
    database = tmp_path / "laegebro.db"
    database.write_bytes(sqlite_template.read_bytes())
    web, live = free_port(), free_port()
    urls = {"public_url": f"http://gateway.localhost:{web}", "live_url": f"http://gateway.localhost:{live}"}
    made = ClinicWorld(settings_in(tmp_path, f"sqlite:///{database}", NOTHING_LISTENS, **urls))
    server = make_server("127.0.0.1", web, made.app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with live_served(made.gateway.settings, live):
        yield made
    server.shutdown()
    made.gateway.engine.dispose()


def _context(chromium: Browser, world: ClinicWorld, seat: Seat) -> BrowserContext:
    context = chromium.new_context(locale="da-DK", timezone_id="Europe/Copenhagen", viewport=DESKTOP)
    address = world.gateway.settings.public_url
    context.add_cookies([{"name": CLINIC_COOKIE, "value": seat.token, "url": address, "httpOnly": True}])
    return context


def _open(context: BrowserContext, world: ClinicWorld, path: str) -> Page:
    page = context.new_page()
    page.goto(world.gateway.settings.public_url + path)
    return page


def _is_usable(page: Page, name: str) -> None:
    """No serious fault for those who cannot see or point, no sideways scroll at 320 px; kept as pictures on request."""
    for size, word in ((DESKTOP, "desktop"), (PHONE, "phone")):
        page.set_viewport_size(size)
        if PICTURES:
            page.screenshot(path=f"{PICTURES}/{name}-{word}.png", full_page=True)
        found: list[dict[str, Any]] = Axe().run(page).response["violations"]
        serious = [
            (v["id"], [n["html"][:160] for n in v["nodes"]]) for v in found if v["impact"] in ("serious", "critical")
        ]
        assert serious == [], (name, word)
    page.set_viewport_size({"width": 320, "height": 640})
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 320, (name, width)
    page.set_viewport_size(DESKTOP)


def test_a_call_comes_is_seen_and_taken_by_keyboard(chromium: Browser, world: ClinicWorld) -> None:
    context = _context(chromium, world, world.clinic_user())
    page = _open(context, world, "/klinik")
    expect(page.get_by_test_id("nobody-waiting")).to_be_visible()
    _is_usable(page, "clinic-empty")
    consultation = world.wait_in_queue()
    expect(page.get_by_test_id("entry-row")).to_have_count(1)
    expect(page).to_have_title("(1) Venteværelse – Lægebro")
    expect(page.locator('tr[data-seen="yes"]')).to_have_count(1)
    _eventually(page, lambda: world.reload(consultation).entries[-1].seen_at is not None)
    page.get_by_test_id("open-entry").focus()
    page.keyboard.press("t")
    expect(page.get_by_test_id("take-call")).to_be_focused()
    _is_usable(page, "clinic-pane")
    page.get_by_test_id("take-call").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("call-status")).to_have_text("Ringer op til Sanne Sygeplejerske …")
    assert world.reload(consultation).status is Status.CALLING
    _is_usable(page, "clinic-calling")
    page.get_by_test_id("put-back").click()
    expect(page.get_by_test_id("after-call")).to_be_visible()
    page.get_by_test_id("finish").click()
    expect(page.get_by_test_id("entry-row")).to_have_count(1)
    context.close()


def test_the_clinic_reads_why_the_call_came_back_before_the_talk(chromium: Browser, world: ClinicWorld) -> None:
    doctor, now = world.clinic_user(), world.gateway.clock.now

    def does(consultation: Consultation, verb: Verb) -> Consultation:
        return change(world.gateway.store, TenantScope(consultation.tenant), consultation.id, verb)

    context = _context(chromium, world, doctor)
    me, employee = Actor(ActorKind.CLINIC, doctor.person, "Lise Hansen", "laege"), NURSE
    citizen = Actor(ActorKind.CITIZEN, "", "")
    ends: list[tuple[str, Verb]] = [
        ("Medarbejderen lagde på, før samtalen begyndte.", lambda c: ringing.put_back(c, now(), employee)),
        ("Borgeren lagde på, før samtalen begyndte.", lambda c: ringing.put_back(c, now(), citizen)),
        ("Billede og lyd kom ikke i gang.", lambda c: ringing.miss(c, now(), SYSTEM)),
        ("Kaldet er lagt tilbage på sin plads.", lambda c: ringing.put_back(c, now(), me)),
    ]
    consultation = world.wait_in_queue()
    missed = does(consultation, lambda c: ringing.miss(ringing.accept(c, now(), me), now(), SYSTEM))
    assert missed.entries[-1].misses == 1, "an earlier miss says nothing of the next end"
    for words, end in ends:
        does(consultation, lambda c: ringing.answer(ringing.accept(c, now(), me), now(), employee))
        page = _open(context, world, f"/klinik/samtale/{world.entry_of(consultation)}")
        expect(page.get_by_test_id("call-status")).to_be_visible()
        does(consultation, end)
        expect(page.locator("#after-title")).to_have_text(re.compile(f"^{words}"))
        expect(page.locator("#after-note, #clinician-form, #note-form").filter(visible=True)).to_have_count(0)
        page.close()
    context.close()


def _eventually(page: Page, condition: Any) -> None:
    for _ in range(int(WITHIN * 4)):
        if condition():
            return
        page.wait_for_timeout(250)
    raise AssertionError("it did not come true")


def test_rows_keep_still_under_a_hand_and_the_loser_is_told_who(chromium: Browser, world: ClinicWorld) -> None:
    first, second = world.wait_in_queue(), world.wait_in_queue(KOMMUNE_B, SECOND)
    context = _context(chromium, world, world.clinic_user("Gitte Mørk", "sekretaer"))
    page = _open(context, world, "/klinik")
    expect(page.get_by_test_id("entry-row")).to_have_count(2)
    age = case().citizen.age_on(danish_day(datetime.now(UTC)))
    expect(page.get_by_text(f"Kvinde, {age} år").first).to_be_visible()
    _is_usable(page, "clinic-hidden-names")
    page.get_by_test_id("open-entry").first.focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_test_id("open-entry").nth(1)).to_be_focused()
    third = world.wait_in_queue()
    expect(page.get_by_test_id("show-new")).to_be_visible()
    expect(page.get_by_test_id("entry-row")).to_have_count(2)
    page.get_by_test_id("show-new").click()
    expect(page.get_by_test_id("entry-row")).to_have_count(3)
    page.locator(f'.row-open[data-opens-entry="{world.entry_of(first)}"]').click()
    expect(page.get_by_test_id("take-call")).to_be_visible()
    world.clinic_user("Omar Saleh").post(f"/api/v1/entries/{world.entry_of(first)}/accept")
    expect(page.get_by_test_id("pane-message")).to_contain_text("Omar Saleh tog kaldet kl.")
    _is_usable(page, "clinic-taken")
    g = world.gateway
    for gone in (second, third):
        press(g.ports, gone.id, NURSE, lambda c, by: queue.withdraw(c, "solved", by), TenantScope(gone.tenant))
    page.get_by_test_id("pane-close").click()
    page.mouse.move(1, 1)
    page.locator("h1").focus()
    expect(page.get_by_test_id("entry-row")).to_have_count(1)
    context.close()


def test_an_older_answer_neither_stays_nor_comes_last(chromium: Browser, world: ClinicWorld) -> None:
    """News while the rows are on their way is fetched too, a fetch that fails is tried again, and of two panes asked
    for the last one is shown, whichever answer comes first."""
    seat = world.clinic_user()
    context = _context(chromium, world, seat)
    page = _open(context, world, "/klinik")
    expect(page.get_by_test_id("nobody-waiting")).to_be_visible()
    rows = _held(page, seat, "/klinik/liste")
    world.wait_in_queue()
    _eventually(page, lambda: rows)
    world.wait_in_queue()
    expect(page).to_have_title("(2) Venteværelse – Lægebro")
    page.route("**/klinik/liste", lambda route: route.fulfill(status=503), times=1)
    rows[0][0].fulfill(body=rows[0][1], content_type="text/html")
    expect(page.get_by_test_id("entry-row")).to_have_count(2)
    first, last = (page.get_by_test_id("open-entry").nth(n) for n in range(2))
    panes = _held(page, seat, f"/klinik/rude/{first.get_attribute('data-opens-entry')}")
    first.click()
    _eventually(page, lambda: panes)
    last.click()
    pane = page.locator(f'.pane[data-entry="{last.get_attribute("data-opens-entry")}"]')
    expect(pane).to_be_visible()
    with page.expect_response("**/klinik/rude/*"):
        panes[0][0].fulfill(body=panes[0][1], content_type="text/html")
    page.wait_for_timeout(200)
    expect(pane).to_be_visible()
    context.close()


def test_a_press_ends_on_the_button_it_began_on(chromium: Browser, world: ClinicWorld) -> None:
    """The pane is fetched anew while the mouse is down: put in then, it would take the button away from under it."""
    consultation, seat = world.wait_in_queue(), world.clinic_user()
    context = _context(chromium, world, seat)
    page = _open(context, world, "/klinik")
    entry = str(world.entry_of(consultation))
    page.get_by_test_id("open-entry").first.click()
    expect(page.locator('tr[data-seen="yes"]')).to_have_count(1)
    pane = page.locator(".pane")
    expect(pane).to_have_attribute("data-version", str(_version(seat, entry)))
    page.get_by_test_id("take-call").hover()
    with page.expect_response(f"**/klinik/rude/{entry}"):
        page.mouse.down()
        seat.post(f"/api/v1/entries/{entry}/ring-instead")
    page.wait_for_timeout(300)  # what has been answered would be put in by now
    page.mouse.up()
    expect(page.get_by_test_id("call-status")).to_be_visible()
    context.close()


def _version(seat: Seat, entry: str) -> int:
    return int(seat.client.get(f"/api/v1/entries/{entry}/state").get_json()["version"])


def _held(page: Page, seat: Seat, path: str) -> list[tuple[Route, str]]:
    """The next request for ``path`` waits, with the answer it would have had just then."""
    held: list[tuple[Route, str]] = []
    page.route(f"**{path}", lambda route: held.append((route, seat.client.get(path).get_data(as_text=True))), times=1)
    return held


def test_rejecting_needs_a_reason_and_the_number_shows_itself_only_on_request(
    chromium: Browser, world: ClinicWorld
) -> None:
    consultation = world.wait_in_queue()
    context = _context(chromium, world, world.clinic_user())
    page = _open(context, world, f"/klinik/kald/{world.entry_of(consultation)}")
    expect(page.get_by_test_id("identifier")).to_have_text("251248-••••")
    page.get_by_test_id("show-identifier").click()
    expect(page.get_by_test_id("identifier")).to_have_text("251248-9996")
    page.get_by_test_id("reject").click()
    page.get_by_test_id("reject-confirm").click()
    expect(page.get_by_test_id("reject-fault")).to_have_text("Vælg, hvorfor kaldet afvises.")
    _is_usable(page, "clinic-reject")
    page.get_by_test_id("reject-no-agreement").check()
    page.get_by_test_id("reject-confirm").click()
    expect(page.get_by_test_id("nobody-waiting")).to_be_visible()
    assert world.reload(consultation).entries[-1].ended_reason == "no-agreement"
    page.goto(f"{world.gateway.settings.public_url}/klinik/dagens-liste")
    _is_usable(page, "clinic-today")
    page.goto(f"{world.gateway.settings.public_url}/klinik/indstillinger")
    page.locator("summary").first.click()
    _is_usable(page, "clinic-settings")
    _a_switch_saves_itself_and_is_undone(page, world)
    page.goto(f"{world.gateway.settings.public_url}/forloeb/{consultation.short_id}")
    expect(page.get_by_text("Afvist videokonsultation")).to_be_visible()
    _is_usable(page, "timeline")
    context.close()


def _a_switch_saves_itself_and_is_undone(page: Page, world: ClinicWorld) -> None:
    """One press, said aloud, without a button; and one press takes it back (C15)."""
    standing = page.get_by_test_id(f"open-state-{PRACTICE}")
    expect(page.get_by_test_id(f"save-switch-{PRACTICE}")).to_be_hidden()
    page.get_by_test_id(f"switch-closed-{PRACTICE}").check()
    expect(page.get_by_test_id("saved")).to_contain_text("Gemt.")
    expect(page.get_by_test_id("spoken-polite")).to_have_text("Gemt.")
    expect(standing).to_contain_text("Lukket for video")
    assert world.gateway.practices.hours(PRACTICE).switch is False
    page.get_by_test_id("undo").click()
    expect(standing).to_contain_text("Åben for video")
    expect(page.get_by_test_id("undo")).to_have_count(0)
    assert world.gateway.practices.hours(PRACTICE).switch is True


# Somebody who works in another window: nothing is looked at, notices are counted instead of shown.
ELSEWHERE_ON_THE_SCREEN = """
window.looking = false; window.notices = [];
document.hasFocus = () => window.looking;
window.Notification = class extends EventTarget {
  static permission = "granted";
  static requestPermission() { return Promise.resolve("granted"); }
  constructor(title) { super(); window.notices.push(title); }
  close() {}
};
"""


def test_c04_it_sounds_again_every_two_minutes_until_somebody_has_looked(chromium: Browser, world: ClinicWorld) -> None:
    context = _context(chromium, world, world.clinic_user())
    context.add_init_script(ELSEWHERE_ON_THE_SCREEN)
    page = context.new_page()
    page.clock.install()
    page.goto(world.gateway.settings.public_url + "/klinik")
    page.locator("h1").click()  # a browser lets a page sound once somebody has touched it
    main = page.locator("#main")
    expect(page.get_by_test_id("nobody-waiting")).to_be_visible()
    consultation = world.wait_in_queue()
    expect(main).to_have_attribute("data-sounded", "1")
    assert page.evaluate("window.notices") == ["1 venter i video"]
    page.clock.fast_forward(121_000)
    expect(main).to_have_attribute("data-sounded", "2")
    page.evaluate("window.looking = true")
    expect(main).to_have_attribute("data-unseen", "0")
    assert world.reload(consultation).entries[-1].seen_at is not None
    page.clock.fast_forward(121_000)
    expect(page).to_have_title("(1) Venteværelse – Lægebro")
    expect(main).to_have_attribute("data-sounded", "2")
    context.close()


def test_c_check_twelve_rows_of_three_organisations_and_two_keys_to_the_ring(
    chromium: Browser, world: ClinicWorld
) -> None:
    waiting = [world.wait_in_queue((KOMMUNE_A, KOMMUNE_B, REGION)[n % 3]) for n in range(12)]
    context = _context(chromium, world, world.clinic_user())
    page = _open(context, world, "/klinik")
    rows = page.get_by_test_id("entry-row")
    expect(rows).to_have_count(12)
    page.locator("h1").click()  # lets the page sound, and its line about that goes away
    expect(page.get_by_test_id("sound-on")).to_be_hidden()
    last = rows.last.bounding_box()
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/clinic-twelve.png")
    assert last is not None and last["y"] + last["height"] <= DESKTOP["height"], "twelve rows without scrolling"
    for organisation in ("Fjordby Kommune", "Skovby Kommune", "Region Midt-Test"):
        expect(page.get_by_text(organisation).first).to_be_attached()
    page.get_by_test_id("open-entry").first.focus()
    page.keyboard.press("t")
    expect(page.get_by_test_id("take-call")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("call-status")).to_have_text("Ringer op til Sanne Sygeplejerske …")
    assert world.reload(waiting[0]).status is Status.CALLING
    context.close()


def test_c08_a_rejection_is_undone_by_keyboard_and_words_go_out_from_the_pane(
    chromium: Browser, world: ClinicWorld
) -> None:
    consultation = world.wait_in_queue()
    context = _context(chromium, world, world.clinic_user())
    page = _open(context, world, f"/klinik/kald/{world.entry_of(consultation)}")
    page.get_by_test_id("more-actions").locator("summary").press("Enter")
    page.get_by_test_id("write-remark").press("Enter")
    page.get_by_test_id("quick-3").press("Enter")
    expect(page.get_by_test_id("remark-text")).to_be_focused()
    _is_usable(page, "clinic-remark")
    page.get_by_test_id("send-remark").press("Enter")
    expect(page.get_by_test_id("remarks")).to_contain_text("Hav medicinlisten klar")
    _is_usable(page, "clinic-remarks")
    page.get_by_test_id("reject").press("Enter")
    page.get_by_test_id("reject-not-today").press("Space")
    page.get_by_test_id("reject-confirm").press("Enter")
    expect(page.get_by_test_id("undo")).to_be_visible()
    assert world.reload(consultation).status is Status.DECIDING, "the employee is told at once"
    page.get_by_test_id("undo-reject").press("Enter")
    expect(page.get_by_test_id("take-call")).to_be_visible()
    assert world.reload(consultation).status is Status.WAITING
    context.close()
