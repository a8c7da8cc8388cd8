"""The doors that other systems call, each with messages it would take, documents made to harm, and how a message is
spoilt: what ``bench/mutated_inputs.py`` gives them. Each serves in this process over a database of its own."""

from __future__ import annotations

import asyncio
import json
import random
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from adapters.gp_system.hl7v2.inbound import ack_codes
from adapters.wire.er7 import header_fields
from adapters.wire.mllp_listener import MllpListener
from bench.spoilt import effects, people
from bench.spoilt.door import Door
from gateway.domain.scope import SystemScope
from gateway.store.ground.engine import open_engine
from gateway.store.migrations.creation import create_schema
from simulators.demo.processes import free_port
from tests.support.doors.fhir_world import FhirWorld
from tests.support.doors.medcom_samples import NAME, acknowledged, reply
from tests.support.doors.medcom_world import MedcomWorld
from tests.support.doors.mllp_process import BareLine, Hl7World, hl7, sch
from tests.support.doors.soap_world import BY, Practice, SoapWorld, as_counted, request
from tests.support.spoiling import er7_spoiling, fhir_spoiling
from tests.support.spoiling.fhir_spoiling import MadVendor, messages, spoilt
from tests.support.spoiling.mutated_messages import mutated as spoilt_messages
from tests.support.spoiling.mutations import BOMBS, mutated
from workers.mllp import MountedDoor, line_door

LONGEST = 30  # seconds
SILENT = 300  # nothing was acknowledged
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
        answer = world.app.test_client().post(f"/medcom/{NAME}/messages", data=content, headers=world.headers())
        return answer.status_code, time.perf_counter() - begun

    citizen = world.gateway.store.load_by_entry(SystemScope(), entry.id).cases[0].citizen.identifier
    assert citizen is not None

    def undone(content: bytes) -> str:
        """Every *ok* we owe for it; what is refused or put aside is acknowledged as that."""
        owed = [json.loads(each.answer) for each in world.gateway.letter_answers.claim_due(50)]
        codes = [each["entry"][0]["resource"]["response"]["code"] for each in owed]
        written = world.gateway.letters.written_to_us(SystemScope(), letter_of(world, entry.id))
        return effects.by_medcom(content, list(written), citizen.value) if "ok" in codes else ""

    yield Door(send, [json.dumps(each).encode() for each in good], JSON_BOMBS, spoilt_json, undone)
    world.gateway.engine.dispose()


def letter_of(world: MedcomWorld, entry: UUID) -> UUID:
    return world.gateway.store.load_by_entry(SystemScope(), entry).id


@contextmanager
def hl7v2(folder: Path) -> Iterator[Door]:
    """Our own MLLP listener on a socket. A control id of its own for each message, or the stored answer is all there is
    to see; the practice takes the entry and puts it back again."""
    template = folder / "template.db"
    engine = open_engine(f"sqlite:///{template}")
    create_schema(engine)
    engine.dispose()
    world = Hl7World(folder, template)
    entry = world.entry()
    acts = (("ACCEPT", "Booked"), ("PUTBACK", "Waitlist"), ("SEEN", "Pending"), ("COLOUR", "Pending"))
    good = [hl7(sch(entry, f"{act}^^99LB", status), "NTE|1|L|Ring først", control="CONTROL") for act, status in acts]
    good.append(hl7("PV1|1|V" + "|" * 17 + str(entry), control="CONTROL", kind="ADT^A04^ADT_A01"))
    with listening(MountedDoor(world.gateway, line_door())) as port:
        yield Door(
            Frames(port).send,
            good,
            er7_spoiling.bombs(good[0]),
            spoilt_er7,
            lambda content: effects.by_hl7(content, entry, world.row(entry)),
        )
    world.gateway.engine.dispose()


@contextmanager
def listening(door: MountedDoor) -> Iterator[int]:
    """The listener on a loop of its own, as ``workers.mllp`` serves it; its port."""
    loop, listener = asyncio.new_event_loop(), MllpListener(door.answer, door.refuse)
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield asyncio.run_coroutine_threadsafe(listener.start("127.0.0.1", 0), loop).result(LONGEST)
    asyncio.run_coroutine_threadsafe(listener.close(), loop).result(LONGEST)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(LONGEST)


class Frames:
    """What is said goes out as one frame, and a known message after it: its answer is the end of the others."""

    def __init__(self, port: int) -> None:
        self._port, self._line, self._asked = port, BareLine(port), 0

    def send(self, content: bytes) -> tuple[int, float]:
        """As HTTP would count it: 200 for AA, 300 where the sender asked to hear nothing, 503 for "come again", 400 for
        any other no, 500 for a line that is closed where an answer is owed (an acknowledgement is owed none), 504 for
        silence."""
        self._asked += 1
        begun = time.perf_counter()
        try:
            said = self._said(content, f"PROBE{self._asked}")
        except TimeoutError:
            said = [504]
        seconds = time.perf_counter() - begun
        return max(said), seconds

    def _said(self, content: bytes, probe: str) -> list[int]:
        found: list[int] = []
        last: Mapping[str, Sequence[str]] = {}
        try:
            for message in (content, hl7(control=probe, app="NOBODY")):
                self._line.send(b"\x0b" + message + b"\x1c\r")
        except OSError:
            pass  # cut off by an answer that is still to be read
        while answer := self._line.answer():
            if answer["MSA"][2] == probe:
                return found or [SILENT if may_be_silent(content) else 500]
            last = answer
            found.append(status_of(answer))
        self._line.socket.close()
        self._line = BareLine(self._port)
        return [*found, *([] if may_close(content, last) else [500])]


def may_close(content: bytes, last: Mapping[str, Sequence[str]]) -> bool:
    """After the answer to what was too long."""
    return may_be_silent(content) or error_of(last).startswith("207")


def may_be_silent(content: bytes) -> bool:
    """An acknowledgement is owed none, and MSH-15 and MSH-16 may ask to hear nothing."""
    fields = [*header_fields(content), *[b""] * 17]
    asked = [re.split(rb"[~^&]", field)[0].decode("latin-1") for field in fields[15:17]]
    silent = not all(ack_codes(*asked, outcome) for outcome in ("AA", "AE", "AR"))
    return silent or any(kind in content for kind in (b"MSA", b"ACK", b"MCF"))


def error_of(answer: Mapping[str, Sequence[str]]) -> str:
    return answer.get("ERR", [""] * 4)[3]


def status_of(answer: Mapping[str, Sequence[str]]) -> int:
    if answer["MSA"][1] in ("AA", "CA"):
        return 200
    return 503 if error_of(answer).startswith("206") else 400


def spoilt_er7(message: bytes, chance: random.Random) -> bytes:
    return er7_spoiling.spoilt(message.replace(b"CONTROL", b"%016x" % chance.getrandbits(64)), chance)


JSON_BOMBS = {
    "lists": b"[" * 900_000,
    "objects": b'{"a":' * 180_000,
    "entries": b'{"resourceType":"Bundle","entry":' + b"[" * 900_000,
    "repeated-keys": b'{"resourceType":"Bundle","resourceType":"Bundle"}',
    "no-number": b'{"resourceType":"Bundle","id":NaN}',
    "no-text": b"\xff\xfe" * 1_000,
    "too-large": b" " * 1_100_000,
}


def spoilt_json(message: bytes, chance: random.Random) -> bytes:
    """Half of them JSON still, and half under a name of their own: a known one gets its first answer again."""
    if chance.random() < 0.5:
        message = message.replace(own_name(message), b"%s" % str(UUID(int=chance.getrandbits(128), version=4)).encode())
    return list(spoilt_messages([json.loads(message)], 1 + chance.randrange(2), chance))[-1]


def own_name(message: bytes) -> bytes:
    """MessageHeader.id, wherever it is referred to."""
    header = next(each["resource"] for each in json.loads(message)["entry"] if "eventCoding" in each["resource"])
    return str(header["id"]).encode()


DOORS: dict[str, Callable[[Path], AbstractContextManager[Door]]] = {
    "api": people.api,
    "fhir": fhir,
    "hl7v2": hl7v2,
    "launch": people.launch,
    "medcom": medcom,
    "soap": soap,
}
