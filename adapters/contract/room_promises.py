"""What every keeper of rooms promises, as plain functions; a broken promise is an ``AssertionError``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol
from uuid import UUID, uuid4

from gateway.domain.call_room import CallRoom, RoomStanding
from gateway.ports.call_rooms import CallRooms


class RoomBench(Protocol):
    """``system`` keeps the rooms; the rest looks into its own store."""

    system: CallRooms

    def rooms(self, key: UUID) -> int:
        """How many rooms of that key stand there, ended ones too."""

    def told(self) -> str:
        """Everything that was ever sent there, as one text."""

    def no_room_is_ready(self) -> None:
        """The next room has to be made first."""

    def until(self, condition: Callable[[], bool]) -> bool: ...


@dataclass(frozen=True, slots=True)
class RoomPromise:
    """``words``: the promise as a Danish vendor reads it."""

    words: str
    keep: Callable[[RoomBench], None]
    wire: bool = True

    @property
    def name(self) -> str:
        return self.keep.__name__

    def exempt(self, bench: RoomBench) -> str:
        return ""

    def other(self, bench: RoomBench) -> None:
        """Nothing is tried in its place."""

    def try_on(self, bench: RoomBench) -> None:
        self.keep(bench)


def now() -> datetime:
    return datetime.now(UTC)


def ready(bench: RoomBench, room: CallRoom) -> CallRoom:
    """Waits for it."""
    last = [room]

    def is_ready() -> bool:
        last[0] = bench.system.look(room.reference)
        return last[0].standing is RoomStanding.READY

    assert room.standing is RoomStanding.READY or bench.until(is_ready), f"never ready: {last[0].standing}"
    return room if room.standing is RoomStanding.READY else last[0]


def gone(bench: RoomBench, room: CallRoom) -> bool:
    """Closes until nothing is left of it, as the gateway does."""
    return bench.until(lambda: bench.system.close(room.reference, now()).standing is RoomStanding.GONE)


def a_room_can_be_entered(bench: RoomBench) -> None:
    room = ready(bench, bench.system.open(uuid4(), now()))
    assert room.reference, "a room is looked for by its reference"
    assert not bench.system.name or room.link, "nobody can get in"


def asking_twice_gives_the_same_room(bench: RoomBench) -> None:
    key = uuid4()
    first, again = ready(bench, bench.system.open(key, now())), ready(bench, bench.system.open(key, now()))
    assert (first.reference, first.link) == (again.reference, again.link), "two sides of one call in two rooms"
    assert bench.rooms(key) == 1, f"asked for twice, and there {bench.rooms(key)} times"


def calls_are_held_apart(bench: RoomBench) -> None:
    one, other = (ready(bench, bench.system.open(uuid4(), now())) for _ in range(2))
    assert one.reference != other.reference, "two calls in one room"
    assert not one.link or one.link != other.link, "two calls behind one link"


def a_room_that_must_be_made_first_is_waited_for(bench: RoomBench) -> None:
    bench.no_room_is_ready()
    room = bench.system.open(uuid4(), now())
    assert room.standing in (RoomStanding.PREPARING, RoomStanding.READY), f"a new room is {room.standing}"
    ready(bench, room)


def a_closed_room_is_gone(bench: RoomBench) -> None:
    """Also where it was closed before it was ready, and where it is closed again."""
    room = ready(bench, bench.system.open(uuid4(), now()))
    assert gone(bench, room), "the call is over, and its room is still there"
    assert bench.system.close(room.reference, now()).standing is RoomStanding.GONE, "gone, and then there again"
    bench.no_room_is_ready()
    assert gone(bench, bench.system.open(uuid4(), now())), "a room that nobody entered is still there"


def looking_changes_nothing(bench: RoomBench) -> None:
    room = ready(bench, bench.system.open(uuid4(), now()))
    seen = {bench.system.look(room.reference).standing for _ in range(3)}
    assert seen == {RoomStanding.READY}, "looked at, and no longer ready"


def nothing_about_a_person_is_told(bench: RoomBench) -> None:
    """Of a call only its key is known there: nobody's name or number has a way in."""
    bench.system.open(uuid4(), now())
    for word in ("cpr", "patient", "Holm", "Testmose", "borger"):
        assert word not in bench.told(), f"«{word}» was sent"


PROMISES: tuple[RoomPromise, ...] = (
    RoomPromise("Man kan gå ind i et rum", a_room_can_be_entered),
    RoomPromise("Spørges der to gange, er det samme rum", asking_twice_gives_the_same_room),
    RoomPromise("To samtaler holdes adskilt", calls_are_held_apart),
    RoomPromise("Et rum, der først skal laves, ventes der på", a_room_that_must_be_made_first_is_waited_for),
    RoomPromise("Et lukket rum er væk", a_closed_room_is_gone),
    RoomPromise("At se efter ændrer intet", looking_changes_nothing),
    RoomPromise("Intet om en person sendes", nothing_about_a_person_is_told),
)
