"""Both sides judged by others: what we send and what the practice system simulator says satisfy hl7apy and python-hl7;
and an adapter whose peer cannot be asked keeps what it can."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import hl7
import pytest

from adapters.contract import samples
from adapters.gp_system.hl7v2.queries import acts_query, standing_query
from adapters.gp_system.hl7v2.words import control_id
from adapters.wire.v2.judge import is_strictly_valid
from gateway.certify.benches.hl7v2 import Bench, connected, practice_system
from gateway.domain.capability import SHOWN, Capability
from gateway.domain.consultation.queue_entry import EntryStatus, RejectReason
from gateway.domain.errors import PeerBusy, PeerCannot, PeerRefused
from gateway.domain.peers.messages import EntryMessage
from tests.support.doors.mllp_process import CONNECTION, Hl7World, sch
from tests.support.doors.mllp_process import hl7 as brought
from workers.mllp import MountedDoor, line_door


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with practice_system() as peer:
        made = Bench(peer)
        yield made
        made.close()


def judged(frame: bytes, structure: str) -> None:
    text = frame.decode()
    assert is_strictly_valid(text), text.split("\r")[1][:200]
    theirs = hl7.parse(text)
    assert str(theirs.segment("MSH")[9][0][2][0]) == structure


def spoken(bench: Bench, *frames: bytes) -> list[bytes]:
    with socket.create_connection(bench.peer.mllp, timeout=30) as line:
        received, stream = b"", line.makefile("rb")
        answers = []
        for frame in frames:
            line.sendall(b"\x0b" + frame + b"\x1c\r")
            received = b""
            while not received.endswith(b"\x1c\r"):
                received += stream.read(1)
            answers.append(received[1:-2])
        return answers


def a_life(bench: Bench) -> EntryMessage:
    message = samples.message(bench.ydernummer, reason=samples.DANISH)
    bench.system.enqueue(message)
    bench.act(message, "seen")
    bench.accept(message)
    bench.put_back(message)
    bench.system.update(samples.moved(message, EntryStatus.RECEIVED))
    return message


def test_all_we_say_satisfies_both_judges(bench: Bench) -> None:
    bench.hand.post("/_sim/reset")
    message = a_life(bench)
    talking = samples.moved(samples.moved(message, EntryStatus.RECEIVED), EntryStatus.IN_PROGRESS)
    bench.system.update(talking)
    bench.system.update(samples.moved(talking, EntryStatus.COMPLETED))
    for reason in ("citizen-absent", "solved"):
        other = samples.message(bench.ydernummer)
        bench.system.enqueue(other)
        bench.system.update(samples.moved(other, EntryStatus.WITHDRAWN, ended_reason=reason))
    bench.system.changes("0")
    frames = [bytes.fromhex(each) for each in bench.hand.get("/_sim/frames").json()]
    kinds = [hl7.parse(frame.decode()).segment("MSH")[9] for frame in frames]
    assert {"S12", "S14", "S15", "S26", "A04", "A03", "S25"} <= {str(kind[0][1][0]) for kind in kinds}
    for frame, kind in zip(frames, kinds, strict=True):
        judged(frame, str(kind[0][2][0]))


def test_all_the_practice_system_answers_satisfies_both_judges(bench: Bench) -> None:
    message, settings, now = a_life(bench), bench.system.settings, samples.message("034835").entry.place
    bench.reject(message, RejectReason.BY_PHONE, "Ring | til & os")
    standing = "\r".join(standing_query(message.entry.id, settings, "J1", now)).encode()
    acts = "\r".join(acts_query("0", settings, "J2", now)).encode()
    nobody = "\r".join(standing_query(uuid4(), settings, "J3", now)).encode()
    unknown, unsupported = brought(sch(uuid4()), control="J4"), brought(control="J5", kind="ORU^R01^ORU_R01")
    answers = spoken(bench, standing, acts, nobody, unknown, unsupported)
    for answer, structure in zip(answers, ("SQR_S25",) * 3 + ("ACK",) * 2, strict=True):
        judged(answer, structure)
    assert b"MSA|AE|J4" in answers[3] and b"MSA|AR|J5" in answers[4]


def test_the_simulator_gives_a_repeated_message_its_stored_answer(bench: Bench) -> None:
    bench.system.enqueue(samples.message(bench.ydernummer))
    frame = bytes.fromhex(bench.hand.get("/_sim/frames").json()[-1])
    first, again = spoken(bench, frame, frame)
    assert first == again


def test_danish_survives_a_latin_line_both_ways(bench: Bench) -> None:
    system = connected(*bench.peer.mllp, charset="8859/1")
    message = samples.message(bench.ydernummer, reason="Sår på hælen, Ærø\n38,5 °C – «åben gade»")
    system.enqueue(message)
    assert bench.text_at_peer(message) == "Sår på hælen, Ærø\n38,5 °C - «åben gade»"
    bench.act(message, "accept", user="sær", name="Søren Ærø")
    assert [claim.who for claim in system.read(message.entry.id)] == ["Søren Ærø"]
    with pytest.raises(PeerCannot):
        system.enqueue(samples.message(bench.ydernummer, reason="Łukasz"))
    system.close()


def test_a_peer_that_cannot_be_asked_is_told_all_the_same(bench: Bench) -> None:
    system = connected(*bench.peer.mllp, answers_queries=False, claims="brought")
    assert system.capabilities - SHOWN == {Capability.IDEMPOTENT_CREATE}
    message = samples.message(bench.ydernummer)
    for _ in range(2):
        assert system.enqueue(message).reference == f"MSA-2 {control_id(message.key, 'enqueue')}"
    bench.accept(message)
    system.update(samples.moved(message, EntryStatus.RECEIVED))
    assert not bench.waits_at_peer(message), "the accept we have not heard of stands"
    unsent = samples.moved(samples.message(bench.ydernummer), EntryStatus.WITHDRAWN, ended_reason="solved")
    system.update(unsent)
    assert bench.copies(unsent) == 1 and not bench.waits_at_peer(unsent)
    for ask in (lambda: system.probe(message), lambda: system.changes(""), lambda: system.read(message.entry.id)):
        with pytest.raises(PeerCannot):
            ask()
    system.close()


def test_what_the_practice_refuses_names_its_code_only(bench: Bench) -> None:
    elsewhere = samples.message("099999")
    with pytest.raises(PeerRefused) as fault:
        bench.system.enqueue(elsewhere)
    assert fault.value.code == "AE-204"
    bench.hand.post("/_sim/faults", json={"route": "SIU^S15", "mode": "locked-423"})
    message = samples.message(bench.ydernummer)
    bench.system.enqueue(message)
    withdrawn = samples.moved(message, EntryStatus.WITHDRAWN)
    with pytest.raises(PeerBusy):
        bench.system.update(withdrawn)
    bench.system.update(withdrawn)
    assert not bench.waits_at_peer(message)


def test_more_acts_than_one_page_come_home_in_order(bench: Bench) -> None:
    _, cursor = bench.system.changes("")
    message = samples.message(bench.ydernummer)
    bench.system.enqueue(message)
    for _ in range(60):
        bench.accept(message)
        bench.put_back(message)
    claims, cursor = bench.system.changes(cursor)
    assert [claim.verb for claim in claims] == ["accept", "put-back"] * 60
    assert bench.system.changes(cursor)[0] == []


def test_nobody_speaks_for_another_practice(tmp_path: Path, sqlite_template: Path) -> None:
    """Where the connection names a certificate, the right names in MSH are not enough."""
    world = Hl7World(tmp_path, sqlite_template, caller_certificate="ab" * 32)
    door, entry = MountedDoor(world.gateway, line_door()), world.entry()
    message = brought(sch(entry), control="N1")
    assert b"MSA|AR|N1" in (door.answered(message, "") or b"")
    assert b"MSA|AR|N1" in (door.answered(message, "cd" * 32) or b"")
    assert world.row(entry).status is EntryStatus.REQUESTED
    assert b"MSA|AA|N1" in (door.answered(message, "ab" * 32) or b"")
    assert world.row(entry).accepted_by.startswith(f"{CONNECTION}:")
    world.gateway.engine.dispose()
