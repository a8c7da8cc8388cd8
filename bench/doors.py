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
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from adapters.gp_system.hl7v2.inbound import ack_codes
from adapters.wire.er7 import header_fields
from adapters.wire.mllp_listener import MllpListener
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


@dataclass(frozen=True)
class Door:
    """``send`` answers with a status as HTTP counts them, and how long it took."""

    send: Callable[[bytes], tuple[int, float]]
    messages: Sequence[bytes]
    bombs: Mapping[str, bytes]
    spoil: Callable[[bytes, random.Random], bytes] = mutated


@contextmanager
def soap(folder: Path) -> Iterator[Door]:
    """Cards are believed and acts applied: half of the messages are spoilt behind the signature only."""
    world = SoapWorld(folder)
    practice, entry = Practice(world), world.entry()
    about = f"<lb:EntryId>{entry}</lb:EntryId>{BY}"
    asked = "<lb:GetQueueRequest><lb:Cursor>q1</lb:Cursor></lb:GetQueueRequest>"
    acts = [f"<lb:{name}Request>{about}</lb:{name}Request>" for name in ("AcceptConsultation", "PutBackConsultation")]

    def send(content: bytes) -> tuple[int, float]:
        begun = time.perf_counter()
        status = as_counted(practice.post(content))
        return status, time.perf_counter() - begun

    yield Door(send, [request(each) for each in (asked, *acts)], armed(request(asked)), spoilt_envelope)
    world.gateway.engine.dispose()


def armed(message: bytes) -> dict[str, bytes]:
    """Each document alone, and what of it fits inside a message whose card is in order."""
    head, body, rest = message.partition(b"<soapenv:Body>")
    inside = {f"{name}-inside": head + body + bomb + rest for name, bomb in BOMBS.items() if b"<!" not in bomb}
    before = {f"{name}-before": bomb.partition(b"<x")[0] + message for name, bomb in BOMBS.items() if b"<!" in bomb}
    return {**BOMBS, **inside, **before}


def spoilt_envelope(message: bytes, chance: random.Random) -> bytes:
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
    yield Door(MadVendor(world).send, messages(), fhir_spoiling.BOMBS, spoilt)
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

    yield Door(send, [json.dumps(each).encode() for each in good], JSON_BOMBS, spoilt_json)
    world.gateway.engine.dispose()


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
        yield Door(Frames(port).send, good, er7_spoiling.bombs(good[0]), spoilt_er7)
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
        """As HTTP would count it: 200 for AA, 503 for "come again", 400 for any other no, 500 for a line that is closed
        where an answer is owed (an acknowledgement is owed none), 504 for silence."""
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
                return found or [200 if may_be_silent(content) else 500]
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
    """Half of them JSON still."""
    return list(spoilt_messages([json.loads(message)], 1 + chance.randrange(2), chance))[-1]


DOORS: dict[str, Callable[[Path], AbstractContextManager[Door]]] = {
    "fhir": fhir,
    "hl7v2": hl7v2,
    "medcom": medcom,
    "soap": soap,
}
