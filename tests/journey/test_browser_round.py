"""A nursing-home round in two real browsers: each citizen stands on both screens only while she is talked about."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from simulators.demo.stack import Stack
from tests.support.pages.browsing import new_context
from tests.support.pages.journeys import ClinicAtScreen, NurseAtScreen, both_see_each_other, notes_of, usable

pytest_plugins = ["tests.support.pages.chromium"]
pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(900)]

ROUND = "Gennemgang af flere borgere"
FIRST, SECOND = ("r-1001", "Børge Testmose"), ("r-1012", "Gerda Julsø")
REFUSING = ("r-1013", "Ejnar Efterår")
ABOUT = {FIRST: "Sår på venstre skinneben væsker", SECOND: "Hævet højre ben siden i går"}
AGREED = {FIRST: "Penicillin i syv dage", SECOND: "Støttestrømpe og ny kontrol"}


def test_d02_a_round_shows_both_sides_one_citizen_at_a_time(
    chromium: Browser, stack: Stack, contexts: list[BrowserContext]
) -> None:
    contexts += [new_context(chromium), new_context(chromium)]
    nurse, clinic = NurseAtScreen(contexts[0], stack), ClinicAtScreen(contexts[1], stack, "peter")
    before = notes_of(stack)
    clinic.opens_the_waiting_room()
    _the_round_is_opened(nurse)
    for citizen in (FIRST, SECOND):
        _is_added(nurse, citizen)
    _stands_in_queue(nurse)
    _is_taken_without_a_name(nurse, clinic)
    _they_talk_about_each_alone(nurse, clinic)
    _one_refuses_while_the_others_go_on(nurse, clinic)
    _each_gets_her_own_note(nurse, before)


def _the_round_is_opened(nurse: NurseAtScreen) -> None:
    nurse.launch(FIRST[0])
    nurse.tell_who_she_is()
    nurse.page.goto(f"{nurse.stack.gateway_url}/ny")
    nurse.page.get_by_test_id("several-citizens").press("Enter")
    usable(nurse.page, "begin")
    nurse.page.get_by_test_id("round-ydernummer").fill("012041")
    nurse.page.get_by_test_id("round-agreed-with").fill("Sekretær Test Jensen")
    nurse.page.get_by_test_id("begin-round").press("Enter")
    expect(nurse.page.get_by_test_id("round-empty")).to_be_visible()


def _is_added(nurse: NurseAtScreen, citizen: tuple[str, str]) -> None:
    nurse.press_start(citizen[0])
    expect(nurse.page.get_by_test_id("citizen-name")).to_have_text(citizen[1])
    nurse.fill_start_page(ABOUT[citizen])
    usable(nurse.page, "start-beside-a-round")
    nurse.page.get_by_test_id("add-to-round").click()
    expect(nurse.page.get_by_test_id("round-list")).to_contain_text(citizen[1])


def _stands_in_queue(nurse: NurseAtScreen) -> None:
    usable(nurse.page, "start-of-a-round")
    nurse.page.get_by_test_id("reason").fill("Gennemgang af to beboere på plejehjemmet")
    nurse.page.get_by_test_id("enqueue").click()
    assert nurse.number() >= 1
    usable(nurse.page, "queue-of-a-round")


def _is_taken_without_a_name(nurse: NurseAtScreen, clinic: ClinicAtScreen) -> None:
    expect(clinic.row(ROUND)).to_be_visible()
    clinic.opens(ROUND)
    _names_nobody(clinic.page)
    clinic.takes()
    nurse.answers_the_ring()
    both_see_each_other(nurse.page, clinic.page, "in the round")
    expect(clinic.page.get_by_test_id("talking-about-nobody")).to_be_visible()
    _names_nobody(clinic.page)
    expect(nurse.page.get_by_test_id("talking-about-nobody")).to_be_visible()


def _they_talk_about_each_alone(nurse: NurseAtScreen, clinic: ClinicAtScreen) -> None:
    for citizen, other in ((FIRST, SECOND), (SECOND, FIRST)):
        button = nurse.page.get_by_role("button", name=f"Tal om {citizen[1]}")
        expect(button).to_be_enabled()
        button.press("Enter")
        for page in (nurse.page, clinic.page):
            expect(page.get_by_test_id("talking-about")).to_have_text(f"Nu taler I om {citizen[1]}")
        expect(clinic.page.get_by_test_id("discussed-reason")).to_have_text(ABOUT[citizen])
        assert other[1] not in clinic.page.content() and ABOUT[other] not in clinic.page.content()
        assert ABOUT[other] not in nurse.page.content() and AGREED[other] not in nurse.page.content()
        nurse.page.get_by_test_id("call-note").fill(AGREED[citizen])
        expect(nurse.page.get_by_test_id("saved")).to_have_text("Teksten er gemt")
    usable(nurse.page, "call-of-a-round")
    usable(clinic.page, "clinic-call-of-a-round")


def _one_refuses_while_the_others_go_on(nurse: NurseAtScreen, clinic: ClinicAtScreen) -> None:
    """From her record, in a second window of the same browser; the call stays where it is."""
    record = nurse.context.new_page()
    record.goto(f"{nurse.stack['eoj'].address}/records/{REFUSING[0]}")
    with nurse.context.expect_page() as opened:
        record.locator("#start-smart").click()
    page = opened.value
    page.get_by_test_id("consent-refused").check()
    page.get_by_test_id("add-to-round").click()
    expect(page.get_by_test_id("round-added")).to_be_visible()
    usable(page, "round-added")
    page.close()
    record.close()
    refused = nurse.page.get_by_test_id("round-citizen").filter(has_text=REFUSING[1])
    expect(refused).to_contain_text("Borgeren har afslået")
    expect(refused.get_by_role("button")).to_have_count(0)
    expect(nurse.page.get_by_test_id("call-note")).to_have_value(AGREED[SECOND])
    assert REFUSING[1] not in clinic.page.content()
    nurse.page.get_by_test_id("talk-about-nobody").click()
    expect(clinic.page.get_by_test_id("talking-about-nobody")).to_be_visible()
    _names_nobody(clinic.page)


def _each_gets_her_own_note(nurse: NurseAtScreen, before: dict[str, int]) -> None:
    nurse.hangs_up()
    expect(nurse.page.get_by_test_id("case-note")).to_have_count(2)
    usable(nurse.page, "note-of-a-round")
    nurse.page.get_by_test_id("approve").click()
    filed = nurse.page.get_by_test_id("note-filed")
    expect(filed).to_have_count(3)
    for number in range(3):
        expect(filed.nth(number)).to_have_class("done")
    usable(nurse.page, "receipt-of-a-round")
    after = notes_of(nurse.stack)
    assert [after[key] for key in after.keys() - before.keys()] == [1, 1, 1]
    for citizen, other in ((FIRST, SECOND), (SECOND, FIRST)):
        nurse.open_record(citizen[0])
        note = nurse.page.get_by_test_id("journal-note").first
        expect(note).to_contain_text(AGREED[citizen])
        expect(note).to_contain_text(re.compile("Peter|Havnen"))
        told = note.inner_text()
        assert other[1] not in told and AGREED[other] not in told and ABOUT[other] not in told


def _names_nobody(page: Page) -> None:
    text = page.content()
    assert not any(name in text for _, name in (FIRST, SECOND, REFUSING)), page.url
