"""The doors that other systems call, each with messages it would take, documents made to harm, and how a message is
spoilt: what ``bench/mutated_inputs.py`` gives them. Each serves in this process over a database of its own."""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from fhir.resources.R4B import get_fhir_model_class

from bench.spoilt import acts, announcements, callers, effects, lines, logouts, people
from bench.spoilt.door import Door
from gateway.domain.scope import SystemScope
from gateway.store.ground.engine import open_engine
from gateway.store.migrations.creation import create_schema
from simulators.demo.processes import free_port
from tests.support.doors.fhir_world import FhirWorld
from tests.support.doors.medcom_samples import NAME, acknowledged, reply
from tests.support.doors.medcom_world import MedcomWorld
from tests.support.doors.soap_world import BY, Practice, SoapWorld, as_counted, request
from tests.support.spoiling import fhir_spoiling
from tests.support.spoiling.fhir_spoiling import MadVendor, messages, spoilt
from tests.support.spoiling.mutated_messages import mutated as spoilt_messages
from tests.support.spoiling.mutations import BOMBS, mutated

NAMES = (
    *(
        "Søren Ærø".encode(),
        b"A" * 120,
        "李 雷".encode(),
        "\N{GRINNING FACE}".encode(),
        b"O&apos;Neil &amp; S\xc3\xb8n",
    ),
    *(b"<![CDATA[Bo <b>]]>", b"  Bo\n\tHansen  ", b"Bo<!-- x --> Hansen", b"&#66;o", b"%s%n", b"A" * 121, b""),
)


@contextmanager
def soap(folder: Path) -> Iterator[Door]:
    """Cards are believed and acts applied: half of the messages are spoilt behind the signature only."""
    world = SoapWorld(folder)
    practice, entry = Practice(world), world.entry()
    about = f"<lb:EntryId>{entry}</lb:EntryId>{BY}"
    asked = "<lb:GetQueueRequest><lb:Cursor>q1</lb:Cursor></lb:GetQueueRequest>"
    acts = [f"<lb:{name}Request>{about}</lb:{name}Request>" for name in ("AcceptConsultation", "PutBackConsultation")]

    last: dict[str, Any] = {}

    def send(content: bytes) -> tuple[int, float]:
        last["before"] = world.row(entry)
        begun = time.perf_counter()
        answer = practice.post(content)
        seconds = time.perf_counter() - begun
        last["answer"] = answer.data
        return as_counted(answer), seconds

    def undone(content: bytes) -> str:
        return effects.by_soap(content, last["answer"], last["before"], world.row(entry))

    yield Door(send, [request(each) for each in (asked, *acts)], armed(request(asked)), spoilt_envelope, undone)
    world.gateway.engine.dispose()


def armed(message: bytes) -> dict[str, bytes]:
    """Each document alone, and what of it fits inside a message whose card is in order."""
    head, body, rest = message.partition(b"<soapenv:Body>")
    inside = {f"{name}-inside": head + body + bomb + rest for name, bomb in BOMBS.items() if b"<!" not in bomb}
    before = {f"{name}-before": bomb.partition(b"<x")[0] + message for name, bomb in BOMBS.items() if b"<!" in bomb}
    return {**BOMBS, **inside, **before}


def spoilt_envelope(message: bytes, chance: random.Random) -> bytes:
    """Under a name of its own, or the stored answer to the first of that name is all there is to see."""
    named = b"<medcom:MessageID>%032x</medcom:MessageID>" % chance.getrandbits(128)
    message = re.sub(rb"<medcom:MessageID>[^<]*</medcom:MessageID>", named, message)
    if chance.random() < 0.25:  # only another name: what is taken must be kept as it was said
        return message.replace(b"Lise Hansen", chance.choice(NAMES))
    head, body, rest = message.partition(b"<soapenv:Body>")
    return head + body + mutated(rest, chance) if chance.random() < 0.5 else mutated(message, chance)


@contextmanager
def fhir(folder: Path) -> Iterator[Door]:
    """Logged in, and half of the spoilt acts are still JSON, laid over the Task as it stands."""
    template = folder / "template.db"
    engine = open_engine(f"sqlite:///{template}")
    create_schema(engine)
    engine.dispose()
    world = FhirWorld(folder, template)
    vendor = MadVendor(world)

    def undone(_content: bytes) -> str:
        if vendor.changed is None:
            return ""
        body, entry = vendor.changed
        return effects.by_task(body, world.row(entry))

    yield Door(vendor.send, messages(), fhir_spoiling.BOMBS, spoilt, undone)
    world.gateway.engine.dispose()


@contextmanager
def medcom(folder: Path) -> Iterator[Door]:
    """Calls are believed; half of the messages answer a letter of ours, which the practice's side never got."""
    template = folder / "template.db"
    engine = open_engine(f"sqlite:///{template}")
    create_schema(engine)
    engine.dispose()  # the last connection folds the WAL into the file
    world = MedcomWorld(folder, template, free_port())
    world.connect("http://127.0.0.1:9")
    entry = world.place().entry
    world.attempt()
    assert entry is not None
    letter = world.letters(entry.id)[0]
    known = world.gateway.peers.gp_system(NAME).settings  # type: ignore[attr-defined]
    good = [reply(known, letter.id, "Æ", entry=entry.id), acknowledged(known, uuid4())]

    def send(content: bytes) -> tuple[int, float]:
        begun = time.perf_counter()
        kind = "application/fhir+xml" if content[:1] == b"<" else "application/fhir+json"
        headers = world.headers() | {"Content-Type": kind}
        answer = world.app.test_client().post(f"/medcom/{NAME}/messages", data=content, headers=headers)
        return answer.status_code, time.perf_counter() - begun

    citizen = world.gateway.store.load_by_entry(SystemScope(), entry.id).cases[0].citizen.identifier
    assert citizen is not None

    answered = set[str]()

    def undone(content: bytes) -> str:
        """Every *ok* we owe for it; what is refused or put aside is acknowledged as that. A known message gets its
        first answer again, whatever it says now (MedCom's reliable messaging: never positive and then negative)."""
        owed = [json.loads(each.answer) for each in world.gateway.letter_answers.claim_due(50)]
        responses = [each["entry"][0]["resource"]["response"] for each in owed]
        codes = [each["code"] for each in responses if each["identifier"] not in answered]
        answered.update(each["identifier"] for each in responses)
        written = world.gateway.letters.written_to_us(SystemScope(), letter_of(world, entry.id))
        return effects.by_medcom(content, list(written), citizen.value) if "ok" in codes else ""

    messages = [json.dumps(each).encode() for each in good]
    yield Door(send, [*messages, *map(as_xml, good)], {**JSON_BOMBS, **BOMBS}, spoilt_message, undone)
    world.gateway.engine.dispose()


def letter_of(world: MedcomWorld, entry: UUID) -> UUID:
    return world.gateway.store.load_by_entry(SystemScope(), entry).id


JSON_BOMBS = {
    "lists": b"[" * 900_000,
    "objects": b'{"a":' * 180_000,
    "entries": b'{"resourceType":"Bundle","entry":' + b"[" * 900_000,
    "repeated-keys": b'{"resourceType":"Bundle","resourceType":"Bundle"}',
    "no-number": b'{"resourceType":"Bundle","id":NaN}',
    "no-text": b"\xff\xfe" * 1_000,
    "too-large": b" " * 1_100_000,
}


def as_xml(message: dict[str, Any]) -> bytes:
    written = get_fhir_model_class("Bundle").model_validate(deepcopy(message)).model_dump_xml()
    return written if isinstance(written, bytes) else str(written).encode()


def spoilt_message(message: bytes, chance: random.Random) -> bytes:
    """JSON is JSON still in half of the cases, XML in few; half are under a name of their own, since a known one gets
    its first answer again."""
    if chance.random() < 0.5:
        message = message.replace(own_name(message), b"%s" % str(UUID(int=chance.getrandbits(128), version=4)).encode())
    if message[:1] == b"<":
        if chance.random() < 0.3:  # other words: what is taken is kept as it was said
            return message.replace("Æ".encode(), chance.choice(NAMES))
        return mutated(message, chance)
    return list(spoilt_messages([json.loads(message)], 1 + chance.randrange(2), chance))[-1]


def own_name(message: bytes) -> bytes:
    """MessageHeader.id, wherever it is referred to."""
    if message[:1] == b"<":
        return message.partition(b"<MessageHeader")[2].partition(b'<id value="')[2].partition(b'"')[0]
    header = next(each["resource"] for each in json.loads(message)["entry"] if "eventCoding" in each["resource"])
    return str(header["id"]).encode()


# By the adapter whose door it is; and the addresses that belong to no adapter.
DOORS: dict[str, Callable[[Path], AbstractContextManager[Door]]] = {
    "fhir_pull": fhir,
    "fhir_r4": callers.notifications,
    "hl7v2": lines.hl7v2,
    "announcements": announcements.hl7v2,
    "medcom": medcom,
    "soap": soap,
    "api": acts.api,
    "launch": people.launch,
    "rooms": callers.rooms,
    "logout": logouts.logout,
}
# Routes of no adapter and no session, and the door they are tried at.
ROUTES = {"/api/v1/launches": "launch", "/internal/rooms": "rooms", "/login/<identity>/logout": "logout"}
