"""A note as CareCommunication: the golden messages, the thread of its versions, and who of whom is named."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from adapters.contract import note_samples
from adapters.eoj.medcom import mapping
from adapters.wire.medcom.exchange.care import care_message
from adapters.wire.medcom.gate import faults
from adapters.wire.medcom.message import message as read
from gateway.domain.citizen.citizen import Citizen
from gateway.domain.identifiers import Cpr
from gateway.domain.peers.letter import Answer
from gateway.domain.peers.messages import NoteMessage
from tests.support.doors import medcom_note_examples as golden

Json = dict[str, Any]


def only(bundle: Json, kind: str) -> Json:
    (found,) = (each["resource"] for each in bundle["entry"] if each["resource"]["resourceType"] == kind)
    return dict(found)


def activities(bundle: Json) -> list[str]:
    found = (each["resource"] for each in bundle["entry"] if each["resource"]["resourceType"] == "Provenance")
    return [each["activity"]["coding"][0]["code"] for each in found]


def said(message: NoteMessage) -> Json:
    """The first message of its thread."""
    known = golden.settings()
    one = golden.letter(message, [], known.municipality, golden.NOW)
    return care_message([], one, golden.between(one, known), golden._envelope(9), golden.NOW)


@pytest.mark.parametrize("name", sorted(golden.examples()))
def test_the_golden_messages_are_what_is_sent_and_keep_every_rule(name: str) -> None:
    made = golden.examples()[name]
    assert made == json.loads((golden.FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    assert faults(made, read(made, golden.NOW)) == []


def test_every_golden_file_is_one_of_them() -> None:
    assert {file.stem for file in golden.FOLDER.glob("*.json")} == set(golden.examples())


def test_a_correction_is_a_reply_in_the_thread_of_its_note() -> None:
    made = golden.examples()
    threads = {only(each, "Communication")["identifier"][0]["value"] for each in made.values()}
    assert len(threads) == 1, "a correction in a thread of its own is a second note"
    assert activities(made["note"]) == ["new-message"]
    assert activities(made["correction"]) == ["new-message", "reply-message", "reply-message"]
    payload = [each["contentString"] for each in only(made["correction"], "Communication")["payload"]]
    assert [len(payload), "Hvem tilser" in payload[1]] == [3, True]
    assert "Recept er sendt" in payload[-1] and "Erstatter den tidligere version" in payload[-1]


def test_where_the_unit_has_moved_the_whole_thread_is_forwarded() -> None:
    made = golden.examples()["correction-forwarded"]
    assert activities(made) == ["new-message", "reply-message", "forward-message"]
    names = {each["resource"]["name"] for each in made["entry"] if each["resource"]["resourceType"] == "Organization"}
    assert names == {golden.settings().sender.name, golden.MOVED["name"], golden.settings().municipality.name}
    receiver = only(made, "MessageHeader")["destination"][0]["endpoint"]
    assert receiver.endswith(golden.MOVED["sor"])


@pytest.mark.parametrize(
    ("citizen", "family"),
    [
        (Citizen(Cpr("0201609996"), "Karla Testmose", protected=True), "Navnebeskyttet"),
        (Citizen(Cpr("0201609996"), "  "), "Ukendt"),
        (Citizen(Cpr("0201609996"), "Karla Testmose"), "Testmose"),
    ],
)
def test_a_name_that_may_not_be_told_is_not(citizen: Citizen, family: str) -> None:
    bundle = said(replace(golden.first(), citizen=citizen))
    assert only(bundle, "Patient")["name"][0]["family"] == family
    assert faults(bundle, read(bundle, golden.NOW)) == []


@pytest.mark.parametrize("phone", ["", "99000101", "+45 99 00 01 01", "lokal 4"])
def test_a_note_that_says_hardly_anything_is_a_message_too(phone: str) -> None:
    bare = replace(note_samples.APPROVED, facts=None, approved_by="", employee_text="")
    bundle = said(replace(golden.first(), note=bare, phone=phone))
    assert faults(bundle, read(bundle, golden.NOW)) == []


def test_what_was_refused_for_good_is_written_anew_under_another_id() -> None:
    known = golden.settings()
    one = golden.letter(golden.first(), [], known.municipality, golden.NOW)
    refused = replace(one, sends=1, sent_at=golden.NOW, answer=Answer.FATAL, given_up=True)
    assert mapping.letter_of(golden.first(), [one], golden.bench.NAME) == (one.id, one)
    again, found = mapping.letter_of(golden.first(), [refused], golden.bench.NAME)
    assert found is None and again != one.id
    assert mapping.standing([refused]) == [], "to the municipality it was never said"
