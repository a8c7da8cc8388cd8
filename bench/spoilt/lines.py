"""Our MLLP listener as a door, served on a socket of this process."""

from __future__ import annotations

import asyncio
import random
import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from adapters.wire.er7 import header_fields
from adapters.wire.mllp_listener import MllpListener
from adapters.wire.v2.inbound import ack_codes
from bench.spoilt import effects
from bench.spoilt.door import Door
from gateway.store.ground.engine import open_engine
from gateway.store.migrations.creation import create_schema
from tests.support.doors.mllp_process import BareLine, Hl7World, hl7, sch
from tests.support.spoiling import er7_spoiling
from workers.mllp import MountedDoor, line_door

LONGEST = 30  # seconds
SILENT = 300  # nothing was acknowledged


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
