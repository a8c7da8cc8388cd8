"""Rooms as the media processes report them: newest wins, the lost and the repeated are ignored."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, update

from gateway.domain.consultation import ringing, talking
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.people import SYSTEM
from gateway.domain.room import Heartbeat, RoomState, SeatState
from gateway.domain.scope import SystemScope
from gateway.store.consultation.store import SqlConsultationStore
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import transaction
from gateway.store.people.rooms import SqlRoomBook
from gateway.store.people.tables_rooms import room_state
from tests.support import consultations as make

NOW = make.NOW


def seat(name: str, *, connected: bool = True, flowing: bool = True) -> SeatState:
    return SeatState(name, 1, connected, flowing, flowing)


def beat(number: int, rooms: dict[str, tuple[SeatState, ...]], process: str = "media-1") -> Heartbeat:
    return Heartbeat(process, number, tuple(RoomState(room, seats) for room, seats in rooms.items()))


@pytest.fixture
def rooms(store_engine: Engine) -> SqlRoomBook:
    return SqlRoomBook(store_engine)


def talk_in(store: SqlConsultationStore, room: str) -> Consultation:
    rung = ringing.accept(make.waiting(), make.NOW, make.DOCTOR, clinician="Lars Læge")
    talk = ringing.start_talk(ringing.answer(rung, make.NOW, make.NURSE), make.NOW, SYSTEM)
    return store.commit(replace(talk, room=room))


@pytest.fixture
def store(store_engine: Engine, vault: Vault) -> SqlConsultationStore:
    return SqlConsultationStore(store_engine, vault)


def test_the_newest_state_counts_and_older_numbers_are_ignored(rooms: SqlRoomBook) -> None:
    assert rooms.note(beat(5, {"r": (seat("a"), seat("b", flowing=False))}), NOW)
    assert rooms.occupied("r") == {"a": True, "b": False}
    assert not rooms.note(beat(5, {"r": ()}), NOW) and not rooms.note(beat(4, {"r": ()}), NOW)
    assert rooms.occupied("r") == {"a": True, "b": False}
    assert rooms.note(beat(9, {"r": (seat("a", connected=False), seat("b"))}), NOW)
    assert rooms.occupied("r") == {"b": True} and rooms.occupied("other") == {}


def test_a_room_the_process_no_longer_names_is_empty(rooms: SqlRoomBook, store: SqlConsultationStore) -> None:
    talk_in(store, "r")
    rooms.note(beat(1, {"r": (seat("a"),), "s": (seat("b"),)}), NOW)
    rooms.note(beat(2, {"s": (seat("b"),)}), NOW + timedelta(minutes=6))
    assert rooms.occupied("r") == {} and rooms.occupied("s") == {"b": True}
    assert rooms.empty_since_before(NOW + timedelta(minutes=1)) == ["r"]


def test_seats_that_move_to_another_process_are_not_lost(rooms: SqlRoomBook, store: SqlConsultationStore) -> None:
    talk_in(store, "r")
    rooms.note(beat(1, {"r": (seat("a"), seat("b"))}), NOW)
    rooms.note(beat(1, {"r": (seat("a"),)}, "media-2"), NOW + timedelta(minutes=4))
    rooms.note(beat(2, {"r": ()}), NOW + timedelta(minutes=4))
    assert rooms.occupied("r") == {"a": True}
    assert rooms.empty_since_before(NOW + timedelta(minutes=3)) == []


def test_old_news_say_nothing_about_who_is_there(rooms: SqlRoomBook, store_engine: Engine) -> None:
    rooms.note(beat(1, {"r": (seat("a"),)}), NOW)
    with transaction(store_engine, SystemScope()) as connection:
        connection.execute(update(room_state).values(heard_at=datetime.now(UTC) - timedelta(seconds=11)))
    assert rooms.occupied("r") == {}


def test_a_room_is_empty_since_somebody_was_last_connected(rooms: SqlRoomBook, store: SqlConsultationStore) -> None:
    talk_in(store, "r")
    rooms.note(beat(1, {"r": (seat("a"),)}), NOW)
    rooms.note(beat(2, {"r": (seat("a", connected=False),)}), NOW + timedelta(minutes=2))
    rooms.note(beat(3, {"r": ()}), NOW + timedelta(minutes=4))
    assert rooms.empty_since_before(NOW - timedelta(seconds=1)) == []
    assert rooms.empty_since_before(NOW) == ["r"]
    rooms.note(beat(4, {"r": (seat("a"),)}), NOW + timedelta(minutes=5))
    assert rooms.empty_since_before(NOW + timedelta(minutes=4)) == []
    assert rooms.forget(NOW + timedelta(minutes=6)) == 1


def test_only_a_talk_is_looked_for_in_empty_rooms(rooms: SqlRoomBook, store: SqlConsultationStore) -> None:
    waits, talk = store.commit(make.waiting()), talk_in(store, "r")
    rooms.note(beat(1, {waits.room: (), talk.room: ()}), NOW)
    assert rooms.empty_since_before(NOW) == ["r"]
    store.commit(talking.hang_up(talk, NOW, make.NURSE))
    assert rooms.empty_since_before(NOW) == []


def test_a_call_that_cannot_be_ended_just_now_is_met_again_later(
    rooms: SqlRoomBook, store: SqlConsultationStore
) -> None:
    for room in ("r", "s"):
        talk_in(store, room)
    rooms.note(beat(1, {"r": (), "s": ()}), NOW)
    rooms.look_later("r", NOW + timedelta(minutes=1))
    assert rooms.empty_since_before(NOW) == ["s"]
    assert rooms.empty_since_before(NOW + timedelta(minutes=1)) == ["s", "r"]


def test_heartbeats_may_be_lost_repeated_and_overtaken(rooms: SqlRoomBook) -> None:
    process = 0

    @given(st.lists(st.integers(1, 20), min_size=1, max_size=12))
    def any_order(numbers: list[int]) -> None:
        nonlocal process
        process += 1
        name, highest = f"media-{process}", 0
        for number in numbers:
            news = rooms.note(beat(number, {name: (seat(f"seat-{number}"),)}, name), NOW)
            assert news is (number > highest)
            highest = max(highest, number)
        assert rooms.occupied(name) == {f"seat-{highest}": True}

    settings(max_examples=15, deadline=None)(any_order)()
