"""What a citizen is told of who saw what: plain Danish, as text and PDF, and as AuditEvents a vendor can read."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from fhir.resources.R4B.auditevent import AuditEvent
from fhir.resources.R4B.bundle import Bundle
from pypdf import PdfReader

from gateway.domain.identifiers import Cpr
from gateway.domain.oversight import Purpose
from gateway.domain.people import SYSTEM, Actor, ActorKind
from gateway.domain.records import AuditRow
from gateway.evidence.access_list import AccessList, as_text, why_in_words
from gateway.evidence.access_pdf import as_pdf
from gateway.evidence.audit_events import audit_event, bundle
from gateway.web.words.practice import LIST_REASONS

CPR = Cpr("2512489996")
LATE = datetime(2026, 3, 28, 23, 30, tzinfo=UTC)  # 00:30 on the 29th in Denmark, the night of summer time
NURSE = Actor(ActorKind.EMPLOYEE, "e-1", "Åse Øst", "Sygeplejerske")
ROWS = [
    AuditRow(LATE, NURSE, "Fjordby Kommune", "read", "page-phone", UUID(int=1), basis="treatment", channel="smart"),
    AuditRow(LATE + timedelta(hours=2), SYSTEM, "", "write", "launch", UUID(int=1)),
    AuditRow(LATE + timedelta(hours=3), replace(NURSE, name=""), "Fjordby Kommune", "refused", "nurse.page"),
]
TOLD = AccessList(ROWS, CPR.masked, "Fjordby Kommune", LATE + timedelta(days=1))


def test_the_list_says_who_where_what_and_why_by_danish_days() -> None:
    text = as_text(TOLD)
    first = "Kl. 00.30.00: Åse Øst (Sygeplejerske) hos Fjordby Kommune så siden til en samtale om dig på telefon"
    assert f"\n29. marts 2026\n  {first} som led i din behandling.\n" in text
    assert "Kl. 03.30.00: Lægebro selv begyndte en konsultation om dig.\n" in text
    assert "En medarbejder (Sygeplejerske) hos Fjordby Kommune prøvede at få adgang" in text
    assert "og blev afvist [nurse.page].\n" in text
    unknown = as_text(replace(TOLD, rows=[replace(ROWS[0], what="a-code-of-tomorrow")]))
    assert "så oplysninger om dig som led i din behandling [a-code-of-tomorrow]." in unknown
    assert "Der står 3 linjer om dig" in text and "2512489996" not in text


@pytest.mark.parametrize("basis", [*LIST_REASONS, *Purpose, *(f"{each} Sag 17" for each in Purpose)])
def test_every_reason_that_a_page_asks_for_has_words_in_the_citizens_list(basis: str) -> None:
    """As the pages write it: a code alone, or with the number of an administrator's case."""
    assert why_in_words(str(basis))
    assert why_in_words(str(basis)) in as_text(replace(TOLD, rows=[replace(ROWS[0], basis=str(basis))]))


def test_nobody_looked_is_said_too() -> None:
    assert "Der står ingen linjer om dig i loggen." in as_text(replace(TOLD, rows=[]))


def test_the_pdf_holds_the_same_sentences(tmp_path: Path) -> None:
    path = tmp_path / "list.pdf"
    path.write_bytes(as_pdf(replace(TOLD, rows=[replace(ROWS[0], organisation="<Ærø> & Ŀ")])))
    read = " ".join(" ".join(page.extract_text() for page in PdfReader(path).pages).split())
    assert "Åse Øst (Sygeplejerske) hos <Ærø> & ? så siden til en samtale om dig på telefon som led i" in read
    assert "29. marts 2026" in read and "2512489996" not in read


def test_audit_events_are_r4_and_hold_what_balp_asks() -> None:
    document = json.loads(json.dumps(bundle(ROWS, CPR, LATE, "https://laegebro.example")))
    Bundle.model_validate(document)
    events = [entry["resource"] for entry in document["entry"]]
    assert [event["outcome"] for event in events] == ["0", "0", "4"] and "meta" not in events[2]
    assert [event["action"] for event in events] == ["R", "U", "R"]
    assert all(len(event["agent"]) == 3 and event["agent"][0]["requestor"] for event in events)


@pytest.mark.parametrize("verb", ["read", "write"])
def test_client_and_server_change_places_with_the_direction_of_the_data(verb: str) -> None:
    """BALP: at a read the server is the source (110153), at an update the client is."""
    event = audit_event(replace(ROWS[0], verb=verb), CPR, "https://laegebro.example")
    AuditEvent.model_validate(json.loads(json.dumps(event)))
    roles = {agent["type"]["coding"][0]["code"]: agent["who"]["identifier"]["value"] for agent in event["agent"]}
    assert roles["110153" if verb == "read" else "110152"] == "https://laegebro.example"
    patient, data = event["entity"]
    assert patient["what"]["identifier"] == {"system": CPR.system, "value": CPR.digits}
    assert data["what"]["identifier"]["value"] == str(UUID(int=1))
