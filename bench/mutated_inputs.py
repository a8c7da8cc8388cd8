"""Every door that other systems call, given spoilt messages and documents made to harm: each is answered, none with a
fault of our own, and none slowly.

    python bench/mutated_inputs.py [--quick] [--door NAME]

A door is a name, a function from bytes to (status, seconds), messages it would take, documents made to harm, and how a
message is spoilt; ``DOORS`` lists them. Everything runs in this process, over a database of its own, so that a growth
in memory is the door's. A status of 500 and above counts, and so does a crash.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from uuid import uuid4

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.figures import Figures  # noqa: E402
from gateway.logs import configure  # noqa: E402
from gateway.store.engine import create_schema, open_engine  # noqa: E402
from simulators.demo.processes import free_port  # noqa: E402
from tests.support import fhir_spoiling  # noqa: E402
from tests.support.fhir_spoiling import MadVendor, messages, spoilt  # noqa: E402
from tests.support.fhir_world import FhirWorld  # noqa: E402
from tests.support.medcom_samples import NAME, acknowledged, reply  # noqa: E402
from tests.support.medcom_world import MedcomWorld  # noqa: E402
from tests.support.mutated_messages import mutated as spoilt_messages  # noqa: E402
from tests.support.mutations import BOMBS, mutated  # noqa: E402
from tests.support.soap_world import BY, Practice, SoapWorld, request  # noqa: E402

INPUTS, QUICK = 20_000, 500
WARM = 200  # what is loaded and remembered once is no growth


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
        status = practice.post(content).status_code
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


DOORS: dict[str, Callable[[Path], AbstractContextManager[Door]]] = {"fhir": fhir, "medcom": medcom, "soap": soap}


def measure(name: str, door: Door, count: int, figures: Figures) -> None:
    chance = random.Random(20_261_122)
    answers: list[tuple[int, float]] = []
    before = 0.0
    for number in range(count + WARM):
        if number == WARM:
            before = megabytes()
        answers.append(door.send(door.spoil(chance.choice(door.messages), chance)))
    grown = megabytes() - before
    bombs = {bomb: [door.send(content) for _ in range(5)] for bomb, content in door.bombs.items()}
    slowest = {bomb: median(seconds for _, seconds in met) * 1000 for bomb, met in bombs.items()}
    statuses = [status for status, _ in answers] + [status for met in bombs.values() for status, _ in met]
    let_in = sorted(bomb for bomb, met in bombs.items() if any(status < 400 for status, _ in met))
    kinds = {status: statuses.count(status) for status in sorted(set(statuses))}
    worst = sorted(slowest, key=lambda bomb: -slowest[bomb])[:3]
    told = ", ".join(f"{bomb} {slowest[bomb]:.1f} ms" for bomb in worst)
    print(f"{name}: {count} inputs, answers {kinds}; slowest documents {told}")
    figures.at_most(f"{name}_five_hundreds", sum(status >= 500 for status in statuses), "answers", 0)
    figures.at_most(f"{name}_worst_seconds", max(seconds for _, seconds in answers), "s", 2)
    figures.at_most(f"{name}_bombs_let_in", len(let_in), "documents", 0)
    figures.at_most(f"{name}_bomb_refusal_ms", max(slowest.values()), "ms", 50)
    figures.at_most(f"{name}_memory_growth", grown, "MB", 64)


def megabytes() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} inputs for each door instead of {INPUTS}")
    parser.add_argument("--door", choices=sorted(DOORS), action="append", help="may be repeated; none: every door")
    options = parser.parse_args()
    configure("bench", level="CRITICAL")
    figures = Figures()
    for name in options.door or DOORS:
        with tempfile.TemporaryDirectory() as folder, DOORS[name](Path(folder)) as door:
            measure(name, door, QUICK if options.quick else INPUTS, figures)
    return figures.exit_code()


if __name__ == "__main__":
    sys.exit(main())
