"""Media processes as they tell of themselves, and rooms placed on them: one place for each room, whoever asks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select, update

from gateway.domain.room import Heartbeat, NodeState, RoomState, SeatState
from gateway.domain.scope import SystemScope
from gateway.services.call_rooms.placing import place_of, rooms_to_leave
from gateway.store.ground.engine import db_now, transaction
from gateway.store.people.places import SqlPlaceBook
from gateway.store.people.rooms import SqlRoomBook
from gateway.store.people.tables_rooms import media_process, room_place

NOW = datetime.now(UTC)
SEATED = (SeatState("seat", 1, True, True, True),)


@pytest.fixture
def places(store_engine: Engine) -> SqlPlaceBook:
    return SqlPlaceBook(store_engine)


class Heard(SqlRoomBook):
    """What it noted is an hour ahead: a process stays alive however busy the machine is."""

    def note(self, heartbeat: Heartbeat, now: datetime) -> bool:
        news = super().note(heartbeat, now)
        last_heard(self._engine, heartbeat.node.name if heartbeat.node else "", timedelta(hours=1))
        return news


@pytest.fixture
def rooms(store_engine: Engine) -> SqlRoomBook:
    return Heard(store_engine)


def beat(name: str, number: int = 1, run: str = "", *rooms: str, seats: int = 0, draining: bool = False) -> Heartbeat:
    told = NodeState(name, f"https://{name}.example", seats, 0.25, draining)
    return Heartbeat(run or name, number, tuple(RoomState(room, SEATED) for room in rooms), told)


def last_heard(engine: Engine, name: str, ahead: timedelta) -> None:
    with transaction(engine, SystemScope()) as connection:
        heard = {"heard_at": db_now(connection) + ahead}
        connection.execute(update(media_process).where(media_process.c.name == name).values(heard))


def silence(engine: Engine, name: str, seconds: float) -> None:
    last_heard(engine, name, timedelta(seconds=-seconds))


def test_a_process_is_what_it_said_last(places: SqlPlaceBook, rooms: SqlRoomBook, store_engine: Engine) -> None:
    rooms.note(beat("one", 1, seats=2), NOW)
    rooms.note(replace(beat("one", 2, seats=6, draining=True), brief=True), NOW)
    rooms.note(beat("one", 1, seats=9), NOW)
    (found,) = places.nodes()
    assert (found.name, found.signal_url, found.seats, found.core) == ("one", "https://one.example", 6, 0.25)
    assert found.draining and found.silent == 0
    silence(store_engine, "one", 3)
    assert 3 <= places.nodes()[0].silent < 60


def test_one_that_was_started_anew_takes_the_place_of_the_one_before(
    places: SqlPlaceBook, rooms: SqlRoomBook, store_engine: Engine
) -> None:
    rooms.note(beat("one", 900, "first run", draining=True), NOW)
    silence(store_engine, "one", 1)
    SqlRoomBook(store_engine).note(beat("one", 1, "second run"), NOW)
    assert [(found.name, found.draining) for found in places.nodes()] == [("one", False)]


def test_a_brief_heartbeat_empties_no_room_and_the_next_whole_one_does(
    places: SqlPlaceBook, rooms: SqlRoomBook
) -> None:
    rooms.note(beat("one", 1, "", "r"), NOW)
    rooms.note(replace(beat("one", 2), brief=True), NOW)
    assert rooms.occupied("r") == {"seat": True}
    rooms.note(beat("one", 3), NOW)
    assert rooms.occupied("r") == {}


def test_a_process_without_a_name_gets_no_rooms(places: SqlPlaceBook, rooms: SqlRoomBook) -> None:
    rooms.note(Heartbeat("one", 1, ()), NOW)
    assert places.nodes() == []
    assert place_of("r", places).node == "" and places.node_of("r") == ""


def test_rooms_that_are_placed_at_once_are_spread_before_anybody_has_entered(
    places: SqlPlaceBook, rooms: SqlRoomBook
) -> None:
    rooms.note(beat("one"), NOW)
    rooms.note(beat("two"), NOW)
    names = [place_of(f"r{number}", places).node for number in range(20)]
    assert sorted(names.count(name) for name in ("one", "two")) == [10, 10]
    assert [place_of(f"r{number}", places).node for number in range(20)] == names


def test_rooms_that_are_asked_for_in_the_same_moment_are_spread_too(places: SqlPlaceBook, rooms: SqlRoomBook) -> None:
    rooms.note(beat("one"), NOW)
    rooms.note(beat("two"), NOW)
    with ThreadPoolExecutor(8) as pool:
        names = list(pool.map(lambda number: place_of(f"r{number}", places).node, range(16)))
    assert sorted(names.count(name) for name in ("one", "two")) == [8, 8]


def test_all_who_ask_at_once_meet_at_one_process(places: SqlPlaceBook, rooms: SqlRoomBook) -> None:
    for name in ("one", "two", "three"):
        rooms.note(beat(name), NOW)
    with ThreadPoolExecutor(4) as pool:
        for number in range(5):
            found = list(pool.map(lambda _: place_of(f"r{number}", places).node, range(4)))  # noqa: B023
            assert len(set(found)) == 1 and found[0] == places.node_of(f"r{number}")


def test_when_a_process_dies_both_sides_meet_at_the_same_other_one(
    places: SqlPlaceBook, rooms: SqlRoomBook, store_engine: Engine
) -> None:
    rooms.note(beat("one"), NOW)
    first = place_of("r", places)
    for name in ("two", "three"):
        rooms.note(beat(name), NOW)
    assert place_of("r", places, lost="one") == first, "it lives: the page's own network broke"
    silence(store_engine, "one", 2)
    assert place_of("r", places) == first, "nobody has lost it"
    moved = place_of("r", places, lost="one")
    assert moved.node in ("two", "three") and moved.signal_url == f"https://{moved.node}.example"
    assert place_of("r", places, lost="one") == place_of("r", places) == moved


def test_without_another_process_the_room_stays(places: SqlPlaceBook, rooms: SqlRoomBook, store_engine: Engine) -> None:
    rooms.note(beat("one"), NOW)
    place_of("r", places)
    silence(store_engine, "one", 30)
    assert place_of("r", places, lost="one").node == "one"
    silence(store_engine, "one", 300)
    assert place_of("r", places, lost="one").node == "one", "its tickets are for it when it comes back"


def test_a_room_in_two_places_is_mended(places: SqlPlaceBook, rooms: SqlRoomBook) -> None:
    for name in ("one", "two"):
        rooms.note(beat(name, 1, "", "r"), NOW)
    assert rooms_to_leave(beat("one", 2, "", "r"), places) == [], "placed nowhere: whoever says so first has it"
    assert rooms_to_leave(beat("two", 2, "", "r", "s"), places) == ["r"]
    assert (places.node_of("r"), places.node_of("s")) == ("one", "two")
    nobody = replace(beat("two", 3), rooms=(RoomState("r", (SeatState("seat", 1, False, False, False),)),))
    assert rooms_to_leave(nobody, places) == ()


def test_what_is_long_over_is_forgotten(places: SqlPlaceBook, rooms: SqlRoomBook, store_engine: Engine) -> None:
    rooms.note(beat("one"), NOW)
    place_of("r", places)
    assert places.forget(datetime.now(UTC) - timedelta(hours=1)) == 0
    assert places.forget(datetime.now(UTC) + timedelta(hours=2)) == 2
    with transaction(store_engine, SystemScope()) as connection:
        assert not connection.execute(select(room_place)).all() and not connection.execute(select(media_process)).all()
