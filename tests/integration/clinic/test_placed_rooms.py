"""Nurse, doctor and citizen are sent to one media process, whichever has the room, and to another when it is gone."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey
from sqlalchemy import delete, update

from gateway.domain.room import Heartbeat, NodeState, RoomState, SeatState
from gateway.domain.scope import SystemScope
from gateway.store.ground.engine import db_now, transaction
from gateway.store.people.tables_rooms import media_process, room_place, room_state
from tests.support.clinic_world import ClinicWorld, Seat, problem, settings_in

NOTHING_LISTENS = "redis://127.0.0.1:1/0"
ONE, TWO = "https://one.media.example", "https://two.media.example"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[ClinicWorld]:
    folder = tmp_path_factory.mktemp("placed")
    database = folder / "laegebro.db"
    database.write_bytes(sqlite_template.read_bytes())
    settings = settings_in(folder, f"sqlite:///{database}", NOTHING_LISTENS, media_urls=f"{ONE} https://*.example")
    made = ClinicWorld(settings)
    yield made
    made.gateway.engine.dispose()


@pytest.fixture
def world(house: ClinicWorld) -> ClinicWorld:
    """Nobody has registered yet."""
    with transaction(house.gateway.engine, SystemScope()) as connection:
        for table in (media_process, room_place, room_state):
            connection.execute(delete(table))
    return house


def _beat(world: ClinicWorld, name: str, number: int, url: str, *rooms: str, draining: bool = False) -> Any:
    seats = (SeatState("seat", 1, True, False, False),)
    node = NodeState(name, url, 2 * len(rooms), 0.1, draining)
    body = json.dumps(Heartbeat(name, number, tuple(RoomState(r, seats) for r in rooms), node).document()).encode()
    signature = hmac.new(world.gateway.media_secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-Laegebro-Signature": signature, "Content-Type": "application/json"}
    answer = world.app.test_client().post("/internal/rooms", data=body, headers=headers)
    _last_heard(world, timedelta(hours=1), name)
    return answer


def _sides(world: ClinicWorld) -> tuple[str, list[tuple[Seat, str]]]:
    """The room of a call that rings, and both sides with the addresses of their tickets."""
    nurse, desk = world.employee(), world.clinic_user()
    consultation = world.wait_in_queue(of=nurse)
    entry = world.entry_of(consultation)
    assert desk.post(f"/api/v1/entries/{entry}/accept").status_code == 200
    doors = [(nurse, f"/api/v1/consultations/{consultation.id}/ticket"), (desk, f"/api/v1/entries/{entry}/ticket")]
    return world.reload(consultation).room, doors


def _seats(world: ClinicWorld, doors: list[tuple[Seat, str]], lost: str = "") -> set[tuple[str, str, str]]:
    """For each side: the process's name, its address, and the name that is signed in the ticket."""
    found = set()
    for seat, door in doors:
        answer = seat.post(door, {"lost": lost})
        assert answer.status_code == 200, answer.json
        key = OctKey.import_key(world.gateway.media_secret)
        claims = jwt.decode(answer.json["ticket"], key, algorithms=["HS256"]).claims
        found.add((answer.json["node"], answer.json["signal_url"], str(claims.get("node", ""))))
    return found


def _last_heard(world: ClinicWorld, ahead: timedelta, name: str) -> None:
    """An hour ahead, a process stays alive however busy the machine is; back in time, it is silent."""
    with transaction(world.gateway.engine, SystemScope()) as connection:
        heard = {"heard_at": db_now(connection) + ahead}
        connection.execute(update(media_process).where(media_process.c.name == name).values(heard))
        connection.execute(update(room_state).where(room_state.c.process == name).values(heard))


def test_both_sides_get_tickets_for_one_process_and_for_another_when_it_dies(world: ClinicWorld) -> None:
    _, doors = _sides(world)
    assert _beat(world, "one", 1, ONE).status_code == 204
    assert _seats(world, doors) == {("one", "wss://one.media.example/signal", "one")}
    assert _beat(world, "two", 1, TWO).status_code == 204
    assert _seats(world, doors, lost="one") == {("one", "wss://one.media.example/signal", "one")}
    _last_heard(world, timedelta(seconds=-3), "one")
    assert _seats(world, doors, lost="one") == {("two", "wss://two.media.example/signal", "two")}
    assert _seats(world, doors) == {("two", "wss://two.media.example/signal", "two")}


def test_a_single_process_without_an_address_of_its_own_is_reached_at_media_url(world: ClinicWorld) -> None:
    _, doors = _sides(world)
    assert _seats(world, doors) == {("", "ws://gateway.localhost:8002/signal", "")}
    _beat(world, "only", 1, "")
    assert _seats(world, doors) == {("only", "ws://gateway.localhost:8002/signal", "only")}


def test_a_draining_process_keeps_its_rooms_until_it_sends_them_away_and_is_told_of_others(world: ClinicWorld) -> None:
    room, doors = _sides(world)
    _beat(world, "one", 1, ONE)
    _seats(world, doors)
    assert _beat(world, "one", 2, ONE, room, draining=True).json == {"others": False}
    _beat(world, "two", 1, TWO)
    assert _beat(world, "one", 3, ONE, room, draining=True).json == {"others": True}
    assert {name for name, _, _ in _seats(world, doors)} == {"one"}
    assert {name for name, _, _ in _seats(world, doors, lost="one")} == {"two"}
    assert _beat(world, "one", 4, ONE, room, draining=True).json["elsewhere"] == [room]


def test_two_halves_of_a_room_are_noticed(world: ClinicWorld) -> None:
    room, doors = _sides(world)
    _beat(world, "one", 1, ONE)
    _seats(world, doors)
    assert _beat(world, "one", 2, ONE, room).status_code == 204
    assert _beat(world, "two", 1, TWO, room).json == {"elsewhere": [room]}


@pytest.mark.guide(6)
def test_a_device_check_tries_the_process_that_would_get_the_next_room(world: ClinicWorld) -> None:
    nurse = world.employee()
    _beat(world, "one", 1, ONE, "busy")
    _beat(world, "two", 1, TWO)
    assert nurse.post("/api/v1/probe-ticket").json["node"] == "two"


@pytest.mark.parametrize("url", ["https://elsewhere.invalid", "http://one.media.example", "https://example", "x"])
def test_a_process_where_no_page_may_go_is_refused_and_gets_no_room(world: ClinicWorld, url: str) -> None:
    answer = _beat(world, "stranger", 1, url)
    assert answer.status_code == 422 and problem(answer)["field"] == "node.signal_url"
    _, doors = _sides(world)
    assert {name for name, _, _ in _seats(world, doors)} == {""}


def test_a_process_whose_name_fits_no_ticket_is_refused(world: ClinicWorld) -> None:
    assert _beat(world, "n" * 256, 1, ONE).status_code == 400
    assert _beat(world, "n" * 255, 2**31, ONE).status_code == 400
    assert _beat(world, "n" * 255, 1, ONE).status_code == 204


def test_pages_may_talk_to_every_process_that_may_register(world: ClinicWorld) -> None:
    policy = world.clinic_user().client.get("/klinik").headers["Content-Security-Policy"]
    sources = policy.partition("connect-src ")[2].partition(";")[0].split()
    for source in (ONE, "wss://one.media.example", "https://*.example", "wss://*.example"):
        assert source in sources


def test_an_unknown_or_spoilt_word_of_what_was_lost_moves_nobody(world: ClinicWorld) -> None:
    _, doors = _sides(world)
    _beat(world, "one", 1, ONE)
    _beat(world, "two", 1, TWO)
    first = _seats(world, doors)
    for lost in ("two", "Ærøskøbing", "'; drop", "x" * 255):
        assert _seats(world, doors, lost=lost) == first
    seat, door = doors[0]
    assert seat.post(door, {"lost": "x" * 256}).status_code == 422
    assert seat.post(door, {"lost": ["one"]}).status_code == 400
