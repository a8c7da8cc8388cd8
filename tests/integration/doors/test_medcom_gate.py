"""Messages as practices' systems really send them, at the door: what is shown, and what is refused aloud."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from fhir.resources.R4B import get_fhir_model_class

from adapters.wire.medcom.judging import judged
from adapters.wire.medcom.table import generations
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.identifiers import Cpr
from gateway.domain.scope import SystemScope, TenantScope
from gateway.services.practice_side.letters import INCIDENT
from gateway.store.consultation.audit import SqlAuditTrail
from tests.support.consultations import KOMMUNE_A
from tests.support.doors import medcom_samples as samples
from tests.support.doors.medcom_mutants import mutants
from tests.support.doors.medcom_samples import NAME
from tests.support.doors.medcom_world import MedcomWorld, medcom_world
from tests.support.processes.relaying import until

Json = dict[str, Any]
OTHER = "2509479989"
PDF = base64.b64encode(b"%PDF-1.7 test").decode()
CORE = "http://medcomfhir.dk/ig/core/StructureDefinition/medcom-core"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[MedcomWorld]:
    with medcom_world(tmp_path_factory.mktemp("medcom"), sqlite_template, accepts_new=True) as made:
        yield made


@pytest.fixture
def announced(world: MedcomWorld) -> Consultation:
    consultation = world.place()
    until("announced", lambda: world.attempt() is not None and "announced" in world.history(consultation))
    return world.now(consultation)


def reply(world: MedcomWorld, consultation: Consultation, text: str = "Ja tak") -> Json:
    assert consultation.entry is not None
    letter = world.letters(consultation.entry.id)[0]
    settings = world.gateway.peers.gp_system(NAME).settings  # type: ignore[attr-defined]
    return samples.reply(settings, letter.id, text, entry=letter.entry)


def the(message: Json, kind: str) -> Json:
    return next(each["resource"] for each in message["entry"] if each["resource"]["resourceType"] == kind)


def brought(world: MedcomWorld, message: Json | bytes, media_type: str = "application/fhir+json") -> int:
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    headers = world.headers() | {"Content-Type": media_type}
    return world.app.test_client().post(f"/medcom/{NAME}/messages", data=body, headers=headers).status_code


def as_xml(message: Json) -> bytes:
    written = get_fhir_model_class("Bundle").model_validate(copy.deepcopy(message)).model_dump_xml()
    return written if isinstance(written, bytes) else str(written).encode()


def answered(world: MedcomWorld, header: str) -> Json:
    """The acknowledgement we owe for a message, as it is sent."""
    owed = [json.loads(each.answer) for each in world.gateway.letter_answers.claim_due(500)]
    (found,) = [each for each in owed if the(each, "MessageHeader")["response"]["identifier"] == header]
    assert judged(found, generations()["acknowledgement-message"]) == []
    return dict(found)


def shown(world: MedcomWorld, consultation: Consultation) -> list[Json]:
    letters = world.gateway.letters.written_to_us(TenantScope(KOMMUNE_A), consultation.id)
    return [json.loads(letter.content) for letter in letters]


def verdict(acknowledgement: Json) -> tuple[str, str]:
    """Code of the answer, and all that its OperationOutcome says."""
    issues = [each["resource"] for each in acknowledgement["entry"] if "issue" in each["resource"]]
    said = " ".join(issue["details"]["text"] for each in issues for issue in each["issue"])
    return the(acknowledgement, "MessageHeader")["response"]["code"], said


def about_another(message: Json) -> Json:
    the(message, "Patient")["identifier"][0]["value"] = OTHER
    return message


def with_two_numbers(message: Json) -> Json:
    patient = the(message, "Patient")
    patient["identifier"].append({**patient["identifier"][0], "value": OTHER})
    return message


def with_a_second_person_inside(message: Json) -> Json:
    communication = the(message, "Communication")
    hidden = {"resourceType": "Patient", "id": "p", "identifier": [{"system": Cpr.system, "value": OTHER}]}
    communication["contained"] = [hidden]
    communication["about"] = [{"reference": "#p"}]
    return message


def named_by_number(message: Json) -> Json:
    the(message, "Communication")["about"] = [{"identifier": {"system": Cpr.system, "value": OTHER}, "type": "Patient"}]
    return message


def without_a_number(message: Json) -> Json:
    the(message, "Patient")["identifier"] = [{"system": "http://example.org/local", "value": "7"}]
    return message


STRANGERS = [about_another, with_two_numbers, with_a_second_person_inside, named_by_number, without_a_number]


@pytest.mark.parametrize("change", STRANGERS, ids=lambda each: each.__name__)
@pytest.mark.parametrize("media_type", ["application/fhir+json", "application/fhir+xml"])
@pytest.mark.parametrize("turned", [False, True])
def test_a_message_about_another_citizen_is_shown_nowhere(
    world: MedcomWorld, announced: Consultation, change: Any, media_type: str, turned: bool
) -> None:
    message = change(reply(world, announced, "Om en anden"))
    if turned:  # the entries after the header may stand in any order
        message["entry"] = [message["entry"][0], *reversed(message["entry"][1:])]
    body = as_xml(message) if media_type.endswith("xml") else json.dumps(message).encode()
    assert brought(world, body, media_type) == 202
    code, said = verdict(answered(world, the(message, "MessageHeader")["id"]))
    assert code == "fatal-error" and OTHER not in said
    assert shown(world, announced) == []
    assert "practice-wrote" not in world.history(announced)


def test_another_citizen_leaves_a_row_in_the_audit_trail(world: MedcomWorld, announced: Consultation) -> None:
    message = about_another(reply(world, announced, "Om en anden"))
    assert brought(world, message) == 202
    number = announced.cases[0].citizen.identifier
    assert number is not None
    rows = SqlAuditTrail(world.gateway.engine, world.gateway.vault).of_citizen(number)
    assert [row.what for row in rows if row.consultation == announced.id].count(INCIDENT) == 1
    assert world.history(announced).count("practice-message-refused") == 1
    assert "anden borger" in verdict(answered(world, the(message, "MessageHeader")["id"]))[1]


def test_two_threads_in_one_message_must_both_be_hers(world: MedcomWorld, announced: Consultation) -> None:
    hers = reply(world, announced, "Ja")
    assert announced.entry is not None
    follows = {"role": "revision", "what": {"reference": f"urn:uuid:{uuid4()}"}}
    the(hers, "Provenance")["entity"].append(follows)
    assert brought(world, hers) == 202
    assert [each["text"] for each in shown(world, announced)] == ["Ja"]


def test_identifiers_are_as_fhir_allows(world: MedcomWorld, announced: Consultation) -> None:
    message = json.loads(
        json.dumps(reply(world, announced, "Vi ses")).replace(the(reply(world, announced), "Patient")["id"], "p-1")
    )
    header, old = "R-B-reply-91b4b79a", the(message, "MessageHeader")["id"]
    message = json.loads(json.dumps(message).replace(f'"id": "{old}"', f'"id": "{header}"'))
    message["id"] = "R-B-reply-91b4b79a-520f-48cb-bb9a-9c3e27301968"
    for _ in range(2):
        assert brought(world, message) == 202
    assert verdict(answered(world, header))[0] == "ok"
    assert [each["text"] for each in shown(world, announced)] == ["Vi ses"]


def test_xml_is_taken_as_json_is(world: MedcomWorld, announced: Consultation) -> None:
    message = reply(world, announced, "Æblegrød & <kage>")
    assert brought(world, as_xml(message), "application/fhir+xml; charset=utf-8") == 202
    assert verdict(answered(world, the(message, "MessageHeader")["id"]))[0] == "ok"
    assert [each["text"] for each in shown(world, announced)] == ["Æblegrød & <kage>"]


def attached(message: Json, data: str, title: str = "Blodprøvesvar", media_type: str = "application/pdf") -> Json:
    """As the practice's system adds an attachment beside its text."""
    communication, own = the(message, "Communication"), the(message, "MessageHeader")["id"]
    text, id = communication["payload"][-1], f"urn:uuid:{uuid4()}"
    assigner = next(each["valueIdentifier"]["assigner"] for each in text["extension"] if "valueIdentifier" in each)
    communication["payload"].append(
        {
            "extension": [
                next(each for each in text["extension"] if "valueDateTime" in each),
                {"url": f"{CORE}-identifier-extension", "valueIdentifier": {"value": id, "assigner": assigner}},
            ],
            "contentAttachment": {"contentType": media_type, "title": title, "data": data},
        }
    )
    for each in (entry["resource"] for entry in message["entry"]):
        if each["resourceType"] == "Provenance" and each["target"][0]["reference"].endswith(own):
            each["entity"].append({"role": "source", "what": {"identifier": {"value": id}}})
    return message


def test_an_attachment_is_kept_with_its_text(world: MedcomWorld, announced: Consultation) -> None:
    message = attached(reply(world, announced, "Se svaret"), PDF)
    assert brought(world, message) == 202
    assert verdict(answered(world, the(message, "MessageHeader")["id"]))[0] == "ok"
    (text,) = shown(world, announced)
    (enclosed,) = text["enclosed"]
    letter = world.gateway.letters.enclosed(TenantScope(KOMMUNE_A), announced.id, UUID(enclosed["id"]))
    assert (enclosed["title"], json.loads(letter.content)["data"]) == ("Blodprøvesvar", PDF)
    assert announced.entry is not None
    kinds = [str(each.kind) for each in world.letters(announced.entry.id)]
    assert "enclosed" not in kinds, "what a thread says is read without its attachments"


@pytest.mark.timeless("sizes")
def test_ten_megabytes_are_taken_and_more_is_refused_aloud(world: MedcomWorld, announced: Consultation) -> None:
    for size, code in ((10 * 1024 * 1024, "ok"), (10 * 1024 * 1024 + 100, "fatal-error")):
        message = attached(reply(world, announced, f"{size}"), base64.b64encode(b"%PDF" + b"0" * (size - 4)).decode())
        assert brought(world, message) == 202
        assert verdict(answered(world, the(message, "MessageHeader")["id"]))[0] == code


def test_an_attachment_that_cannot_be_shown_is_refused_aloud(world: MedcomWorld, announced: Consultation) -> None:
    for spoilt in (
        attached(reply(world, announced), ""),
        attached(reply(world, announced), PDF, media_type="text/html"),
    ):
        payload = the(spoilt, "Communication")["payload"][-1]["contentAttachment"]
        if not payload["data"]:
            payload.update(url="https://example.org/svar.pdf")
            del payload["data"]
        assert brought(world, spoilt) == 202
        assert verdict(answered(world, the(spoilt, "MessageHeader")["id"]))[0] == "fatal-error"
    assert shown(world, announced) == []


def test_the_newest_text_is_shown_wherever_it_stands(world: MedcomWorld, announced: Consultation) -> None:
    message = reply(world, announced, "Det nye")
    communication = the(message, "Communication")
    old = copy.deepcopy(communication["payload"][-1])
    old["contentString"] = "Det gamle"
    for extension in old["extension"]:
        if "valueDateTime" in extension:
            extension["valueDateTime"] = (datetime.now(UTC) - timedelta(days=1)).isoformat(timespec="seconds")
        if "valueIdentifier" in extension:
            extension["valueIdentifier"]["value"] = f"urn:uuid:{uuid4()}"
    communication["payload"].append(old)
    assert brought(world, message) == 202
    assert [each["text"] for each in shown(world, announced)] == ["Det nye"]


def test_a_carbon_copy_before_us_is_answered_by_the_rule_it_breaks(world: MedcomWorld, announced: Consultation) -> None:
    message = reply(world, announced)
    copied = copy.deepcopy(the(message, "MessageHeader")["destination"][0])
    copied["extension"][0]["valueCoding"]["code"] = "cc"
    copied["receiver"] = the(message, "MessageHeader")["sender"]
    the(message, "MessageHeader")["destination"].insert(0, copied)
    assert brought(world, message) == 202
    code, said = verdict(answered(world, the(message, "MessageHeader")["id"]))
    assert code == "fatal-error" and "at most 0 cc" in said


def test_a_new_message_is_taken_where_she_has_a_consultation_open(world: MedcomWorld, announced: Consultation) -> None:
    number = announced.cases[0].citizen.identifier
    assert number is not None
    for value, code in ((number.value, "ok"), (OTHER, "fatal-error")):
        message = reply(world, announced, "Noget nyt")
        the(message, "Patient")["identifier"][0]["value"] = value
        for each in (entry["resource"] for entry in message["entry"]):
            if each["resourceType"] == "Provenance":
                each["entity"] = [one for one in each["entity"] if one["role"] == "source"]
        own = the(message, "MessageHeader")["id"]
        message["entry"] = [
            each
            for each in message["entry"]
            if each["resource"]["resourceType"] != "Provenance" or own in each["resource"]["target"][0]["reference"]
        ]
        assert brought(world, message) == 202
        assert verdict(answered(world, own))[0] == code


def test_what_breaks_the_profile_is_refused_by_the_name_of_the_rule(
    world: MedcomWorld, announced: Consultation
) -> None:
    good = reply(world, announced)
    broken = {each.rule: each.bundle for each in mutants([good], generations()["care-communication-message"])}
    named = [rule for rule in broken if rule[2].startswith("medcom-careCommunication")][:4]
    named += [rule for rule in broken if rule[1].endswith(("Communication.category", "Communication.status"))]
    assert len(named) >= 6
    for rule in named:
        message, header = broken[rule], str(uuid4())
        message["id"] = str(uuid4())
        message = json.loads(json.dumps(message).replace(the(good, "MessageHeader")["id"], header))
        assert brought(world, message) == 202
        code, said = verdict(answered(world, header))
        assert code == "fatal-error" and said
        if rule[2].startswith("medcom-"):
            assert rule[2] in said
    assert shown(world, announced) == []
    assert world.gateway.store.load(SystemScope(), announced.id).is_open
