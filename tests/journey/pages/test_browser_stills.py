"""A picture for the note through two real browsers: asked for, allowed, taken, chosen, and seen in the record."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from simulators.demo.stack import Stack
from tests.support.pages.browsing import DESKTOP, PHONE, new_context
from tests.support.pages.journeys import AGREED, DoctorAtScreen, NurseAtScreen, both_see_each_other, notes_of, usable

pytest_plugins = ["tests.support.pages.chromium"]
pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(900)]

WHO, RECORD = "Karla Testmose", "r-1002"
SEEN = "(pictures) => pictures.every((one) => one.complete && one.naturalWidth >= 320)"
SHOTS = os.environ.get("LAEGEBRO_SHOTS", "")  # a folder for pictures of the pages, for whoever looks at them


@pytest.fixture
def organisation(stack: Stack, tmp_path: Path) -> Iterator[Organisation]:
    """Decides about pictures by the same command as an operator; at the end they are off again."""
    made = Organisation(stack, tmp_path / "with-stills.toml")
    yield made
    made.applies(stack.folder / "connections.toml")


class Organisation:
    def __init__(self, stack: Stack, file: Path) -> None:
        self._stack, self._file = stack, file

    def allows_pictures(self) -> None:
        told = (self._stack.folder / "connections.toml").read_text(encoding="utf-8")
        told = told.replace("unlocked_handover = true", "unlocked_handover = true\nstills = true")
        told = told.replace('employee_claim = "employee_id"', 'employee_claim = "employee_id"\ntakes_pictures = true')
        self._file.write_text(told, encoding="utf-8")
        self.applies(self._file)

    def applies(self, file: Path) -> None:
        self._stack.command("connections", "apply", str(file))


def test_from_the_citizens_yes_to_the_picture_in_the_record(
    chromium: Browser, stack: Stack, contexts: list[BrowserContext], organisation: Organisation
) -> None:
    contexts += [new_context(chromium), new_context(chromium)]
    nurse, doctor = NurseAtScreen(contexts[0], stack), DoctorAtScreen(contexts[1], stack)
    before = notes_of(stack)
    nurse.stand_in_queue(RECORD)
    doctor.opens_own_system()
    doctor.accepts(WHO)
    doctor.opens_the_video_link(WHO)
    nurse.answers_the_ring()
    both_see_each_other(nurse.page, doctor.page, "before anything is offered")
    _nothing_is_offered(nurse.page, doctor.page)
    organisation.allows_pictures()
    _the_doctor_asks(nurse.page, doctor.page)
    _the_citizen_says_yes(nurse.page)
    _are_taken(nurse.page, doctor.page, 1)
    _the_citizen_regrets(nurse.page, doctor.page)
    _the_citizen_says_yes(nurse.page)
    _are_taken(nurse.page, doctor.page, 2)
    nurse.hangs_up()
    doctor.hears_of_the_end()
    _one_is_chosen(nurse.page)
    nurse.approves()
    assert len(notes_of(stack)) == len(before) + 2, "one note and one picture"
    _stands_in_the_record(nurse, stack)


def _nothing_is_offered(nurse: Page, doctor: Page) -> None:
    expect(nurse.get_by_test_id("call-note")).to_be_visible()
    expect(nurse.get_by_test_id("stills")).to_have_count(0)
    expect(doctor.get_by_test_id("ask-still")).to_be_hidden()


def _the_doctor_asks(nurse: Page, doctor: Page) -> None:
    for page in (nurse, doctor):
        page.reload()
    both_see_each_other(nurse, doctor, "back in the call")
    expect(nurse.get_by_test_id("stills-question")).to_contain_text("Må vi tage billeder")
    doctor.get_by_test_id("ask-still").click()
    expect(doctor.get_by_test_id("stills-said")).to_contain_text("Medarbejderen er bedt om et billede.")
    expect(nurse.get_by_test_id("still-asked")).to_be_visible()
    expect(nurse.get_by_test_id("take-still")).to_have_count(0)
    _look(nurse, "call-before-yes")


def _the_citizen_says_yes(nurse: Page) -> None:
    nurse.get_by_test_id("allow-stills").focus()
    nurse.keyboard.press("Enter")
    expect(nurse.get_by_test_id("stills-allowed")).to_be_visible()
    expect(nurse.get_by_test_id("stills-said")).to_have_text("Det er noteret, at borgeren siger ja.")
    expect(nurse.get_by_test_id("take-still")).to_be_focused()


def _are_taken(nurse: Page, doctor: Page, count: int) -> None:
    for number in range(1, count + 1):
        nurse.get_by_test_id("take-still").click()
        expect(nurse.get_by_test_id("stills-count")).to_have_text(f"{number} af 4")
        expect(nurse.get_by_test_id("stills-said")).to_have_text("Billedet er taget.")
    for page in (nurse, doctor):
        expect(page.get_by_test_id("still")).to_have_count(count)
        _all_can_be_seen(page)
    expect(doctor.get_by_test_id("stills-said")).to_have_text("Et billede er taget til notatet.")
    if count > 1:
        _look(nurse, "call-with-stills")
        _look(doctor, "clinic-with-stills")


def _the_citizen_regrets(nurse: Page, doctor: Page) -> None:
    address = nurse.get_by_test_id("still").get_attribute("src")
    nurse.get_by_test_id("withdraw-stills").click()
    expect(nurse.get_by_test_id("allow-stills")).to_be_visible()
    for page in (nurse, doctor):
        expect(page.get_by_test_id("still")).to_have_count(0)
    status = nurse.evaluate("async (address) => (await fetch(address)).status", address)
    assert status == 404, "nothing is kept of it"


def _one_is_chosen(nurse: Page) -> None:
    expect(nurse.get_by_test_id("note-stills")).to_be_visible()
    _all_can_be_seen(nurse)
    nurse.get_by_test_id("choose-still-2").uncheck()
    _look(nurse, "note-with-stills")
    expect(nurse.get_by_test_id("agreed-text")).to_be_visible()


def _stands_in_the_record(nurse: NurseAtScreen, stack: Stack) -> None:
    page = nurse.context.new_page()
    page.goto(f"{nurse.care_system}/records/{RECORD}")
    note, picture = page.get_by_text(AGREED), page.get_by_test_id("journal-picture")
    expect(note.first).to_be_visible()
    expect(picture).to_have_count(1)
    page.wait_for_function(f"({SEEN})([...document.querySelectorAll('[data-testid=journal-picture]')])")
    expect(page.get_by_text("Billede fra videosamtale").first).to_be_visible()
    _look(page, "record", ours=False)
    page.close()


def _all_can_be_seen(page: Page) -> None:
    page.wait_for_function(f"({SEEN})([...document.querySelectorAll('[data-testid=still]')])")


def _look(page: Page, name: str, *, ours: bool = True) -> None:
    if ours:
        usable(page, name)
    for word, size in (("desktop", DESKTOP), ("phone", PHONE)) if SHOTS else ():
        page.set_viewport_size(size)
        page.screenshot(path=f"{SHOTS}/{name}-{word}.png", full_page=True, animations="disabled")
    page.set_viewport_size(DESKTOP)
