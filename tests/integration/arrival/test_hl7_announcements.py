"""A care system announces by HL7 v2 whom an employee starts for: one draft on her list, and nothing of what is not
genuine."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import hl7
import pytest

from adapters.wire.mllp_listener import Caller, MllpListener
from adapters.wire.v2.judge import is_strictly_valid
from gateway.certify.eoj.hl7v2 import ANOTHER, CERTIFICATE, care_system, hand_at
from gateway.domain.consultation.aggregate import Status
from gateway.domain.errors import ConfigFault
from gateway.domain.identifiers import Cpr
from gateway.domain.records import Signature
from tests.support.consultations import KOMMUNE_A
from tests.support.peers.announcing_world import CONNECTION, AnnouncingWorld
from workers.mllp import line_door


@contextmanager
def _listening(world: AnnouncingWorld) -> Iterator[int]:
    """The listener on a loop of its own; TLS, which shows the certificate, has tests of its own (test_hl7_line.py)."""

    async def answer(frame: bytes, _: Caller) -> bytes | None:
        return await asyncio.to_thread(world.door.answered, frame, CERTIFICATE)

    loop, listener = asyncio.new_event_loop(), MllpListener(answer, world.door.refuse)
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield asyncio.run_coroutine_threadsafe(listener.start("127.0.0.1", 0), loop).result(30)
    asyncio.run_coroutine_threadsafe(listener.close(), loop).result(30)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(30)


@pytest.fixture
def world(tmp_path: Path, sqlite_template: Path) -> Iterator[AnnouncingWorld]:
    made = AnnouncingWorld(tmp_path, sqlite_template)
    yield made
    made.close()


@pytest.mark.parametrize("kind", ["SIU", "ADT"])
def test_an_announcement_opens_a_draft_on_the_employees_list(world: AnnouncingWorld, kind: str) -> None:
    assert world.ack(world.frame(kind=kind)) == ("AA", "")
    [draft] = world.list_of("FJ-1001")
    assert (draft.status, draft.responsible_name) == (Status.DRAFT, "Mette Holm")
    [case] = draft.cases
    assert case.citizen is not None and case.citizen.identifier == Cpr("0201609996")
    assert (case.eoj_connection, case.record_ref) == (CONNECTION, "Patient/r-1002")


def test_a_new_announcement_of_the_same_start_is_the_same_draft(world: AnnouncingWorld) -> None:
    assert [world.ack(world.frame(kind=kind)) for kind in ("SIU", "ADT", "SIU")] == [("AA", "")] * 3
    assert len(world.list_of("FJ-1001")) == 1


def test_the_same_message_again_opens_nothing(world: AnnouncingWorld) -> None:
    """Not even when its draft is gone: its one-time name is burnt with what it opened."""
    frame = world.frame()
    assert [world.ack(frame) for _ in range(3)] == [("AA", ""), ("AE", "205"), ("AE", "205")]
    assert len(world.list_of("FJ-1001")) == 1


def test_what_a_colleague_has_open_is_not_opened_twice(world: AnnouncingWorld) -> None:
    """Nobody is there to be asked: said to the care system, and nothing is written."""
    world.ack(world.frame())
    frame = world.frame(employee="FJ-1002", family="Lund", given="Bo")
    assert [world.ack(frame) for _ in range(2)] == [("AE", "206")] * 2
    assert world.list_of("FJ-1002") == []
    assert len(world.list_of("FJ-1001")) == 1


def test_whoever_is_barred_gets_no_draft(world: AnnouncingWorld) -> None:
    g = world.gateway
    person = g.barrings.person(KOMMUNE_A, CONNECTION, "FJ-1001")
    g.signed(Signature("anna", "people bar")).barrings.bar(person, "FJ-1001", KOMMUNE_A, g.clock.now())
    assert world.ack(world.frame()) == ("AR", "204")
    assert world.list_of("FJ-1001") == []


def refusals(world: AnnouncingWorld) -> dict[str, tuple[bytes, str]]:
    return {
        "forged": (world.frame(), ANOTHER),
        "without a certificate": (world.frame(), ""),
        "unknown sender": (world.frame(names=("ELSE", "WHERE", "LAEGEBRO", "FJORDBY")), CERTIFICATE),
        "for another system": (world.frame(names=("EOJ", "FJORDBY-EOJ", "ANOTHER", "SYSTEM")), CERTIFICATE),
        "expired": (world.frame(ago=3600), CERTIFICATE),
        "from tomorrow": (world.frame(ago=-80_000), CERTIFICATE),
        "of another municipality": (world.frame(cvr="99220007"), CERTIFICATE),
    }


def test_what_is_not_genuine_opens_nothing_and_is_answered_alike(world: AnnouncingWorld) -> None:
    """But for whose message is answered, its time and the answer's own id."""
    told = {}
    for name, (frame, certificate) in refusals(world).items():
        answer = world.door.answered(frame, certificate) or b""
        assert hl7.parse(answer.decode()).segment("MSA")[2][0] == frame.split(b"|")[9].decode()
        assert is_strictly_valid(answer.decode())
        told[name] = re.sub(rb"\A[^\r]*|MSA\|AR\|[A-Z0-9]+", b"", answer)
    assert len(set(told.values())) == 1, told
    assert world.list_of("FJ-1001") == []


def test_the_simulator_announces_over_the_line(world: AnnouncingWorld) -> None:
    """Its own process, a socket, the listener as it is run."""
    with care_system() as (_, control), _listening(world) as port:
        words = {"record": "r-1003", "kind": "ADT", "to": f"127.0.0.1:{port}"}
        answer = hand_at(control).post("/_sim/announce", json=words).raise_for_status().json()
        assert hl7.parse(bytes.fromhex(answer["answer"]).decode()).segment("MSA")[1][0] == "AA"
    assert [one.cases[0].record_ref for one in world.list_of("FJ-1001")] == ["Patient/r-1003"]


def test_each_kind_of_caller_has_a_line_of_its_own() -> None:
    assert line_door().kind == "gp_system" and line_door(kind="eoj").kind == "eoj"
    with pytest.raises(ConfigFault, match="LAEGEBRO_MLLP_KIND"):
        line_door(kind="register")
