"""The MLLP door as its own process: claims come home, every message is answered, nothing is done twice."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import hl7 as python_hl7
import pytest

from adapters.contract import samples
from adapters.wire.v2.judge import is_strictly_valid
from gateway.certify.benches.hl7v2 import Bench, practice_system
from gateway.domain.consultation.queue_entry import EntryStatus, RejectReason
from tests.support.doors.mllp_process import BareLine, Hl7World, hl7, mllp_process, sch
from tests.support.processes.relaying import until
from tests.support.spoiling.er7_spoiling import spoilt

FRAMES = int(os.environ.get("LAEGEBRO_MLLP_FUZZ", "2500"))
RSS_GROWTH = 50_000  # kB, requirements.md G13


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Hl7World]:
    made = Hl7World(tmp_path_factory.mktemp("mllp"), sqlite_template)
    yield made
    made.gateway.engine.dispose()


@pytest.fixture(scope="module")
def door(world: Hl7World) -> Iterator[tuple[int, int]]:
    """Port and process id."""
    with mllp_process(world) as (process, port):
        yield port, process.pid


@pytest.fixture
def line(door: tuple[int, int]) -> Iterator[BareLine]:
    with BareLine(door[0]) as made:
        yield made


def test_accept_put_back_and_reject_come_home(world: Hl7World, line: BareLine) -> None:
    entry = world.entry()
    assert line.say(hl7(sch(entry), control="A1"))["MSA"][1:3] == ["AA", "A1"]
    row = world.row(entry)
    assert (row.status, row.accepted_name) == (EntryStatus.ACCEPTED, "Lise Hansen")
    assert line.say(hl7(sch(entry, "PUTBACK^^99LB", "Waitlist"), control="A2"))["MSA"][1] == "AA"
    assert world.row(entry).status is EntryStatus.RECEIVED
    note = "NTE|1|L|Står ikke på vores liste|REJECT^^99LB"
    reject = hl7(sch(entry, "REJECT^^99LB^not-our-patient", "Cancelled"), note, control="A3", kind="SIU^S15^SIU_S12")
    assert line.say(reject)["MSA"][1] == "AA"
    row = world.row(entry)
    assert (row.status, row.ended_reason) == (EntryStatus.REJECTED, RejectReason.NOT_OUR_PATIENT)


def test_the_same_message_again_gets_the_same_answer_and_is_done_once(world: Hl7World, line: BareLine) -> None:
    entry = world.entry()
    accept, back = hl7(sch(entry), control="B1"), hl7(sch(entry, "PUTBACK^^99LB", "Waitlist"), control="B2")
    line.send(b"\x0b" + accept + b"\x1c\r")
    first = line.raw()
    assert line.say(back)["MSA"][1] == "AA"
    line.send(b"\x0b" + accept + b"\x1c\r")
    assert line.raw() == first, "byte for byte"
    assert world.row(entry).status is EntryStatus.RECEIVED, "the repeated accept rings nobody"


def test_another_message_under_an_old_control_id_is_heard(world: Hl7World, line: BareLine) -> None:
    """Systems that count their messages from one again each morning."""
    entry = world.entry()
    assert line.say(hl7(sch(entry, "SEEN^^99LB", "Pending"), control="B9"))["MSA"][1] == "AA"
    assert line.say(hl7(sch(entry), control="B9"))["MSA"][1:3] == ["AA", "B9"]
    assert world.row(entry).status is EntryStatus.ACCEPTED


def test_several_messages_at_once_and_one_in_pieces(world: Hl7World, line: BareLine) -> None:
    entries = [world.entry() for _ in range(3)]
    stream = b"".join(b"\x0b" + hl7(sch(e), control=f"C{n}") + b"\x1c\r" for n, e in enumerate(entries))
    line.send(stream[: len(stream) - 70])
    assert [line.answer()["MSA"][2] for _ in range(2)] == ["C0", "C1"]
    for at in range(len(stream) - 70, len(stream), 7):
        line.send(stream[at : at + 7])
    assert line.answer()["MSA"][1:3] == ["AA", "C2"]
    assert all(world.row(entry).status is EntryStatus.ACCEPTED for entry in entries)


def test_what_is_not_taken_is_answered_with_its_reason(world: Hl7World, line: BareLine) -> None:
    entry = world.entry()
    for message, expected in (
        (hl7(sch(uuid4()), control="D1"), ("AE", "D1", "204")),
        (hl7(sch(entry), control="D2", facility="NABO"), ("AR", "D2", "204")),
        (hl7(sch(entry), control="D3", kind="ORU^R01^ORU_R01"), ("AR", "D3", "200")),
        (hl7(sch(entry), control="D4").replace(b"|P|2.5.1", b"|T|2.5.1"), ("AR", "D4", "202")),
        (hl7(sch(entry), control="D5").replace(b"UNICODE UTF-8", b"KLINGON"), ("AE", "D5", "103")),
        (hl7(sch(entry, "REJECT^^99LB^other", "Cancelled"), control="D6"), ("AE", "D6", "101")),
        (b"hello", ("AR", "UNKNOWN", "100")),
    ):
        answer = line.say(message)
        assert (answer["MSA"][1], answer["MSA"][2], answer["ERR"][3].split("^")[0]) == expected
    assert world.row(entry).status.waits


def test_every_answer_satisfies_two_judges(world: Hl7World, line: BareLine) -> None:
    for message in (hl7(sch(world.entry()), control="E1"), hl7(sch(uuid4()), control="E2"), b"MSH|^~\\&|x"):
        line.send(b"\x0b" + message + b"\x1c\r")
        text = line.raw().decode()
        assert is_strictly_valid(text)
        assert str(python_hl7.parse(text).segment("MSH")[9]).startswith("ACK")


def test_danish_in_latin_comes_home(world: Hl7World, line: BareLine) -> None:
    entry = world.entry()
    text = sch(entry).replace("Hansen^Lise", "Ærø^Søren Åge")
    message = hl7(text, control="F1").decode().replace("UNICODE UTF-8", "8859/1").encode("latin-1")
    answer = line.say(message)
    assert answer["MSA"][1] == "AA" and answer["MSH"][17] == "8859/1"
    assert world.row(entry).accepted_name == "Søren Åge Ærø"


def test_an_acknowledgement_is_not_acknowledged(world: Hl7World, line: BareLine) -> None:
    """Nor is the line closed: in enhanced mode a peer acknowledges our acknowledgements."""
    line.send(b"\x0b" + hl7("MSA|CA|1", control="G1", kind="ACK^S14^ACK") + b"\x1c\r")
    assert line.say(hl7(sch(world.entry()), control="G2"))["MSA"][2] == "G2"


def test_a_flood_is_answered_and_cut_off(door: tuple[int, int]) -> None:
    with BareLine(door[0]) as line:
        line.send(b"\x0b" + hl7(control="H1") + b"NTE|1||" + b"x" * 300_000)
        answer = line.answer()
        assert answer["MSA"][1:3] == ["AR", "H1"]
        assert line.answer() == {}


def test_the_practice_system_brings_its_acts_by_itself(world: Hl7World, door: tuple[int, int]) -> None:
    with practice_system("--push", f"127.0.0.1:{door[0]}", "--practices", "012345", "--charset", "8859/1") as peer:
        bench = Bench(peer, charset="8859/1")
        entry = world.entry()
        message = samples.message("012345", entry=samples.entry("012345", world.row(entry).place, id=entry))
        bench.system.enqueue(message)
        bench.accept(message)
        until("the accept comes home", lambda: world.row(entry).status is EntryStatus.ACCEPTED)
        bench.put_back(message)
        until("the put-back comes home", lambda: world.row(entry).status is EntryStatus.RECEIVED)
        bench.clutter(message)
        until("all is answered", lambda: len(bench.hand.get("/_sim/log").json()["brought"]) == 3)
        # The last one is an act of the practice's own making ("COLOUR"), which our code system does not hold.
        assert bench.hand.get("/_sim/log").json()["brought"] == ["AA", "AA", "AE"]
        bench.close()


@pytest.mark.timeless("spoilt input")
def test_thousands_of_broken_messages_are_each_answered_or_cut_off(world: Hl7World, door: tuple[int, int]) -> None:
    """No crash, no silence, no growth; LAEGEBRO_MLLP_FUZZ says how many."""
    chance = random.Random(7)
    entry = world.entry()
    note = f"NTE|1|L|{samples.TEST_CPR} {samples.TEST_NAME}"
    good = [hl7(sch(entry, f"{each}^^99LB"), note, control="K") for each in ("ACCEPT", "SEEN", "COLOUR")]
    good.append(hl7("PV1|1|V" + "|" * 17 + str(entry), control="K", kind="ADT^A04^ADT_A01"))
    before, line = _rss(door[1]), BareLine(door[0])
    for number in range(FRAMES):
        probe = f"P{number}"
        line.send(b"\x0b" + spoilt(chance.choice(good), chance) + b"\x1c\r")
        line.send(b"\x0b" + hl7(control=probe, app="NOBODY") + b"\x1c\r")
        while (answer := line.answer()) and answer["MSA"][2] != probe:
            assert answer["MSA"][1] in ("AA", "AE", "AR", "CA", "CE", "CR")
        if not answer:
            line.socket.close()
            line = BareLine(door[0])
    line.socket.close()
    assert _rss(door[1]) - before < RSS_GROWTH
    log = (world.folder / "mllp.log").read_text()
    assert samples.TEST_CPR not in log and samples.TEST_NAME not in log and "Traceback" not in log


def _rss(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])
