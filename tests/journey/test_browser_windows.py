"""Two windows of one person in one call: one has the seat, the other says so, and either can take it (U06)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from simulators.demo.stack import Stack
from tests.support.pages.browsing import new_context
from tests.support.pages.journeys import ClinicAtScreen, NurseAtScreen, both_see_each_other, usable
from tests.support.pages.told import told

pytest_plugins = ["tests.support.pages.chromium"]
pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(900)]

NOTHING_IS_FILMED = "[...document.querySelectorAll('video')].every((video) => video.srcObject === null)"


def test_u06_either_window_of_a_person_can_have_the_call(
    chromium: Browser, stack: Stack, contexts: list[BrowserContext]
) -> None:
    contexts += [new_context(chromium), new_context(chromium)]
    nurse, clinic = NurseAtScreen(contexts[0], stack), ClinicAtScreen(contexts[1], stack, "peter")
    nurse.stand_in_queue("r-1013")
    clinic.opens_the_waiting_room()
    clinic.opens("Ejnar Efterår")
    clinic.takes()
    nurse.answers_the_ring()
    both_see_each_other(nurse.page, clinic.page, "in the first windows")
    _nurse_opens_a_second_window(nurse, clinic.page)
    _clinic_opens_a_second_window(clinic, nurse.page)
    nurse.hangs_up()
    nurse.approves(clinician="Peter Vang")


def _nurse_opens_a_second_window(nurse: NurseAtScreen, clinic: Page) -> None:
    second = nurse.context.new_page()
    second.goto(nurse.page.url)
    both_see_each_other(second, clinic, "in her second window")
    _has_given_up(nurse.page, "moved")
    usable(nurse.page, "other-window")
    nurse.page.get_by_test_id("use-here").click()
    both_see_each_other(nurse.page, clinic, "back in her first window")
    _has_given_up(second, "moved")
    second.close()


def _clinic_opens_a_second_window(clinic: ClinicAtScreen, nurse: Page) -> None:
    second = clinic.page.context.new_page()
    second.goto(clinic.page.url)
    both_see_each_other(nurse, second, "in the doctor's second window")
    _has_given_up(clinic.page, "seat-elsewhere")
    expect(clinic.page.get_by_test_id("after-call")).to_be_hidden()
    usable(clinic.page, "clinic-other-window")
    clinic.page.get_by_test_id("move-here").click()
    both_see_each_other(nurse, clinic.page, "back in the doctor's first window")
    _has_given_up(second, "seat-elsewhere")
    second.close()


def _has_given_up(page: Page, cover: str) -> None:
    """What the former window reads; the other side has nothing to read."""
    rows = {"moved": told("nurse-windows").employee, "seat-elsewhere": told("clinic-windows").clinic}
    expect(page.get_by_test_id(cover)).to_contain_text(rows[cover][0])
    assert page.evaluate(NOTHING_IS_FILMED)
    expect(page.get_by_text("God forbindelse")).to_have_count(0)
