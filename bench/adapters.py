"""What an adapter costs per enqueue and per state change, beside the bare library saying the same to the same peer.

    python bench/adapters.py [--quick]

HL7 v2: hl7apy builds the very same message from its segments, validates it STRICT, writes it and sends it over a plain
socket; the adapter does all it does in production (asks how the entry stands, maps, escapes, judges, sends,
correlates). FHIR: fhir.resources (R4B) and httpx put the same Task with a token fetched beforehand (floors/fhir.py).
`browser` and `fhir_pull` send nothing: there is no call to set beside them. SOAP: zeep says the same values with a
card made beforehand (floors/soap.py); the adapter maps, names the message, says it and reads the receipt. Counted is
this process's own processor time, taken in turns, so that a busy machine slows both alike.
"""

from __future__ import annotations

import argparse
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit
from uuid import uuid4

from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.core import Group, Message

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from adapters.contract import samples  # noqa: E402
from adapters.gp_system.fhir_r4 import Adapter as FhirAdapter  # noqa: E402
from adapters.gp_system.fhir_r4 import Settings as FhirSettings  # noqa: E402
from adapters.gp_system.fhir_r4.mapping import first_task  # noqa: E402
from adapters.gp_system.hl7v2 import Adapter, Settings  # noqa: E402
from adapters.gp_system.hl7v2.mapping import segments  # noqa: E402
from adapters.gp_system.hl7v2.standing import first_saying, next_saying  # noqa: E402
from adapters.gp_system.medcom import Adapter as MedcomAdapter  # noqa: E402
from adapters.gp_system.soap import Adapter as SoapAdapter  # noqa: E402
from adapters.gp_system.soap import Settings as SoapSettings  # noqa: E402
from adapters.gp_system.soap.mapping import consultation, ended  # noqa: E402
from bench.figures import Figures, percentile  # noqa: E402
from bench.floors.fhir import BareR4B  # noqa: E402
from bench.floors.medcom import BareFhir  # noqa: E402
from bench.floors.soap import BareZeep  # noqa: E402
from gateway.certify.benches import fhir_r4 as fhir_bench  # noqa: E402
from gateway.certify.letter_book import MemoryLetters  # noqa: E402
from gateway.domain.consultation.queue_entry import EntryStatus  # noqa: E402
from gateway.domain.peers.messages import EntryMessage  # noqa: E402
from tests.support.doors import medcom_examples  # noqa: E402
from tests.support.doors.medcom_samples import connected as medcom_connected  # noqa: E402
from tests.support.doors.medcom_samples import new_key  # noqa: E402

PRACTICE = "034835"
LIMIT = 1.5
PLACES = {
    "PID": "siu_s12_patient",
    "PV1": "siu_s12_patient",
    "RGS": "siu_s12_resources",
    "AIS": "siu_s12_resources.siu_s12_service",
    "AIL": "siu_s12_resources.siu_s12_location_resource",
    "AIP": "siu_s12_resources.siu_s12_personnel_resource",
}


@contextmanager
def practice_system() -> Iterator[tuple[str, int]]:
    command = [sys.executable, "-m", "simulators.hl7"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        try:
            host, _, port = process.stdout.readline().split()[-1].rpartition(":")
            process.stdout.readline()
            yield host, int(port)
        finally:
            process.terminate()


class Bare:
    """hl7apy and a socket."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._socket = socket.create_connection(address, timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def say(self, lines: list[str]) -> None:
        message = Message("SIU_S12", version="2.5.1", validation_level=VALIDATION_LEVEL.STRICT)
        message.msh = lines[0]
        for line in lines[1:]:
            self._place(message, line)
        message.validate()
        self._socket.sendall(b"\x0b" + message.to_er7().encode() + b"\r\x1c\r")
        answer = b""
        while not answer.endswith(b"\x1c\r"):
            answer += self._socket.recv(65_536)
        assert b"MSA|AA" in answer, "the peer took it"

    def _place(self, message: Message, line: str) -> None:
        at: Message | Group = message
        for name in filter(None, PLACES.get(line[:3], "").split(".")):
            at = getattr(at, name)
        if line.startswith("NTE"):
            at.add_segment("NTE").value = line
        else:
            setattr(at, line[:3].lower(), line)


def cost_of(work: Callable[[], object]) -> float:
    """Milliseconds of processor time, all threads of this process."""
    before = time.process_time()
    work()
    return (time.process_time() - before) * 1000


def _told(adapter: str, turns: Sequence[tuple[float, float, float, float]], figures: Figures) -> None:
    for name, ours, theirs in (("enqueue", 0, 1), ("change", 2, 3)):
        own, library = [turn[ours] for turn in turns], [turn[theirs] for turn in turns]
        costs = f"adapter {median(own):.1f} ms (p90 {percentile(own, 0.9):.1f}), bare {median(library):.1f} ms"
        print(f"{adapter} {name}: {costs}")
        figures.at_most(f"{adapter}_{name}_ratio", median(own) / median(library), "x", LIMIT)


def hl7v2(figures: Figures, count: int) -> None:
    with practice_system() as address:
        names = ("LAEGEBRO", "FJORDBY", "GPSYS", "TORVET")
        keys = ("our_application", "our_facility", "peer_application", "peer_facility")
        settings = Settings(host=address[0], port=address[1], tls=False, **dict(zip(keys, names, strict=True)))
        adapter, bare = Adapter("bench", settings, lambda reference: reference), Bare(address)
        _hl7v2_turn(adapter, bare, settings)  # the library loads its tables
        turns = [_hl7v2_turn(adapter, bare, settings) for _ in range(count)]
        adapter.close()
    _told("hl7v2", turns, figures)


def _hl7v2_turn(adapter: Adapter, bare: Bare, settings: Settings) -> tuple[float, float, float, float]:
    ours, theirs = samples.message(PRACTICE), samples.message(PRACTICE)
    enqueue = cost_of(lambda: adapter.enqueue(ours))
    first = cost_of(lambda: bare.say(_lines(theirs, settings)))
    change = cost_of(lambda: adapter.update(samples.moved(ours, EntryStatus.RECEIVED)))
    second = cost_of(lambda: bare.say(_lines(samples.moved(theirs, EntryStatus.RECEIVED), settings)))
    return enqueue, first, change, second


def _lines(message: EntryMessage, settings: Settings) -> list[str]:
    saying = first_saying(message) if message.entry.revision == 1 else next_saying(None, message, "bench")
    assert saying is not None
    return segments(message, saying, settings, uuid4().hex[:20], datetime.now(UTC))


@contextmanager
def soap_system() -> Iterator[tuple[str, Path]]:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "simulators.soap", "--keys", folder]
        with subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as process:
            assert process.stdout is not None
            try:
                port = urlsplit(process.stdout.readline().split()[-1]).port
                yield f"http://127.0.0.1:{port}/soap/queue", Path(folder)
            finally:
                process.terminate()


def soap(figures: Figures, count: int) -> None:
    with soap_system() as (address, keys):
        ours = {"certificate": "caller.pem", "key": "caller.key", "organisation_cvr": "99110007"}
        settings = SoapSettings(address=address, organisation_name="Fjordby Kommune", **ours)
        adapter = SoapAdapter("bench", settings, lambda name: (keys / name).read_text(encoding="utf-8"))
        bare = BareZeep(address, keys)
        _soap_turn(adapter, bare)  # the library loads its schemas
        turns = [_soap_turn(adapter, bare) for _ in range(count)]
        adapter.close()
    _told("soap", turns, figures)


def _soap_turn(adapter: SoapAdapter, bare: BareZeep) -> tuple[float, float, float, float]:
    ours, theirs = samples.message(PRACTICE), samples.message(PRACTICE)
    moved, over = samples.moved(ours, EntryStatus.EXPIRED), samples.moved(theirs, EntryStatus.EXPIRED)
    enqueue = cost_of(lambda: adapter.enqueue(ours))
    first = cost_of(lambda: bare.say("EnqueueConsultation", {"Consultation": consultation(theirs, "bench")}))
    change = cost_of(lambda: adapter.update(moved))
    second = cost_of(lambda: bare.say("WithdrawConsultation", {"Ended": ended(over)}))
    return enqueue, first, change, second


@contextmanager
def access_point() -> Iterator[str]:
    command = [sys.executable, "-m", "simulators.medcom"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{urlsplit(process.stdout.readline().split()[-1]).port}"
        finally:
            process.terminate()


def medcom(figures: Figures, count: int) -> None:
    """A change is a correction in the thread. Letters are kept in memory: the bare library keeps none."""
    with access_point() as address:
        adapter, bare = medcom_connected(address, new_key(), new_key()), BareFhir(address)
        adapter.keep_letters_in(MemoryLetters())
        _medcom_turn(adapter, bare)  # the library loads its models
        turns = [_medcom_turn(adapter, bare) for _ in range(count)]
        adapter.close()
        bare.close()
    _told("medcom", turns, figures)


def _medcom_turn(adapter: MedcomAdapter, bare: BareFhir) -> tuple[float, float, float, float]:
    ours, said = samples.message(PRACTICE), medcom_examples.examples()
    corrected = samples.moved(replace(ours, reason=samples.DANISH), EntryStatus.RECEIVED)
    enqueue = cost_of(lambda: adapter.enqueue(ours))
    first = cost_of(lambda: bare.say(said["announced"]))
    change = cost_of(lambda: adapter.update(corrected))
    second = cost_of(lambda: bare.say(said["corrected"]))
    return enqueue, first, change, second


def fhir_r4(figures: Figures, count: int) -> None:
    """A change is a corrected text: either side asks for the Task first."""
    pem = fhir_bench.new_key()
    with tempfile.TemporaryDirectory() as folder, fhir_bench.practice_system(Path(folder), pem) as address:
        settings = FhirSettings(
            base_url=f"{address}/fhir", client_id="laegebro", client_key="env:KEY", total_timeout=30
        )
        adapter = FhirAdapter("bench", settings, lambda _: pem)
        bare = BareR4B(f"{address}/fhir/", fhir_bench.authorization(address, pem))
        _fhir_turn(adapter, bare)  # the library loads its models, the adapter logs in
        turns = [_fhir_turn(adapter, bare) for _ in range(count)]
        adapter.close()
        bare.close()
    _told("fhir_r4", turns, figures)


def _fhir_turn(adapter: FhirAdapter, bare: BareR4B) -> tuple[float, float, float, float]:
    ours, theirs = samples.message(PRACTICE), samples.message(PRACTICE)
    task = first_task(theirs, datetime.now(UTC))
    corrected = samples.moved(replace(ours, reason=samples.DANISH), EntryStatus.RECEIVED)
    enqueue = cost_of(lambda: adapter.enqueue(ours))
    first = cost_of(lambda: bare.create(task))
    change = cost_of(lambda: adapter.update(corrected))
    second = cost_of(lambda: bare.change(f"urn:ietf:rfc:3986|urn:uuid:{theirs.key}", samples.DANISH))
    return enqueue, first, change, second


MEASURES: dict[str, Callable[[Figures, int], None]] = {
    "fhir_r4": fhir_r4,
    "hl7v2": hl7v2,
    "medcom": medcom,
    "soap": soap,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="fewer turns")
    parser.add_argument("--adapter", choices=sorted(MEASURES), action="append", help="may be repeated; none: all")
    options = parser.parse_args()
    figures = Figures()
    for name in options.adapter or MEASURES:
        MEASURES[name](figures, 40 if options.quick else 300)
    return figures.exit_code()


if __name__ == "__main__":
    sys.exit(main())
