"""Messages in the shapes of MedCom's own test files, each in both formats; and what a hostile side makes of them.

The files themselves are not published under a licence, so these are ours: prefixed ids, a long thread, a forwarded one,
an attachment of a megabyte, several attachments, two destinations.
"""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from adapters.wire.medcom.exchange.acknowledgement import Asked, acknowledgement
from adapters.wire.medcom.exchange.parties import Party
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.identifiers import Cpr
from gateway.domain.peers.letter import Answer
from gateway.services.practice_side.letters import INCIDENT
from gateway.store.consultation.audit import SqlAuditTrail
from tests.integration.doors.test_medcom_gate import (
    OTHER,
    PDF,
    about_another,
    answered,
    as_xml,
    attached,
    brought,
    reply,
    shown,
    the,
    verdict,
)
from tests.support.consultations import SECOND
from tests.support.doors.medcom_samples import NAME
from tests.support.doors.medcom_world import MedcomWorld, medcom_world
from tests.support.processes.relaying import until

Json = dict[str, Any]
NEIGHBOUR = {"name": "Lægehuset Havnen", "sor": "325371000016999", "gln": "5790000120338"}
formats = pytest.mark.parametrize("media_type", ["application/fhir+json", "application/fhir+xml"])


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[MedcomWorld]:
    beside = {str(SECOND): NEIGHBOUR}
    with medcom_world(tmp_path_factory.mktemp("shapes"), sqlite_template, accepts_new=True, beside=beside) as made:
        yield made


@pytest.fixture
def announced(world: MedcomWorld) -> Consultation:
    consultation = world.place()
    until("announced", lambda: world.attempt() is not None and "announced" in world.history(consultation))
    return world.now(consultation)


def provenances(message: Json) -> list[Json]:
    found = (each["resource"] for each in message["entry"])
    return [each for each in found if each["resourceType"] == "Provenance"]


def own_provenance(message: Json) -> Json:
    own = the(message, "MessageHeader")["id"]
    return next(each for each in provenances(message) if each["target"][0]["reference"].endswith(own))


def prefixed(message: Json) -> Json:
    """Every id begins with the name of the test: none is a UUID."""
    text = json.dumps(message)
    for number, entry in enumerate(message["entry"]):
        id = entry["resource"]["id"]
        text = text.replace(f'"id": "{id}"', f'"id": "R-B-{number}-{id}"')
    return json.loads(text) | {"id": f"R-B-reply-{uuid4()}"}


def long_thread(message: Json) -> Json:
    """What was written before travels along, older, and stands after the new text."""
    communication = the(message, "Communication")
    for day in range(1, 6):
        old = copy.deepcopy(communication["payload"][-1])
        old["contentString"] = f"Skrevet for {day} dage siden"
        for extension in old["extension"]:
            if "valueDateTime" in extension:
                at = datetime.now(UTC) - timedelta(days=day)
                extension["valueDateTime"] = at.isoformat(timespec="seconds")
            if "valueIdentifier" in extension:
                extension["valueIdentifier"]["value"] = f"urn:uuid:{uuid4()}"
        communication["payload"].append(old)
    return message


def a_megabyte(message: Json) -> Json:
    return attached(message, base64.b64encode(b"%PDF" + b"0" * 1_000_000).decode())


def several_files(message: Json) -> Json:
    for title in ("Blodprøvesvar", "Epikrise", "Foto"):
        message = attached(message, PDF, title)
    return message


def forwarded(message: Json) -> Json:
    """A conversation of others about her, sent on to us: it follows no letter of ours."""
    own, first = own_provenance(message), f"urn:uuid:{uuid4()}"
    sources = [each for each in own["entity"] if each["role"] == "source"]
    own["activity"]["coding"][0]["code"] = "forward-message"
    own["entity"] = [*sources, {"role": "revision", "what": {"reference": first}}]
    began = copy.deepcopy(own) | {"id": str(uuid4()), "target": [{"reference": first}]}
    began["activity"]["coding"][0]["code"] = "new-message"
    at = (datetime.now(UTC) - timedelta(days=2)).isoformat(timespec="seconds")
    earlier = {"role": "source", "what": {"identifier": {"value": f"urn:uuid:{uuid4()}"}}}
    began |= {"occurredDateTime": at, "recorded": at, "entity": [earlier]}
    kept = [
        each for each in message["entry"] if each["resource"] not in provenances(message) or each["resource"] is own
    ]
    message["entry"] = [*kept, {"fullUrl": f"urn:uuid:{began['id']}", "resource": began}]
    return message


SHAPES: list[Callable[[Json], Json]] = [prefixed, long_thread, a_megabyte, several_files, forwarded]


@formats
@pytest.mark.parametrize("shape", SHAPES, ids=lambda each: each.__name__)
@pytest.mark.timeless("shapes of messages")
def test_it_gets_in_as_it_is(world: MedcomWorld, announced: Consultation, shape: Any, media_type: str) -> None:
    message = shape(reply(world, announced, "Det nye"))
    body = as_xml(message) if media_type.endswith("xml") else json.dumps(message).encode()
    assert brought(world, body, media_type) == 202
    assert verdict(answered(world, the(message, "MessageHeader")["id"])) == ("ok", "")
    assert [each["text"] for each in shown(world, announced)] == ["Det nye"]


@formats
def test_two_main_destinations_are_refused_by_the_rule(
    world: MedcomWorld, announced: Consultation, media_type: str
) -> None:
    message = reply(world, announced)
    destinations = the(message, "MessageHeader")["destination"]
    destinations.insert(0, {**copy.deepcopy(destinations[0]), "receiver": the(message, "MessageHeader")["sender"]})
    body = as_xml(message) if media_type.endswith("xml") else json.dumps(message).encode()
    assert brought(world, body, media_type) == 202
    code, said = verdict(answered(world, the(message, "MessageHeader")["id"]))
    assert code == "fatal-error" and "primary" in said
    assert shown(world, announced) == []


# --- a hostile side -------------------------------------------------------------------------------------------------


def incidents(world: MedcomWorld, consultation: Consultation) -> int:
    number = consultation.cases[0].citizen.identifier
    assert number is not None
    rows = SqlAuditTrail(world.gateway.engine, world.gateway.vault).of_citizen(number)
    return [row.what for row in rows if row.consultation == consultation.id].count(INCIDENT)


def test_a_broken_message_about_another_is_an_incident_too(world: MedcomWorld, announced: Consultation) -> None:
    message = about_another(reply(world, announced, "Om en anden"))
    the(message, "Communication")["status"] = "completed"
    assert brought(world, message) == 202
    code, said = verdict(answered(world, the(message, "MessageHeader")["id"]))
    assert code == "fatal-error" and "pattern" in said and OTHER not in said
    assert incidents(world, announced) == 1 and shown(world, announced) == []


def test_a_broken_message_about_nobody_is_no_incident(world: MedcomWorld, announced: Consultation) -> None:
    message = reply(world, announced, "Hej")
    del the(message, "Patient")["identifier"]
    assert brought(world, message) == 202
    assert verdict(answered(world, the(message, "MessageHeader")["id"]))[0] == "fatal-error"
    assert incidents(world, announced) == 0


@pytest.mark.parametrize("kind", ["Patient", None])
def test_another_named_in_an_extension_is_another(
    world: MedcomWorld, announced: Consultation, kind: str | None
) -> None:
    message = reply(world, announced, "Om en anden")
    who: Json = {"identifier": {"system": Cpr.system, "value": OTHER}}
    if kind:
        who["type"] = kind
    extension = {"url": "http://example.org/om", "valueReference": who}
    the(message, "Patient").setdefault("extension", []).append(extension)
    assert brought(world, message) == 202
    assert verdict(answered(world, the(message, "MessageHeader")["id"]))[0] == "fatal-error"
    assert shown(world, announced) == []


def test_one_message_in_two_citizens_threads_is_refused(world: MedcomWorld, announced: Consultation) -> None:
    """Hers first or last: the other thread is another citizen's."""
    other = world.place(number=1)
    until("announced", lambda: world.attempt() is not None and "announced" in world.history(other))
    assert other.entry is not None
    letter = world.letters(other.entry.id)[0]
    message = reply(world, announced, "Om begge")
    own_provenance(message)["entity"].append({"role": "revision", "what": {"reference": f"urn:uuid:{letter.id}"}})
    assert brought(world, message) == 202
    assert verdict(answered(world, the(message, "MessageHeader")["id"]))[0] == "fatal-error"
    assert shown(world, announced) == [] and shown(world, other) == []
    assert incidents(world, other) == 1


def test_a_practice_cannot_acknowledge_what_another_was_told(world: MedcomWorld) -> None:
    consultation = world.place()
    until("sent", lambda: world.attempt() is not None and consultation.entry and world.letters(consultation.entry.id))
    assert consultation.entry is not None
    (letter,) = world.letters(consultation.entry.id)
    known = world.gateway.peers.gp_system(NAME).settings  # type: ignore[attr-defined]
    now = datetime.now(UTC)
    asked = Asked(str(letter.id), now, known.senders["99110007"], Party.model_validate(NEIGHBOUR))
    forged = acknowledgement(asked, Answer.FATAL, "MSG_Receiver_Identifier_UNKNOWN", now)
    before = world.letters(consultation.entry.id)[0].answer
    assert brought(world, forged) == 202
    assert world.letters(consultation.entry.id)[0].answer in (before, Answer.OK)
