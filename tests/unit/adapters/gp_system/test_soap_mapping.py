"""From our row to the contract and back: golden pairs, every one judged by the published schema."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from lxml import etree
from pydantic import ValidationError

from adapters.contract import samples
from adapters.gp_system.soap import Settings
from adapters.gp_system.soap.claims import claim_of, claims_of
from adapters.gp_system.soap.mapping import consultation, ended
from adapters.gp_system.soap.peer import CONTRACT, practice_contract
from adapters.gp_system.soap.words import digest, state_of
from adapters.wire.xmlschema import Schema
from gateway.domain.consultation.queue_entry import EntryStatus, RejectReason
from gateway.domain.peers.messages import EntryMessage, PeerVerb

EXAMPLES = CONTRACT.parents[1] / "examples"
AT = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
ENTRY = UUID("0192f000-0000-7000-8000-0000000000e1")
NAME = "torvet-soap"


def message(**fields: object) -> EntryMessage:
    entry = samples.entry("034835", AT, id=ENTRY, expires_at=AT + timedelta(hours=4))
    basis = samples.message("034835", consultation=UUID(int=7), entry=entry, agreed_at=None)
    return replace(basis, **fields)  # type: ignore[arg-type]


def taken(by: str) -> EntryMessage:
    words = {"accepted_by": by, "accepted_name": "Omar  Saleh", "clinician": "Lise Hansen", "accepted_at": AT}
    return samples.moved(message(), EntryStatus.ACCEPTED, **words)


PAIRS = {
    "enqueue": message(),
    "enqueue-without-citizen": message(citizen=None, reason=samples.DANISH),
    "enqueue-protected": message(citizen=samples.citizen(protected=True)),
    "taken-elsewhere": taken("clinic-user-7"),
    "yours": taken(f"{NAME}:lha"),
    "withdrawn": samples.moved(message(), EntryStatus.WITHDRAWN, ended_reason="wrong-citizen"),
}


def written(said: EntryMessage) -> bytes:
    if said.entry.status.ended:
        return practice_contract().body("WithdrawConsultation", Ended=ended(said))
    return practice_contract().body("EnqueueConsultation", Consultation=consultation(said, NAME))


def canonical(content: bytes) -> bytes:
    parser = etree.XMLParser(remove_blank_text=True)
    text = etree.tostring(etree.fromstring(content, parser), method="c14n", exclusive=True)
    return re.sub(rb"(</?|xmlns:)(b|lb)([:=])", rb"\1lb\3", text)  # a prefix is no part of what is said


@pytest.mark.parametrize("name", PAIRS)
def test_each_row_is_said_as_the_example_says_it(name: str) -> None:
    said = written(PAIRS[name])
    assert canonical(said) == canonical((EXAMPLES / f"{name}.xml").read_bytes())
    assert Schema(CONTRACT.with_suffix(".xsd")).accepts(etree.fromstring(said))


def test_a_protected_name_is_said_nowhere() -> None:
    assert samples.TEST_NAME.encode() not in written(PAIRS["enqueue-protected"])


def test_what_no_document_can_hold_is_left_out() -> None:
    said = written(message(reason="Sår\x00 på\x0b hælen\ufffe\t\n"))
    assert "<b:Reason>Sår på hælen\t\n</b:Reason>".encode("ascii", "xmlcharrefreplace") in said


@pytest.mark.parametrize(("status", "by", "state"), [
    (EntryStatus.REQUESTED, "", "waiting"),
    (EntryStatus.ACCEPTED, f"{NAME}:lha", "yours"),
    (EntryStatus.ACCEPTED, f"{NAME}2:lha", "taken"),
    (EntryStatus.IN_PROGRESS, f"{NAME}:lha", "in-progress"),
    (EntryStatus.EXPIRED, "", "ended"),
])  # fmt: skip
def test_each_state_has_one_word(status: EntryStatus, by: str, state: str) -> None:
    assert state_of(replace(message().entry, status=status, accepted_by=by), NAME) == state


ACT = {"EntryId": str(ENTRY), "What": "accepted", "At": AT, "By": {"Id": "lha", "Name": " Lise   Hansen "}}


def test_an_act_becomes_a_claim() -> None:
    claim = claim_of(ACT, NAME)
    assert claim is not None
    assert (claim.entry_id, claim.verb, claim.at) == (ENTRY, PeerVerb.ACCEPT, AT)
    assert (claim.who_id, claim.who) == (f"{NAME}:{digest('lha')}", "Lise Hansen")


@pytest.mark.parametrize(("said", "reason"), [
    ("not-our-patient", RejectReason.NOT_OUR_PATIENT), ("full-moon", RejectReason.OTHER), (None, RejectReason.OTHER),
])  # fmt: skip
def test_a_reason_we_do_not_know_is_another_reason(said: str | None, reason: RejectReason) -> None:
    claim = claim_of({**ACT, "What": "rejected", "Reason": said, "Text": "x" * 400}, NAME)
    assert claim is not None and claim.reason is reason and len(claim.text) == 300


@pytest.mark.parametrize(("said", "text"), [
    ({}, "Afvist i lægepraksis' eget system"), ({"Reason": "by-phone"}, ""), ({"Text": "Ring"}, "Ring"),
])  # fmt: skip
def test_a_rejection_without_a_word_says_at_least_where(said: dict[str, str], text: str) -> None:
    claim = claim_of({**ACT, "What": "rejected", **said}, NAME)
    assert claim is not None and claim.text == text


def test_acts_without_a_word_of_ours_are_nobodys_claims() -> None:
    strange = [{"What": "coloured"}, {"EntryId": "P1"}, {"What": "clinician", "Clinician": " "}]
    assert claims_of([{**ACT, **each} for each in strange], NAME) == []


GIVEN = {
    "address": "https://practice.example/soap/queue",
    "certificate": "file:c",
    "key": "file:k",
    "organisation_cvr": "99110007",
    "organisation_name": "Fjordby Kommune",
}


@pytest.mark.parametrize(
    "stanza",
    [
        {},
        {**GIVEN, "key": ""},
        {**GIVEN, "organisation_cvr": "12345678"},
        {**GIVEN, "address": "http://practice.example/soap"},
        {**GIVEN, "sts_address": "https://sts.example"},
        {"caller_issuer": "GPSYS"},
    ],
)
def test_a_stanza_that_cannot_work_is_refused(stanza: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Settings(**stanza)


def test_the_citizen_is_said_by_number_and_system() -> None:
    said = consultation(message(), NAME)["Citizen"]
    assert said["BirthDate"] == date(1948, 12, 25) and said["IdentifierSystem"] == "urn:oid:1.2.208.176.1.2"
