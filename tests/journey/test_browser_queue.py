"""Waiting, being refused, changing one's mind: the queue's turns at the nurse and at both kinds of clinic."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from simulators.demo.stack import Stack
from tests.support.pages.browsing import PHONE, new_context
from tests.support.pages.hands import Hands
from tests.support.pages.journeys import (
    REASON,
    ClinicAtScreen,
    DoctorAtScreen,
    NurseAtScreen,
    both_see_each_other,
    notes_of,
    usable,
)

pytest_plugins = ["tests.support.pages.chromium"]
pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(900)]

HAVNEN = "012041"


def test_d01_a_rejection_carries_its_reason_and_the_next_practice_is_one_tap_away(
    chromium: Browser, stack: Stack, contexts: list[BrowserContext]
) -> None:
    contexts += [new_context(chromium, PHONE), new_context(chromium)]
    nurse, doctor = NurseAtScreen(contexts[0], stack), DoctorAtScreen(contexts[1], stack)
    next_clinic = ClinicAtScreen(contexts[1], stack, "peter")
    nurse.stand_in_queue("r-1012", reason="Hævet ben siden i går.")
    doctor.opens_own_system()
    doctor.rejects("Gerda Julsø", "not-our-patient", "Hun er flyttet til havnen.")
    page = nurse.page
    expect(page.get_by_role("heading", name="Afvist videokonsultation")).to_be_visible()
    expect(page.get_by_test_id("rejected-because")).to_contain_text("ikke er tilmeldt dem. Din tekst er gemt.")
    expect(page.get_by_test_id("rejected-text")).to_contain_text("Hun er flyttet til havnen.")
    expect(page.get_by_test_id("call-practice")).to_contain_text("99 00 08 35")
    usable(page, "rejected")
    page.get_by_test_id(f"choose-{HAVNEN}").click()
    nurse.number()
    expect(page.get_by_role("heading", name="I kø hos Lægehuset Havnen")).to_be_visible()
    next_clinic.opens_the_waiting_room()
    expect(next_clinic.row("Gerda Julsø")).to_contain_text("Hævet ben siden i går.")
    nurse.leaves_the_queue()
    expect(next_clinic.row("Gerda Julsø")).to_have_count(0)


def test_the_waiting_room_takes_puts_back_and_rejects(
    chromium: Browser, stack: Stack, contexts: list[BrowserContext]
) -> None:
    contexts += [new_context(chromium), new_context(chromium)]
    nurse, clinic = NurseAtScreen(contexts[0], stack), ClinicAtScreen(contexts[1], stack, "peter")
    hands = Hands(clinic.context, stack.gateway_url)
    clinic.opens_the_waiting_room()
    usable(clinic.page, "waiting-room")
    number = nurse.stand_in_queue("r-1013")
    expect(clinic.row("Ejnar Efterår")).to_be_visible()
    expect(clinic.page).to_have_title(re.compile(r"^\(\d+\) Venteværelse – Lægebro$"))
    hands.did()
    clinic.opens("Ejnar Efterår")
    expect(clinic.page.get_by_test_id("reason")).to_have_text(REASON)
    usable(clinic.page, "waiting-room-pane")
    clinic.takes()
    expect(nurse.page.get_by_test_id("ring")).to_be_visible()
    assert hands.did() == {"press": 2}, "from the list to the ring"
    clinic.page.get_by_test_id("put-back").click()
    assert nurse.number() == number
    clinic.page.get_by_test_id("finish").click()
    clinic.opens("Ejnar Efterår")
    clinic.takes()
    nurse.answers_the_ring()
    both_see_each_other(nurse.page, clinic.page, "with the clinic's waiting room", 5)
    nurse.hangs_up()
    nurse.approves()
    nurse.logs_the_citizen_out()
    clinic.page.get_by_test_id("finish").click()
    nurse.stand_in_queue_again("r-1013")
    clinic.opens("Ejnar Efterår")
    clinic.page.get_by_test_id("reject").click()
    clinic.page.get_by_test_id("reject-by-phone").check()
    clinic.page.get_by_test_id("reject-confirm").click()
    expect(nurse.page.get_by_test_id("rejected-because")).to_have_text("Klinikken vil tale i telefon.")
    nurse.page.get_by_test_id("give-up").click()
    expect(nurse.page.get_by_test_id("closed")).to_be_visible()


def test_of_two_at_the_clinic_one_wins_and_the_other_sees_who(
    chromium: Browser, stack: Stack, contexts: list[BrowserContext]
) -> None:
    contexts += [new_context(chromium) for _ in range(3)]
    nurse = NurseAtScreen(contexts[0], stack)
    lise, omar = (ClinicAtScreen(contexts[n], stack, who, "laegerne-torvet") for n, who in ((1, "lise"), (2, "omar")))
    for clinic in (lise, omar):
        clinic.opens_the_waiting_room()
    nurse.stand_in_queue("r-1002")
    for clinic in (lise, omar):
        clinic.opens("Karla Testmose")
    lise.takes()
    expect(omar.page.get_by_test_id("pane-message")).to_contain_text("Lise Hansen tog kaldet kl.")
    expect(omar.page.get_by_test_id("take-call")).to_have_count(0)
    expect(nurse.page.get_by_test_id("ring-who")).to_contain_text("Lise Hansen")
    lise.page.get_by_test_id("put-back").click()
    nurse.number()
    nurse.leaves_the_queue()


def test_d11_by_telephone_instead_and_the_note_is_filed_once_and_says_so(
    chromium: Browser, stack: Stack, contexts: list[BrowserContext]
) -> None:
    contexts.append(new_context(chromium))
    nurse, before = NurseAtScreen(contexts[0], stack), notes_of(stack)
    number = nurse.stand_in_queue("r-1002")
    nurse.page.reload()
    assert nurse.number() == number
    nurse.page.get_by_test_id("by-phone").click()
    expect(nurse.page.get_by_test_id("phone-number")).to_have_text("99 00 08 35")
    usable(nurse.page, "phone")
    nurse.page.get_by_test_id("phone-clinician").fill("Omar Saleh")
    nurse.page.get_by_test_id("held-by-phone").click()
    expect(nurse.page.get_by_test_id("facts")).to_contain_text("Telefon")
    nurse.approves("Ses i klinikken i morgen.")
    nurse.logs_the_citizen_out()
    assert len(notes_of(stack).keys() - before.keys()) == 1
    nurse.page.goto(f"{stack['eoj'].address}/records/r-1002")
    note = nurse.page.get_by_test_id("journal-note").first
    expect(note).to_contain_text("Ses i klinikken i morgen.")
    expect(note).to_contain_text(re.compile("telefon", re.IGNORECASE))
    expect(note).to_contain_text("Omar Saleh")


def test_a_citizen_who_says_no_is_noted_and_the_clinic_never_hears(
    chromium: Browser, stack: Stack, contexts: list[BrowserContext]
) -> None:
    contexts += [new_context(chromium), new_context(chromium)]
    nurse, clinic = NurseAtScreen(contexts[0], stack), ClinicAtScreen(contexts[1], stack, "peter")
    before = notes_of(stack)
    nurse.launch("r-1004")
    nurse.tell_who_she_is()
    nurse.page.get_by_test_id("consent-refused").check()
    expect(nurse.page.get_by_test_id("reason")).to_be_hidden()
    usable(nurse.page, "start-refusal")
    nurse.page.get_by_role("button", name="Registrér afslag").click()
    expect(nurse.page.get_by_role("heading", name="Afslaget er noteret")).to_be_visible()
    nurse.sees_the_receipt()
    assert len(notes_of(stack).keys() - before.keys()) == 1
    clinic.opens_the_waiting_room()
    expect(clinic.row("Aksel Prøvesen")).to_have_count(0)
    clinic.page.get_by_test_id("nav-today").click()
    expect(clinic.page.get_by_role("heading", name="Dagens liste")).to_be_visible()
    usable(clinic.page, "clinic-today")
    expect(clinic.page.get_by_text("Aksel Prøvesen")).to_have_count(0)
