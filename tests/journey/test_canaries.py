"""Whole journeys with citizens made for this run; then every sink is searched for them, in every spelling.

Runs after all other journeys (conftest), so that what killed processes left in logs and files is searched too.
"""

from __future__ import annotations

import base64
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import redis

from simulators.demo.browser import GaveUp
from simulators.demo.people import Nurse
from tests.support.databases import PostgresServer
from tests.support.processes.canaries import Canaries, Citizen, Hit, hatch, spellings
from tests.support.processes.sinks import RedisTap, Witness, files_below, search_files
from tests.support.processes.stacks import Ledger, World

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]


def test_no_citizen_and_no_text_stands_in_any_sink(world: World) -> None:
    hits = journeys_and_search(world)
    assert {path.name for path in files_below(world.stack.folder)} >= {"laegebro.sqlite", "laegebro.sqlite-wal"}
    assert hits == []


def test_nor_in_the_files_of_postgresql(postgres_world: World, postgres_server: PostgresServer) -> None:
    hits = journeys_and_search(postgres_world)
    postgres_server.run("CHECKPOINT")
    folder = postgres_server.folder
    files = [path for path in files_below(folder) if path.stat().st_size]
    assert any(path.parent.name == "pg_wal" for path in files)
    hits += search_files(postgres_world.canaries, postgres_world.used, files, folder, decode=False)
    assert hits == []


def journeys_and_search(world: World) -> list[Hit]:
    """A launch of each kind; then what passed through Redis, what it kept, and what browsers remember."""
    witness, tap = Witness(), RedisTap(world.stack)
    with tap.recording():
        whole_consultation(world, witness)
        signed_launch(world, witness)
        typed_number(world, witness)
        tap.save()
        sinks = {"redis commands": tap.heard, "redis values": tap.values(), "browser": witness.bytes}
        assert b"deliver" in sinks["redis commands"], "no job passed through Redis: nothing was searched"
        assert (world.stack.folder / "dump.rdb").stat().st_size > 0
        assert any(path.stat().st_size for path in world.stack.folder.rglob("appendonly*") if path.is_file())
        found = [world.canaries.search_decoded(name, content, world.used) for name, content in sinks.items()]
        found.append(search_files(world.canaries, world.used, files_below(world.stack.folder), world.stack.folder))
    return [hit for hits in found for hit in hits]


def whole_consultation(world: World, witness: Witness) -> None:
    ledger = Ledger(world.stack)
    consultation = world.consultation(watch=witness)
    try:
        consultation.run()
        ledger.require_exactly_once(consultation)
    finally:
        consultation.close()


def signed_launch(world: World, witness: Witness) -> None:
    """Launched by the care system's back end, placed, withdrawn."""
    nurse = Nurse(world.stack, watch=witness)
    try:
        nurse.launch(world.next_citizen().reference, door="signed")
        place_and_withdraw(world, nurse)
    finally:
        nurse.close()


def typed_number(world: World, witness: Witness) -> None:
    """Standing alone: the number typed, first with a digit too many; the card confirmed, placed, withdrawn."""
    nurse, number = Nurse(world.stack, watch=witness), world.next_citizen().cpr
    try:
        with pytest.raises(GaveUp, match="token"):
            nurse.start_by_number(f"{number}0")
        nurse.start_by_number(number)
        place_and_withdraw(world, nurse)
    finally:
        nurse.close()


def place_and_withdraw(world: World, nurse: Nurse) -> None:
    nurse.place(reason=world.canaries.words.reason)
    nurse.wait_for("the practice's system to receive the entry", entry_status="received")
    nurse.act("withdraw", {"reason": "no-time"})


@pytest.fixture(scope="module")
def flock() -> Canaries:
    return hatch(20261122)


WHAT = ("number", "birth date", "given name", "family name", "reason", "note")


def text_of(flock: Canaries, what: str) -> str:
    citizen = flock.citizens[0]
    return {"number": citizen.cpr, "birth date": citizen.born.isoformat()}.get(what) or flock.needles[what][0]


@pytest.mark.parametrize("what", WHAT)
def test_the_search_finds_what_is_planted_in_each_spelling(flock: Canaries, what: str) -> None:
    for name, needle, _ in spellings(text_of(flock, what)):
        hits = flock.search("planted", b"{before " + needle + b" after}", flock.citizens[:1])
        assert (what, name) in {(hit.what, hit.spelling) for hit in hits}


@pytest.mark.parametrize("what", WHAT)
def test_the_search_looks_inside_job_bodies(flock: Canaries, what: str) -> None:
    """Twice encoded, as a value in a JSON body inside a message."""
    body = base64.b64encode(b'[["' + base64.b64encode(b"x" + text_of(flock, what).encode() + b"yz") + b'"], {}]')
    assert flock.search_decoded("planted", b'"LPUSH" "{\\"body\\": \\"' + body + b'\\"}"', flock.citizens[:1])


def test_another_runs_canaries_are_not_found(flock: Canaries) -> None:
    other = hatch(1)
    everything = " ".join([c.cpr + c.given + c.family for c in other.citizens] + [other.words.reason, other.words.note])
    assert flock.search_decoded("foreign", everything.encode(), flock.citizens) == []


def test_what_is_planted_in_a_running_stack_is_found(world: World) -> None:
    """One in a log, one in Redis: in its commands and in its values."""
    used: Citizen = world.used[0]
    plant = f"{used.given} {used.cpr}".encode()
    tap, folder = RedisTap(world.stack), world.stack.folder
    with tap.recording(), redis.Redis.from_url(world.stack.environment["LAEGEBRO_REDIS_URL"]) as client:
        client.set("planted", plant)
        try:
            values = tap.values()
        finally:
            client.delete("planted")
    assert world.canaries.search("redis values", values, [used])
    assert world.canaries.search("redis commands", tap.heard, [used])
    log = plant_in(folder / "planted.log", plant)
    assert search_files(world.canaries, [used], [log], folder)
    log.unlink()


def test_what_is_planted_in_a_database_is_found_in_its_files(flock: Canaries, tmp_path: Path) -> None:
    """Before any checkpoint, so in the write-ahead log."""
    citizen = flock.citizens[0]
    with closing(sqlite3.connect(tmp_path / "planted.sqlite")) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE planted (name TEXT, number TEXT)")
        database.execute("INSERT INTO planted VALUES (?, ?)", (citizen.family, citizen.cpr))
        database.commit()
        hits = search_files(flock, [citizen], files_below(tmp_path), tmp_path)
    assert {(hit.sink, hit.what) for hit in hits if "decoded" not in hit.sink} >= {
        ("planted.sqlite-wal", "family name"),
        ("planted.sqlite-wal", "number"),
    }


def plant_in(file: Path, content: bytes) -> Path:
    file.write_bytes(b'{"event": "' + content + b'"}\n')
    return file
