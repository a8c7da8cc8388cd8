"""A hostile practice's side: texts about somebody else in our thread, in every disguise: none is shown."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.identifiers import D_ECPR_SYSTEM, X_ECPR_SYSTEM, Cpr
from tests.integration.doors.test_medcom_gate import OTHER, brought, reply, shown, the
from tests.support.doors.medcom_world import MedcomWorld, medcom_world
from tests.support.processes.relaying import until

Json = dict[str, Any]
Disguise = Callable[[Json], None]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[MedcomWorld]:
    with medcom_world(tmp_path_factory.mktemp("disguise"), sqlite_template, accepts_new=True) as made:
        yield made


@pytest.fixture(scope="module")
def announced(world: MedcomWorld) -> Consultation:
    consultation = world.place()
    until("announced", lambda: world.attempt() is not None and "announced" in world.history(consultation))
    return world.now(consultation)


def identifier(message: Json, **more: Any) -> None:
    """One more number of the Patient."""
    the(message, "Patient")["identifier"].append({"system": Cpr.system, "value": OTHER, **more})


def instead(message: Json, **changes: Any) -> None:
    the(message, "Patient")["identifier"] = [{"system": Cpr.system, "value": OTHER, **changes}]


def stranger(**more: Any) -> Json:
    return {"resourceType": "Patient", "id": "p2", "identifier": [{"system": Cpr.system, "value": OTHER}], **more}


def entered(message: Json, *, first: bool = False, url: str = "", subject: bool = True) -> None:
    """A second Patient in the Bundle."""
    address = url or f"urn:uuid:{uuid4()}"
    entry = {"fullUrl": address, "resource": {**copy.deepcopy(the(message, "Patient")), **stranger(id=str(uuid4()))}}
    message["entry"].insert(1 if first else len(message["entry"]), entry)
    if subject:
        the(message, "Communication")["subject"] = {"reference": address}


def same_address(message: Json) -> None:
    own = next(each["fullUrl"] for each in message["entry"] if each["resource"]["resourceType"] == "Patient")
    entered(message, url=own, subject=False)


def contained(message: Json) -> None:
    communication = the(message, "Communication")
    communication["contained"] = [stranger()]
    communication["subject"] = {"reference": "#p2"}


def elsewhere(name: str) -> Disguise:
    def change(message: Json) -> None:
        who = {"identifier": {"system": Cpr.system, "value": OTHER}, "type": "Patient"}
        the(message, "Communication")[name] = [who] if name in ("about", "recipient", "inResponseTo") else who

    return change


def in_another_resource(kind: str, member: str) -> Disguise:
    def change(message: Json) -> None:
        url = f"urn:uuid:{uuid4()}"
        message["entry"].append({"fullUrl": url, "resource": {"resourceType": kind, "id": "x", member: _who()}})

    return change


def _who() -> Json:
    return {"identifier": {"system": Cpr.system, "value": OTHER}, "type": "Patient"}


DISGUISES: dict[str, Disguise] = {
    "instead": instead,
    "instead, as an old one": lambda m: instead(m, use="old"),
    "beside": identifier,
    "beside, as an old one": lambda m: identifier(m, use="old"),
    "beside, first": lambda m: the(m, "Patient")["identifier"].insert(0, {"system": Cpr.system, "value": OTHER}),
    "instead, with a dash": lambda m: instead(m, value=f"{OTHER[:6]}-{OTHER[6:]}"),
    "instead, with spaces": lambda m: instead(m, value=f" {OTHER} "),
    "instead, in wide digits": lambda m: instead(m, value="".join(chr(0xFF10 + int(each)) for each in OTHER)),
    "instead, under a local system": lambda m: instead(m, system="http://example.org/cpr"),
    "instead, a system in capitals": lambda m: instead(m, system=Cpr.system.upper()),
    "instead, a system with a space": lambda m: instead(m, system=Cpr.system + " "),
    "instead, without a system": lambda m: the(m, "Patient").update(identifier=[{"value": OTHER}]),
    "instead, an X-eCPR": lambda m: instead(m, system=X_ECPR_SYSTEM, value="0703921VJ4"),
    "instead, a region's number": lambda m: instead(m, system=f"{D_ECPR_SYSTEM}.1", value="0703921VJ4"),
    "no number at all": lambda m: the(m, "Patient").pop("identifier"),
    "an empty number": lambda m: instead(m, value=""),
    "a number of no text": lambda m: instead(m, value=2509479989),
    "a Patient inside the Communication": contained,
    "a second Patient, the subject": entered,
    "a second Patient, the subject and first": lambda m: entered(m, first=True),
    "a second Patient nobody refers to": lambda m: entered(m, subject=False),
    "a second Patient under the first one's address": same_address,
    "subject by number": elsewhere("subject"),
    "about by number": elsewhere("about"),
    "recipient by number": elsewhere("recipient"),
    "an Encounter of another": in_another_resource("Encounter", "subject"),
    "a related person of another": in_another_resource("RelatedPerson", "patient"),
}


@pytest.mark.parametrize("name", DISGUISES)
@pytest.mark.parametrize("in_thread", [True, False], ids=["in our thread", "as a new message"])
def test_a_text_about_another_is_shown_nowhere(
    world: MedcomWorld, announced: Consultation, name: str, in_thread: bool
) -> None:
    message = reply(world, announced, "Om en anden")
    if not in_thread:
        for each in (entry["resource"] for entry in message["entry"]):
            each.pop("inResponseTo", None)
    DISGUISES[name](message)
    assert brought(world, message) in (202, 400, 422)
    assert shown(world, announced) == [], name
    assert "practice-wrote" not in world.history(announced)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-7", "iso-8859-1", "utf-8-sig", "cp037"])
@pytest.mark.parametrize("kind", ["application/fhir+json", "application/fhir+xml"])
def test_another_character_set_than_was_said_is_refused_or_read_right(
    world: MedcomWorld, announced: Consultation, encoding: str, kind: str
) -> None:
    text = json.dumps(reply(world, announced, "Blåbærgrød ß"), ensure_ascii=False)
    body = f"<?xml version='1.0' encoding='{encoding}'?><Bundle/>" if kind.endswith("xml") else text
    answer = brought(world, body.encode(encoding), f"{kind}; charset=utf-8")
    assert answer in (202, 400, 415, 422)
    for each in shown(world, announced):
        assert each["text"] == "Blåbærgrød ß"
