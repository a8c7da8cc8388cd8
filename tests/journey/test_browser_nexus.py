"""One working day in a municipality whose records are in Nexus: from the record there to the form filed in it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from gateway.certify.simulated import simulator
from simulators.demo.stack import Stack
from tests.support.pages.browsing import new_context
from tests.support.pages.journeys import AGREED, DoctorAtScreen, NurseAtScreen, both_see_each_other, notes_of, usable

pytest_plugins = ["tests.support.pages.chromium"]
pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(900)]

WHO, RECORD = "Karla Testmose", "r-1002"
STANZAS = """[[connection]]
name = "nexus-fjordby"
label = "Nexus"
kind = "eoj"
adapter = "nexus"
tenant = "99110007"
synthetic = true
[connection.settings]
base_url = "{address}/api/core/mobile/fjordby/v2/"
token_url = "{address}/authx/realms/fjordby/protocol/openid-connect/token"
client_id = "laegebro"
client_secret = "file:{secret}"
token_endpoint_auth_method = "client_secret_post"
quiet_period = 5
[connection.settings.form]
placement = "Sundhedsfagligt grundforløb/Sygepleje"
fixed = {{ Kontaktform = "Skærmbesøg" }}
[[connection]]
name = "nexus-fjordby-launch"
label = "Nexus"
kind = "eoj"
adapter = "signed_launch"
tenant = "99110007"
synthetic = true
[connection.settings]
issuer = "{address}"
audience = "{gateway}"
jwks_url = "{address}/.well-known/jwks.json"
write_back = "nexus-fjordby"
organisation_cvr = "99110007"
"""


@pytest.fixture
def nexus(stack: Stack, tmp_path: Path) -> Iterator[str]:
    """Beside the stack, its connections applied as an operator does, and paused afterwards."""
    word, file = tmp_path / "secret", tmp_path / "nexus.toml"
    word.write_text(secrets.token_urlsafe(24), encoding="utf-8")
    with simulator("nexus", f"--client-secret={word.read_text()}", "--gateway-url", stack.gateway_url) as address:
        told = STANZAS.format(address=address, secret=word, gateway=stack.gateway_url)
        file.write_text(told, encoding="utf-8")
        stack.command("connections", "apply", str(file))
        yield address
        for name in ("nexus-fjordby", "nexus-fjordby-launch"):
            stack.command("connections", "pause", name, "the day is over")


def test_from_the_record_in_nexus_to_the_form_that_stands_there(
    chromium: Browser, stack: Stack, contexts: list[BrowserContext], nexus: str
) -> None:
    contexts += [new_context(chromium), new_context(chromium)]
    nurse = NurseAtScreen(contexts[0], stack, care_system=nexus)
    doctor, elsewhere = DoctorAtScreen(contexts[1], stack), notes_of(stack)
    assert nurse.stand_in_queue(RECORD, "signed") == 1
    doctor.opens_own_system()
    doctor.accepts(WHO)
    doctor.opens_the_video_link(WHO)
    nurse.answers_the_ring()
    both_see_each_other(nurse.page, doctor.page, "in the call")
    nurse.hangs_up()
    nurse.approves()
    usable(nurse.page, "receipt-in-nexus")
    _stands_on_the_record(nurse)
    assert notes_of(stack) == elsewhere, "the note stands in another care system too"
    nurse.logs_the_citizen_out()


def _stands_on_the_record(nurse: NurseAtScreen) -> None:
    record = nurse.context.new_page()
    record.goto(f"{nurse.care_system}/records/{RECORD}")
    note = record.get_by_test_id("journal-note")
    expect(note).to_have_count(1)
    for said in ("Videokonsultation med læge (Aktivt)", AGREED, "Lise Hansen", "version 1"):
        expect(note).to_contain_text(said)
    record.close()
