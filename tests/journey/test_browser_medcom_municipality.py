"""One working day in a municipality that is on the MedCom net and nowhere else: from the typed number to the note on
its record's page, the acknowledgement, and what somebody there writes back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from gateway.certify.simulated import simulator
from simulators import wire
from simulators.demo.stack import Stack
from tests.support.pages.browsing import new_context
from tests.support.pages.journeys import (
    AGREED,
    DoctorAtScreen,
    NurseAtScreen,
    both_see_each_other,
    log_in_where_asked,
    usable,
)
from tests.support.processes.relaying import until

pytest_plugins = ["tests.support.pages.chromium"]
pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(900)]

CONNECTION, SKOVBY = "skovby-medcom", "login-login-skovby"
STANZA = """[[connection]]
name = "skovby-medcom"
label = "Skovbys journal"
kind = "eoj"
adapter = "medcom"
tenant = "99220007"
synthetic = true
[connection.settings]
base_url = "{address}"
client_id = "laegebro"
client_key = "env:LAEGEBRO_SECRET_CLIENT"
caller_id = "access-point"
resend_after = 5
[connection.settings.caller_keys]
keys = [{keys}]
[connection.settings.sender]
name = "Plejecenter Bøgen"
sor = "325251000016005"
gln = "5790000121526"
[connection.settings.municipality]
name = "Skovby Kommune, journalen"
sor = "325261000016003"
gln = "5790000121533"
"""


@pytest.fixture
def municipality(stack: Stack, tmp_path: Path) -> Iterator[str]:
    """Its access point and care system beside the stack, and its connection applied as an operator does."""
    door = f"{stack.gateway_url}/medcom/eoj/{CONNECTION}/messages"
    jwks = f"{stack.gateway_url}/.well-known/jwks.json"
    with simulator("medcom", "--municipality", "--push", door, "--client-jwks", jwks) as address:
        with wire.client(30, address) as there:
            told = there.get("/.well-known/jwks.json").json()["keys"]
        keys = ", ".join(
            "{" + ", ".join(f"{name} = {json.dumps(v)}" for name, v in each.items()) + "}" for each in told
        )
        file = tmp_path / "skovby.toml"
        file.write_text(STANZA.format(address=address, keys=keys), encoding="utf-8")
        stack.command("connections", "apply", str(file))
        yield address
        stack.command("connections", "pause", CONNECTION, "the day is over")


def test_from_the_typed_number_to_the_note_on_the_record(
    chromium: Browser, stack: Stack, contexts: list[BrowserContext], municipality: str
) -> None:
    contexts += [new_context(chromium), new_context(chromium)]
    nurse, doctor = NurseAtScreen(contexts[0], stack, "anne"), DoctorAtScreen(contexts[1], stack)
    _starts_by_number(nurse)
    _chooses_the_practice(nurse)
    nurse.fill_start_page()
    nurse.page.get_by_test_id("enqueue").click()
    assert nurse.number() == 1
    doctor.opens_own_system()
    doctor.accepts("Karla Testmose")
    doctor.opens_the_video_link("Karla Testmose")
    nurse.answers_the_ring()
    both_see_each_other(nurse.page, doctor.page, "in the call")
    nurse.hangs_up()
    nurse.approves()
    usable(nurse.page, "receipt-by-message")
    _stands_on_the_record(nurse, municipality)
    _an_answer_reaches_the_nurse(nurse, municipality)


def _starts_by_number(nurse: NurseAtScreen) -> None:
    page = nurse.page
    page.goto(f"{nurse.stack.gateway_url}/login")
    log_in_where_asked(page, "anne", "begin", SKOVBY)
    page.get_by_test_id("begin").click()
    usable(page, "begin-by-name")
    page.get_by_test_id("cpr").fill("020160-9996")
    page.get_by_test_id("find-citizen").click()
    expect(page.get_by_text("Skriv borgerens navn.").first).to_be_visible()
    page.get_by_test_id("cpr").fill("020160-9996")
    page.get_by_test_id("citizen-name").fill("Karla Testmose")
    page.get_by_test_id("find-citizen").click()
    expect(page.get_by_role("heading", name="Er det Karla Testmose")).to_be_visible()
    page.get_by_test_id("confirm-yes").click()
    nurse.tell_who_she_is()


def _chooses_the_practice(nurse: NurseAtScreen) -> None:
    """Nobody here can be asked whose patient she is."""
    nurse.page.get_by_test_id("practice-search").fill("034835")
    nurse.page.get_by_test_id("practice-find").click()
    nurse.page.get_by_test_id("choose-034835").click()
    expect(nurse.page.get_by_test_id("practice-name")).to_have_text("Lægerne Torvet")


def _record(nurse: NurseAtScreen, municipality: str) -> Page:
    page = nurse.context.new_page()
    page.goto(f"{municipality}/records/r-1002")
    return page


def _stands_on_the_record(nurse: NurseAtScreen, municipality: str) -> None:
    record = _record(nurse, municipality)
    note = record.get_by_test_id("journal-note")
    expect(note).to_have_count(1)
    expect(note).to_contain_text(AGREED)
    expect(note).to_contain_text("Lise Hansen")
    expect(note).to_contain_text("kvitteret ok")
    record.close()


def _an_answer_reaches_the_nurse(nurse: NurseAtScreen, municipality: str) -> None:
    record = _record(nurse, municipality)
    record.get_by_label("Svar til afsenderen").fill("Vi tilser såret på torsdag.")
    record.get_by_role("button", name="Svar").click()
    expect(record.get_by_test_id("our-reply")).to_be_visible()
    record.close()
    letter = nurse.page.get_by_test_id("practice-letter")
    until("the answer on her page", lambda: nurse.page.reload() is not None and letter.count() > 0)
    expect(letter).to_contain_text("Skovby Kommune, journalen skrev")
    expect(letter).to_contain_text("Vi tilser såret på torsdag.")
    _stands_on_her_list_until_it_is_read(nurse)
    with wire.client(30, municipality) as there:

        def acknowledged() -> list[str]:
            return [each["code"] for each in there.get("/_sim/log").json()["acknowledged"]]

        until("our acknowledgement of it", lambda: acknowledged() == ["ok"])


def _stands_on_her_list_until_it_is_read(nurse: NurseAtScreen) -> None:
    page, here = nurse.page, nurse.page.url
    page.goto(nurse.stack.gateway_url)
    asks = page.locator("[data-state=reply]")
    expect(asks).to_contain_text("Kommunen har skrevet tilbage")
    usable(page, "mine-with-an-answer")
    page.goto(here)
    usable(page, "answer-unread")
    page.get_by_test_id("read-reply").click()
    expect(page.get_by_test_id("practice-letter")).to_be_visible()
    expect(page.get_by_test_id("read-reply")).to_have_count(0)
    page.goto(nurse.stack.gateway_url)
    expect(asks).to_have_count(0)
