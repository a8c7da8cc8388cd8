"""The device in other hands: given to the citizen and back, and the seat moved from one device to another."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from simulators.demo.stack import Stack
from tests.support.pages.browsing import PHONE, new_context
from tests.support.pages.journeys import (
    REASON,
    ClinicAtScreen,
    NurseAtScreen,
    both_see_each_other,
    log_in_where_asked,
    usable,
)
from tests.support.pages.told import told

pytest_plugins = ["tests.support.pages.chromium"]
pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(900)]

RECORD, WHO, CODE = "r-1013", "Ejnar Efterår", "284617"
FJORDBY = "login-login-fjordby"
# Words of the pages that a device in the citizen's hands must not show.
WORDS = ("Ejnar", "Efterår", "Mette", "Hjemmesygeplejen", "99000101", REASON[:20], "Mine konsultationer", "Log af",
         "Stil i kø", "Forlad køen", "Oplysninger til support", "Vælg organisation", "Notat til")  # fmt: skip


def whole(page: Page) -> str:
    """All of the page as it stands; asked again where it is just being loaded anew."""
    return page.locator("html").inner_html()


def shows_no_other_page(text: str, way: str) -> None:
    found = [word for word in WORDS if word in text]
    assert found == [], (way, found)


def stand_in_queue_alone(nurse: NurseAtScreen) -> str:
    nurse.launch(RECORD)
    nurse.tell_who_she_is()
    nurse.fill_start_page()
    form = nurse.page.get_by_test_id("form-citizen-alone")
    nurse.page.locator("details").filter(has=form).locator("summary").first.click()
    form.check()
    nurse.page.get_by_test_id("enqueue").click()
    nurse.number()
    return nurse.page.url


def gives_the_device_away(page: Page) -> None:
    page.get_by_test_id("hand-over").click()
    expect(page.get_by_test_id("hand-over-page")).to_be_visible()
    usable(page, "hand-over")
    page.get_by_test_id("code").fill(CODE)
    page.get_by_test_id("start-locked").click()
    expect(page.get_by_test_id("citizen-words")).to_have_text("Du venter på lægen. Bliv ved skærmen.")


class WaysOut:
    """What a citizen, or whoever comes by, may try: each way's text, all of it."""

    def __init__(self, page: Page, consultation: str) -> None:
        self.page = page
        self.consultation = consultation
        self.home = page.url

    def back(self) -> str:
        self.page.go_back()
        return self._settled()

    def forward(self) -> str:
        self.page.go_forward()
        return self._settled()

    def reload(self) -> str:
        self.page.reload()
        return self._settled()

    def typed_address(self) -> str:
        return "".join(self._at(address) for address in (self.consultation, f"{self.consultation}/nyt", "/", "/klinik"))

    def _at(self, address: str) -> str:
        answer = self.page.goto(address if "//" in address else self.home.replace("/borger", address))
        assert answer is not None and answer.status == 404, address
        return answer.text() + self._settled()

    def new_tab(self) -> str:
        tab = self.page.context.new_page()
        tab.goto(self.home.replace("/borger", "/ny"))
        expect(tab.get_by_test_id("citizen-words")).to_be_visible()
        text = whole(tab)
        tab.close()
        return text

    def dragged_link(self) -> str:
        """Every link of the page: there is none but to its own heading, and to itself where its scripts never came."""
        links: list[str] = self.page.evaluate("[...document.links].map(link => link.href)")
        assert [link for link in links if not link.endswith("#main") and link != self.page.url] == []
        return " ".join(links)

    def share(self) -> str:
        """What a share sheet is given: address and title."""
        told: str = self.page.evaluate("`${location.href} ${document.title}`")
        assert told.split()[0] == self.home
        return told

    def print(self) -> str:
        self.page.emulate_media(media="print")
        text = whole(self.page)
        self.page.emulate_media(media="screen")
        return text

    def view_source(self) -> str:
        return str(self.page.evaluate("fetch(location.href).then(answer => answer.text())"))

    def storage(self) -> str:
        kept = self.page.evaluate(
            """async () => JSON.stringify([{...localStorage}, {...sessionStorage}, await indexedDB.databases(),
              await caches?.keys(), document.cookie])"""
        )
        return str(kept) + str([(one.get("name"), one.get("value")) for one in self.page.context.cookies()])

    def service_worker(self) -> str:
        found = self.page.evaluate(
            """async () => { const workers = await navigator.serviceWorker?.getRegistrations() ?? [];
              return JSON.stringify(workers.map(one => one.scope)) + JSON.stringify(await caches?.keys() ?? []); }"""
        )
        assert found == "[][]"
        return str(found)

    def cached_image(self) -> str:
        """Neither a page nor a picture of before answers from the browser's own store."""
        return str(
            self.page.evaluate(
                """async page => { const tell = await fetch(page, {cache: "only-if-cached", mode: "same-origin"})
                  .then(answer => answer.text(), () => "nothing kept");
                  return tell + [...document.images].map(one => one.src).join(" "); }""",
                self.consultation,
            )
        )

    def _settled(self) -> str:
        expect(self.page.get_by_test_id("citizen-words")).to_be_visible()
        return whole(self.page)

    def all(self) -> dict[str, Callable[[], str]]:
        ways = (self.back, self.forward, self.reload, self.typed_address, self.new_tab, self.dragged_link)
        more = (self.share, self.print, self.view_source, self.storage, self.service_worker, self.cached_image)
        return {way.__name__: way for way in (*ways, *more)}


@pytest.mark.guide(12)
def test_b04_a_device_with_the_citizen_shows_one_page_and_comes_back_by_the_code(
    chromium: Browser, stack: Stack, contexts: list[BrowserContext]
) -> None:
    contexts += [new_context(chromium, PHONE), new_context(chromium)]
    nurse, clinic = NurseAtScreen(contexts[0], stack), ClinicAtScreen(contexts[1], stack, "peter")
    consultation = stand_in_queue_alone(nurse)
    page = nurse.page
    gives_the_device_away(page)
    usable(page, "citizen-waiting")
    ways = WaysOut(page, consultation).all()
    assert len(ways) == 12
    for name, way in ways.items():
        shows_no_other_page(way(), name)
    _the_citizen_talks_alone(page, clinic)
    _the_employee_comes_back(page, consultation)
    _both_exits_leave_nothing(nurse, consultation)


def _the_citizen_talks_alone(page: Page, clinic: ClinicAtScreen) -> None:
    clinic.opens_the_waiting_room()
    clinic.opens(WHO)
    expect(clinic.page.get_by_test_id("participants")).to_contain_text("Borgeren er alene.")
    expect(clinic.page.get_by_test_id("handover")).to_have_text("Enheden er hos borgeren, låst.")
    clinic.takes()
    tap = page.get_by_test_id("talk-to-doctor")
    expect(tap).to_be_focused()
    expect(page.get_by_test_id("spoken-assertive")).to_have_text("Lægen er klar. Tryk på Tal med lægen.")
    usable(page, "citizen-ring")
    page.keyboard.press("Enter")
    both_see_each_other(page, clinic.page, "the citizen alone")
    expect(page.get_by_test_id("citizen-words")).to_contain_text("Du taler med")
    usable(page, "citizen-call")
    for name in ("mute", "camera", "open-finish"):
        box = page.get_by_test_id(name).bounding_box()
        assert box is not None and min(box["width"], box["height"]) >= 64, (name, box)
    expect(clinic.page.get_by_test_id("citizen-alone")).to_contain_text("99 00 01 01")
    clinic.page.get_by_test_id("call-employee").click()
    expect(page.get_by_role("heading", name="Kald på medarbejderen")).to_be_visible()
    usable(page, "citizen-called")
    shows_no_other_page(whole(page).replace("99000101", ""), "called")
    page.get_by_test_id("close-called").click()
    clinic.page.get_by_test_id("hang-up").click()
    expect(page.get_by_role("heading", name="Samtalen er slut.")).to_be_visible()
    expect(page.get_by_test_id("return-code")).to_be_visible()
    usable(page, "citizen-ended")
    shows_no_other_page(whole(page).replace("99000101", ""), "ended")


def _the_employee_comes_back(page: Page, consultation: str) -> None:
    page.get_by_test_id("return-code").fill("000001")
    page.get_by_test_id("return").click()
    expect(page.get_by_test_id("code-wrong")).to_be_visible()
    page.get_by_test_id("return-code").fill(CODE)
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("note")).to_contain_text("Indholdet er ikke kendt af medarbejderen.")
    expect(page.get_by_test_id("agreed-text")).to_have_count(0)
    assert page.url == consultation
    usable(page, "note-alone")


def _both_exits_leave_nothing(nurse: NurseAtScreen, consultation: str) -> None:
    """D5: "Log borger ud" leaves her at her list, "Log af" asks for credentials; neither leaves a word of him."""
    page = nurse.page
    nurse.approves(clinician="Peter Vang")
    nurse.logs_the_citizen_out()
    _nobody_is_shown(page, consultation, "to-mine")
    page.goto(consultation)
    page.get_by_test_id("reopen").click()
    expect(page.get_by_test_id("closed")).to_be_visible()
    page.get_by_test_id("log-out-2").click()
    expect(page.get_by_test_id("logged-out")).to_be_visible()
    _nobody_is_shown(page, consultation, "organisations")
    page.goto(f"{nurse.stack.gateway_url}/login")
    page.get_by_test_id(FJORDBY).click()
    expect(page.locator("#password")).to_be_visible()


def _nobody_is_shown(page: Page, consultation: str, arrived: str) -> None:
    page.go_back()
    expect(page.locator("h1").first).to_be_visible()
    texts = [whole(page)]
    page.reload()
    texts.append(whole(page))
    page.goto(consultation)
    expect(page.get_by_test_id(arrived)).to_be_visible()
    texts.append(whole(page))
    texts.append(str(page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")))
    assert [text for text in texts if "Ejnar" in text or "Efterår" in text] == []


def test_d06_the_seat_moves_between_devices_waiting_and_in_the_call(
    chromium: Browser, stack: Stack, contexts: list[BrowserContext]
) -> None:
    contexts += [new_context(chromium), new_context(chromium, PHONE), new_context(chromium), new_context(chromium)]
    nurse, clinic = NurseAtScreen(contexts[0], stack), ClinicAtScreen(contexts[2], stack, "peter")
    office, tablet = nurse, contexts[1].new_page()
    office.stand_in_queue(RECORD)
    number = office.number()
    tablet.goto(f"{stack.gateway_url}/hertil/{_code(office.page)}")
    log_in_where_asked(tablet, "mette", "claim", FJORDBY)
    usable(tablet, "arrive")
    tablet.get_by_test_id("claim").click()
    on_tablet = NurseAtScreen.__new__(NurseAtScreen)
    on_tablet.context, on_tablet.stack, on_tablet.username, on_tablet.page = contexts[1], stack, "mette", tablet
    assert on_tablet.number() == number
    expect(office.page.get_by_role("heading", name="Konsultationen fortsætter på en anden enhed.")).to_be_visible()
    usable(office.page, "moved")
    clinic.opens_the_waiting_room()
    clinic.opens(WHO)
    clinic.takes()
    on_tablet.answers_the_ring()
    both_see_each_other(tablet, clinic.page, "on the tablet")
    _moves_back_in_the_call(office.page, tablet)
    both_see_each_other(office.page, clinic.page, "back at the office")
    _the_doctor_changes_rooms(contexts[3].new_page(), clinic, office.page)
    office.hangs_up()
    office.approves(clinician="Peter Vang")


def _code(page: Page) -> str:
    page.get_by_test_id("another-device").click()
    shown = page.get_by_test_id("pairing-code")
    expect(shown).to_have_text(re.compile(r"^[2-9A-Z]{4}-[2-9A-Z]{4}$"))
    usable(page, "pairing")
    code = shown.inner_text()
    page.get_by_test_id("pairing-close").click()
    return code.replace("-", "")


def _moves_back_in_the_call(office: Page, tablet: Page) -> None:
    code = _code(tablet)
    expect(tablet.get_by_test_id("call")).to_be_visible()
    office.get_by_test_id("to-mine").click()
    office.get_by_test_id("to-arrive").click()
    office.get_by_test_id("pairing-typed").fill(f"{code[:4].lower()} {code[4:].lower()}"[:9])
    office.keyboard.press("Enter")
    expect(office.get_by_test_id("call")).to_be_visible()
    expect(tablet.get_by_role("heading", name=told("nurse-device").employee[0])).to_be_visible()


def _the_doctor_changes_rooms(other: Page, clinic: ClinicAtScreen, nurse: Page) -> None:
    """C12: the same doctor at another PC is asked, and the one she leaves is told."""
    other.goto(clinic.page.url)
    log_in_where_asked(other, "peter", "call-status", f"login-login-{clinic.realm}")
    expect(other.get_by_test_id("seat-elsewhere")).to_be_visible()
    usable(other, "clinic-elsewhere")
    other.get_by_test_id("move-here").click()
    both_see_each_other(nurse, other, "in the other room")
    expect(clinic.page.get_by_test_id("seat-elsewhere")).to_contain_text(told("clinic-device").clinic[0])
