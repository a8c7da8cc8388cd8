"""One working day with MedCom's VDX in place of our own video: from the record to the room at VDX, and to the note."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from gateway.certify.eoj.simulated import hand_at
from gateway.certify.simulated import simulator
from simulators.demo.stack import Stack
from tests.support.pages.browsing import new_context
from tests.support.pages.journeys import AGREED, DoctorAtScreen, NurseAtScreen, both_see_each_other, notes_of, usable
from tests.support.processes.relaying import until

pytest_plugins = ["tests.support.pages.chromium"]
pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(900)]

STANZA = """[[connection]]
name = "vdx"
label = "VDX"
kind = "video"
adapter = "vdx"
synthetic = true
[connection.settings]
base_url = "{address}"
token_url = "{address}/auth/token"
client_id = "laegebro"
client_secret = "file:{secret}"
token_endpoint_auth_method = "client_secret_post"
practices = ["034835"]
links = ["{address}"]
"""
WHO = "Børge Testmose"


class Vdx:
    """Its own store, seen from outside."""

    def __init__(self, address: str) -> None:
        self.hand = hand_at(address.replace("vdx.localhost", "127.0.0.1"))

    def plan(self, **told: Any) -> None:
        self.hand.post("/_sim/plan", json=told).raise_for_status()

    def statuses(self) -> list[str]:
        return [each["status"] for each in self.hand.get("/_sim/meetings").json()["kept"]]

    def told(self) -> str:
        return json.dumps(self.hand.get("/_sim/meetings").json()["asked"], ensure_ascii=False)


@pytest.fixture
def vdx(stack: Stack, tmp_path: Path) -> Iterator[Vdx]:
    """Beside the stack, its connection applied as an operator does, and paused afterwards."""
    word, file = tmp_path / "secret", tmp_path / "vdx.toml"
    word.write_text(secrets.token_urlsafe(24), encoding="utf-8")
    with simulator("vdx", f"--client-secret={word.read_text()}", "--pace", "0.2") as address:
        file.write_text(STANZA.format(address=address, secret=word), encoding="utf-8")
        stack.command("connections", "apply", str(file))
        stack.command("connections", "resume", "vdx")  # paused by the test before
        try:
            yield Vdx(address)
        finally:
            stack.command("connections", "pause", "vdx", "the day is over")


def test_a_day_with_vdx_from_the_record_to_the_note(
    chromium: Browser, stack: Stack, vdx: Vdx, contexts: list[BrowserContext]
) -> None:
    nurse, doctor = _rung(chromium, stack, contexts, "r-1001")
    before = notes_of(stack)
    expect(nurse.page.get_by_test_id("another-device")).to_be_hidden()
    rooms = [_goes_to_the_room(person.context, person.page) for person in (doctor, nurse)]
    assert rooms[0].url == rooms[1].url, "two sides of one call in two rooms"
    expect(doctor.page.get_by_test_id("call-status")).to_have_text("Samtalen er i gang")
    for page in (nurse.page, doctor.page):
        expect(page.get_by_test_id("open-elsewhere")).to_have_text("Åbn vinduet igen")
    nurse.page.reload()
    expect(nurse.page.get_by_test_id("open-elsewhere")).to_have_text("Åbn vinduet igen")
    usable(nurse.page, "call-elsewhere")
    usable(doctor.page, "clinic-call-elsewhere")
    nurse.page.get_by_test_id("call-note").fill("Penicillin")
    expect(nurse.page.get_by_test_id("saved")).to_have_text("Teksten er gemt")
    nurse.hangs_up()
    doctor.hears_of_the_end()
    nurse.approves(clinician="Lise Hansen")
    after = notes_of(stack)
    assert [after[key] for key in after.keys() - before.keys()] == [1]
    until("its room is removed", lambda: vdx.statuses() == ["DEPROVISION_OK"])
    assert not any(word in vdx.told() for word in ("Testmose", "Mette", "Lise", "020160", AGREED))
    nurse.logs_the_citizen_out()


def test_where_vdx_gives_no_room_they_talk_here_and_both_are_told(
    chromium: Browser, stack: Stack, vdx: Vdx, contexts: list[BrowserContext]
) -> None:
    vdx.plan(refusals=[22] * 9)
    nurse, doctor = _rung(chromium, stack, contexts, "r-1001")
    both_see_each_other(nurse.page, doctor.page, "here after all")
    for page in (nurse.page, doctor.page):
        expect(page.get_by_test_id("held-elsewhere-line")).to_have_text(
            "VDX gav intet rum. Samtalen holdes her i stedet."
        )
    nurse.hangs_up()
    nurse.approves(clinician="Lise Hansen")
    nurse.logs_the_citizen_out()


def _rung(
    chromium: Browser, stack: Stack, contexts: list[BrowserContext], record: str
) -> tuple[NurseAtScreen, DoctorAtScreen]:
    contexts += [new_context(chromium), new_context(chromium)]
    nurse, doctor = NurseAtScreen(contexts[0], stack), DoctorAtScreen(contexts[1], stack)
    nurse.stand_in_queue(record)
    doctor.opens_own_system()
    doctor.accepts(WHO)
    doctor.opens_the_video_link(WHO)
    nurse.answers_the_ring()
    return nurse, doctor


def _goes_to_the_room(context: BrowserContext, page: Page) -> Page:
    expect(page.get_by_test_id("held-elsewhere")).to_be_visible()
    expect(page.get_by_test_id("remote-video")).to_be_hidden()
    with context.expect_page() as opened:
        page.get_by_test_id("open-elsewhere").click()
    expect(opened.value.get_by_test_id("vdx-room")).to_be_visible()
    assert opened.value.evaluate("window.opener") is None
    return opened.value
