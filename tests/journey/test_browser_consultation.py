"""One consultation through two real browsers: from the record to the note in it, and nothing of the citizen left."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from simulators.demo.stack import Stack
from tests.support.pages.browsing import new_context
from tests.support.pages.hands import Hands
from tests.support.pages.journeys import (
    AGREED,
    DoctorAtScreen,
    NurseAtScreen,
    both_see_each_other,
    encrypted_between,
    notes_of,
    usable,
)

pytest_plugins = ["tests.support.pages.chromium"]
pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(900)]

WHO, NUMBER = "Testmose", "020160"


@pytest.mark.guide(4, 8, 10, 11)
def test_from_the_record_to_the_note_in_it(chromium: Browser, stack: Stack, contexts: list[BrowserContext]) -> None:
    contexts += [new_context(chromium), new_context(chromium)]
    nurse, doctor = NurseAtScreen(contexts[0], stack), DoctorAtScreen(contexts[1], stack)
    before, hands = notes_of(stack), Hands(nurse.context, stack.gateway_url)
    nurse.launch("r-1001")
    nurse.tell_who_she_is()
    usable(nurse.page, "start")
    hands.did()  # what she is asked the first time only
    nurse.fill_start_page()
    nurse.page.get_by_test_id("enqueue").click()
    assert nurse.number() == 1
    assert hands.did() == {"choice": 1, "text": 1, "press": 1}
    nurse.is_received()
    expect(nurse.page).to_have_title("Nr. 1 i kø – Lægebro")
    usable(nurse.page, "queue")
    _is_taken_in_the_practices_own_system(nurse, doctor)
    _they_talk(nurse, doctor)
    hands.did()
    nurse.hangs_up()
    _the_note_is_filed(nurse, doctor, before)
    assert hands.did() == {"press": 2, "text": 1}, "from hanging up to the note in the record"
    _nothing_of_the_citizen_is_left(nurse)


def _is_taken_in_the_practices_own_system(nurse: NurseAtScreen, doctor: DoctorAtScreen) -> None:
    doctor.opens_own_system()
    expect(doctor.row("Børge Testmose")).to_be_visible()
    expect(nurse.page.get_by_test_id("seen")).to_have_class("done")
    doctor.accepts("Børge Testmose")
    expect(nurse.page.get_by_test_id("ring-who")).to_contain_text("Lise Hansen")
    usable(nurse.page, "ring")
    doctor.opens_the_video_link("Børge Testmose")
    nurse.answers_the_ring()


def _they_talk(nurse: NurseAtScreen, doctor: DoctorAtScreen) -> None:
    both_see_each_other(nurse.page, doctor.page, "in the call")
    encrypted_between(nurse.page, doctor.page)
    expect(doctor.page.get_by_test_id("call-status")).to_have_text("Samtalen er i gang")
    usable(nurse.page, "call")
    usable(doctor.page, "clinic-call")
    nurse.page.get_by_test_id("call-note").fill("Penicillin")
    expect(nurse.page.get_by_test_id("saved")).to_have_text("Teksten er gemt")


def _the_note_is_filed(nurse: NurseAtScreen, doctor: DoctorAtScreen, before: dict[str, int]) -> None:
    doctor.hears_of_the_end()
    usable(doctor.page, "clinic-after")
    expect(nurse.page.get_by_test_id("agreed-text")).to_have_value("Penicillin")
    expect(nurse.page.get_by_test_id("clinician")).to_have_value("Lise Hansen")
    usable(nurse.page, "note")
    nurse.approves()
    usable(nurse.page, "receipt")
    after = notes_of(nurse.stack)
    assert [after[key] for key in after.keys() - before.keys()] == [1]
    assert before.items() <= after.items()
    record = nurse.context.new_page()
    record.goto(f"{nurse.stack['eoj'].address}/records/r-1001")
    expect(record.get_by_test_id("journal-note").first).to_contain_text(AGREED)
    expect(record.get_by_test_id("journal-note").first).to_contain_text("Lise Hansen")
    record.close()


def _nothing_of_the_citizen_is_left(nurse: NurseAtScreen) -> None:
    page, consultation = nurse.page, nurse.page.url
    nurse.logs_the_citizen_out()
    usable(page, "citizen-logged-out")
    _shows_nobody(page)
    page.go_back()
    _shows_nobody(page)
    page.reload()
    _shows_nobody(page)
    page.goto(consultation)
    expect(page.get_by_test_id("elsewhere")).to_be_visible()
    usable(page, "elsewhere")
    _shows_nobody(page)
    _stores_nothing(page)
    page.get_by_test_id("to-mine").click()
    expect(page.get_by_test_id("who")).to_contain_text("Mette Holm")


def _shows_nobody(page: Page) -> None:
    page.wait_for_load_state()
    expect(page.locator("main h1")).to_be_visible()
    text = page.content()
    assert WHO not in text and NUMBER not in text, page.url


def _stores_nothing(page: Page) -> None:
    """Storage of every kind a page can write to."""
    kept = page.evaluate(
        """async () => ({ local: {...localStorage}, session: {...sessionStorage},
          databases: (await indexedDB.databases()).length,
          caches: self.caches ? (await caches.keys()).length : 0 })"""
    )
    assert WHO not in str(kept) and NUMBER not in str(kept), kept
    assert (kept["databases"], kept["caches"]) == (0, 0), kept
