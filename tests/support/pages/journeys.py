"""The people of the browser journeys: each acts through the pages a real one sees, by mouse, keyboard and words."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, Locator, Page, expect

from simulators.demo.once import stored
from simulators.demo.people import PASSWORD
from simulators.demo.stack import Stack
from tests.support.pages.browsing import decoded, frames_grow, scrolls_sideways, serious_faults

REASON = "Sår på venstre skinneben, væsker mere end i går. Skal der antibiotika til?"
AGREED = "Penicillin i syv dage. Ny kontrol på fredag."
PERSONS = ("Testmose", "Prøvesen", "Prøvegaard", "Julsø", "Efterår", "Engstrup", "Skjultby", "Mette", "Lise", "Peter")
_looked_at: set[str] = set()


def usable(page: Page, state: str) -> None:
    """Each state of a page once: nothing serious for axe, no sideways scroll at 320 px, no person in the title."""
    title = page.title()
    assert not any(person in title for person in PERSONS), (state, title)
    if state in _looked_at:
        return
    page.wait_for_load_state()
    faults = serious_faults(page)
    assert faults == [], (state, faults)
    assert scrolls_sideways(page) <= 0, (state, "scrolls sideways at 320 px")
    _looked_at.add(state)


class NurseAtScreen:
    """An employee of Fjordby: the care system's record page, then Lægebro in the window it opens. ``care_system``: its
    address, where it is not the stack's own."""

    def __init__(self, context: BrowserContext, stack: Stack, username: str = "mette", care_system: str = "") -> None:
        self.context = context
        self.stack = stack
        self.username = username
        self.care_system = care_system or stack["eoj"].address
        self.page: Page = context.new_page()

    def log_in_at_the_care_system(self) -> None:
        self.page.goto(f"{self.care_system}/login")
        self.page.get_by_label("Brugernavn").fill(self.username)
        self.page.get_by_label("Adgangskode").fill(PASSWORD)
        self.page.get_by_role("button", name="Log på").click()
        expect(self.page.get_by_role("heading", name="Borgere")).to_be_visible()

    def open_record(self, record: str) -> None:
        self.page.goto(f"{self.care_system}/records/{record}")

    def launch(self, record: str, door: str = "smart") -> Page:
        """From the record into the window that opens; the record's own page is closed behind her."""
        self.log_in_at_the_care_system()
        return self.press_start(record, door)

    def press_start(self, record: str, door: str = "smart") -> Page:
        self.open_record(record)
        with self.context.expect_page() as opened:
            self.page.locator(f"#start-{door}").click()
        self.page.close()
        self.page = opened.value
        return self.page

    def tell_who_she_is(self, then: str = "start-form") -> None:
        """The first-time page, on the way to the page with ``then``; answers at once where she has told it before."""
        comes = self.page.get_by_test_id(then)
        expect(comes.or_(self.page.get_by_test_id("save-details"))).to_be_visible()
        if comes.is_visible():
            return
        usable(self.page, "first-time")
        self.page.get_by_test_id("role").fill("Sygeplejerske")
        expect(self.page.get_by_test_id("workplace")).not_to_have_value("")
        self.page.get_by_test_id("phone").fill("99000101")
        self.page.get_by_test_id("save-details").click()
        expect(comes).to_be_visible()

    def fill_start_page(self, reason: str = REASON) -> None:
        """One choice and one text."""
        self.page.get_by_test_id("consent-given").check()
        self.page.get_by_test_id("reason").fill(reason)

    def stand_in_queue(self, record: str, door: str = "smart", reason: str = REASON) -> int:
        """From the record to a number in the queue."""
        self.launch(record, door)
        self.tell_who_she_is()
        self.fill_start_page(reason)
        self.page.get_by_test_id("enqueue").click()
        return self.number()

    def stand_in_queue_again(self, record: str, reason: str = REASON) -> int:
        """A further consultation in the same browser, from the record."""
        self.press_start(record)
        self.tell_who_she_is()
        self.fill_start_page(reason)
        self.page.get_by_test_id("enqueue").click()
        return self.number()

    def number(self) -> int:
        """The number in the queue as the page says it."""
        words = self.page.get_by_test_id("position-words")
        expect(words).to_have_text(re.compile(r"^Du er nr\. \d+ i køen$"))
        return int(re.sub(r"\D", "", words.inner_text()))

    def is_received(self) -> None:
        expect(self.page.get_by_test_id("received")).to_have_class("done")

    def support_id(self) -> str:
        self.page.get_by_text("Oplysninger til support").click()
        return self.page.get_by_text(re.compile(r"^LB-[0-9A-Z-]+$")).inner_text()

    def answers_the_ring(self) -> None:
        expect(self.page.get_by_test_id("ring")).to_be_visible()
        self.page.get_by_test_id("join").click()
        expect(self.page.get_by_test_id("call")).to_be_visible()

    def hangs_up(self) -> None:
        """One press; in a round, where others remain, she is asked."""
        asks = self.page.get_by_test_id("open-hang-up")
        if asks.count():
            asks.click()
        self.page.get_by_test_id("hang-up").click()
        expect(self.page.get_by_test_id("note")).to_be_visible()

    def approves(self, text: str = AGREED, clinician: str = "") -> None:
        if clinician:
            self.page.get_by_test_id("clinician").fill(clinician)
        if self.page.get_by_test_id("agreed-text").count():
            self.page.get_by_test_id("agreed-text").fill(text)
        self.page.get_by_test_id("approve").click()
        self.sees_the_receipt()

    def sees_the_receipt(self) -> None:
        """ "Lagt i journalen": read back from the record, with its time."""
        filed = self.page.get_by_test_id("note-filed")
        expect(filed).to_have_class("done")
        expect(filed).to_have_text(re.compile(r"^Lagt i journalen\s*kl\. \d"))

    def logs_the_citizen_out(self) -> None:
        self.page.get_by_test_id("log-citizen-out").click()
        expect(self.page.get_by_test_id("citizen-logged-out")).to_be_visible()

    def leaves_the_queue(self, why: str = "solved") -> None:
        self.page.get_by_test_id("open-leave").click()
        self.page.get_by_test_id(f"leave-{why}").check()
        self.page.get_by_test_id("leave").click()
        expect(self.page.get_by_test_id("closed")).to_be_visible()


class DoctorAtScreen:
    """Somebody at Lægerne Torvet: the practice's own system first, our call page behind its link."""

    def __init__(self, context: BrowserContext, stack: Stack, username: str = "lise") -> None:
        self.context = context
        self.stack = stack
        self.username = username
        self.queue: Page = context.new_page()
        self.page: Page = self.queue

    def opens_own_system(self) -> None:
        self.queue.goto(f"{self.stack['gp'].address}/login")
        self.queue.get_by_label("Brugernavn").fill(self.username)
        self.queue.get_by_label("Adgangskode").fill(PASSWORD)
        self.queue.get_by_role("button", name="Log på").click()
        expect(self.queue.get_by_role("heading", name="Videokø")).to_be_visible()

    def row(self, name: str) -> Locator:
        return self.queue.locator("#queue li.card").filter(has_text=name)

    def accepts(self, name: str) -> None:
        self.row(name).locator(".accept").click()
        expect(self.row(name).locator(".open-video")).to_be_visible()

    def rejects(self, name: str, reason: str, text: str) -> None:
        self.row(name).locator(".reject").click()
        self.queue.get_by_label("Årsag").select_option(reason)
        self.queue.get_by_label("Besked til personalet").fill(text)
        self.queue.locator("#reject-confirm").click()
        expect(self.row(name)).to_have_count(0)

    def opens_the_video_link(self, name: str) -> None:
        """The link opens our call page; whoever is not logged in comes through the clinic's own login."""
        with self.context.expect_page() as opened:
            self.row(name).locator(".open-video").click()
        self.page = opened.value
        log_in_where_asked(self.page, self.username, "call-status", f"login-login-{REALM}")

    def hears_of_the_end(self) -> None:
        expect(self.page.get_by_test_id("after-call")).to_be_visible()


REALM = "laegerne-torvet"


def log_in_where_asked(page: Page, username: str, arrived: str, organisation: str) -> None:
    """Through the choice of organisation and its identity provider, as far as they are shown, to ``arrived``."""
    choice, password = page.get_by_test_id(organisation), page.locator("#password")
    there = page.get_by_test_id(arrived)
    expect(choice.or_(password).or_(there).first).to_be_visible()
    if choice.is_visible():
        choice.click()
        expect(password.or_(there).first).to_be_visible()
    if password.is_visible():
        page.locator("#username").fill(username)
        password.fill(PASSWORD)
        page.locator("#login").click()
    expect(there).to_be_visible()
    page.wait_for_load_state()  # a press before the page's scripts have come is not heard


class ClinicAtScreen:
    """Somebody whose clinic works in our waiting room."""

    def __init__(self, context: BrowserContext, stack: Stack, username: str, realm: str = "laegehuset-havnen") -> None:
        self.context = context
        self.stack = stack
        self.username = username
        self.realm = realm
        self.page: Page = context.new_page()

    def opens_the_waiting_room(self) -> None:
        self.page.goto(f"{self.stack.gateway_url}/klinik")
        log_in_where_asked(self.page, self.username, "hide-names", f"login-login-{self.realm}")
        if self.page.get_by_test_id("hide-names").get_attribute("aria-pressed") == "true":
            self.page.get_by_test_id("hide-names").click()

    def row(self, name: str) -> Locator:
        return self.page.get_by_test_id("entry-row").filter(has_text=name)

    def opens(self, name: str) -> None:
        self.row(name).get_by_test_id("open-entry").click()
        expect(self.page.get_by_test_id("pane")).to_be_visible()

    def takes(self) -> None:
        self.page.get_by_test_id("take-call").click()
        expect(self.page.get_by_test_id("call-status")).to_be_visible()


def both_see_each_other(nurse: Page, clinic: Page, what: str, more: int = 20) -> None:
    """Frames decoded grow on both sides, as the browsers count them; the figures are printed."""
    figures = {name: frames_grow(page, more) for name, page in (("nurse", nurse), ("clinic", clinic))}
    counted = ", ".join(f"{name} {before} → {after}" for name, (before, after) in figures.items())
    print(f"\n  framesDecoded {what}: {counted} (now {decoded(nurse)} and {decoded(clinic)})")


def encrypted_between(*pages: Page) -> None:
    """*Detaljer* is opened on each page, stays open, and shows the same numbers."""
    said = set()
    for page in pages:
        page.get_by_test_id("call-details").locator("summary").click()
        expect(page.get_by_test_id("secrecy")).to_have_text(re.compile(r"krypteret mellem jer.* \d{4}( \d{4}){4}\."))
        said.add(page.get_by_test_id("secrecy").text_content())
    assert len(said) == 1, said


def notes_of(stack: Stack) -> dict[str, int]:
    """The care system's own count of its documents, by business identifier."""
    return stored(stack, "eoj", "DocumentReference")
