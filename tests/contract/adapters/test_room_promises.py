"""What is promised of rooms, over every keeper of them: our own media, and each adapter found by discovery."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from typing import Any, get_args, get_type_hints
from uuid import UUID, uuid4

import pytest

from adapters import discovery
from adapters.contract import room_promises as promises
from adapters.contract.room_promises import PROMISES, RoomBench
from adapters.discovery import adapter_names
from adapters.video.vdx import Adapter
from gateway.certify.video.vdx import Bench as VdxBench
from gateway.certify.video.vdx import vdx_system
from gateway.cli import document
from gateway.domain.call_room import CallRoom, RoomStanding
from gateway.services.call_rooms.own import OwnRooms
from gateway.store.peers import soundness


class OwnBench:
    """Nobody else keeps anything."""

    system = OwnRooms()

    def rooms(self, key: UUID) -> int:
        return 1

    def told(self) -> str:
        return ""

    def no_room_is_ready(self) -> None:
        """It always is."""

    def until(self, condition: Callable[[], bool]) -> bool:
        return condition()


BENCHES = {"vdx": VdxBench}
NAMES = ["own", *adapter_names("video")]


@pytest.fixture(scope="module")
def vdx() -> Iterator[tuple[str, str]]:
    with vdx_system() as found:
        yield found


@pytest.fixture(scope="module")
def benches(vdx: tuple[str, str]) -> Iterator[dict[str, RoomBench]]:
    """An adapter without a bench cannot pass."""
    with ExitStack() as stack:
        made: dict[str, RoomBench] = {"own": OwnBench()}
        for name in adapter_names("video"):
            bench = BENCHES[name](*vdx)
            stack.callback(bench.close)
            made[name] = bench
        yield made


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.name)
@pytest.mark.parametrize("name", NAMES)
def test_every_keeper_of_rooms_keeps_every_promise(name: str, promise: Any, benches: dict[str, RoomBench]) -> None:
    promise.try_on(benches[name])


class Doubling(Adapter):
    """Every call is another room."""

    def open(self, key: UUID, at: datetime) -> CallRoom:
        return super().open(uuid4(), at)


class Shared(Adapter):
    """One room for everybody."""

    def open(self, key: UUID, at: datetime) -> CallRoom:
        return super().open(UUID(int=77), at)


class Doorless(Adapter):
    def open(self, key: UUID, at: datetime) -> CallRoom:
        return replace(super().open(key, at), link="")


class Hasty(Adapter):
    """Takes the room down while it looks."""

    def look(self, reference: str) -> CallRoom:
        found = super().look(reference)
        super().close(reference, promises.now())
        return found


class Leaving(Adapter):
    """Leaves what it opened."""

    def close(self, reference: str, at: datetime) -> CallRoom:
        return CallRoom(reference, RoomStanding.READY)


class Impatient(Adapter):
    """Takes a room that is being made for one that is not there."""

    def open(self, key: UUID, at: datetime) -> CallRoom:
        found = super().open(key, at)
        return found if found.standing is RoomStanding.READY else replace(found, standing=RoomStanding.GONE)


class Telling(Adapter):
    def _asked(self, meeting: dict[str, Any]) -> Any:
        return super()._asked({**meeting, "description": "borger Karla Testmose"})


CAUGHT = [
    (Doubling, promises.asking_twice_gives_the_same_room),
    (Shared, promises.calls_are_held_apart),
    (Doorless, promises.a_room_can_be_entered),
    (Hasty, promises.looking_changes_nothing),
    (Leaving, promises.a_closed_room_is_gone),
    (Impatient, promises.a_room_that_must_be_made_first_is_waited_for),
    (Telling, promises.nothing_about_a_person_is_told),
]


class _ShortBench(VdxBench):
    def until(self, condition: Callable[[], bool]) -> bool:
        """What is broken will not come: a few looks are enough."""
        return any(condition() for _ in range(4))


@pytest.mark.parametrize(("broken", "promise"), CAUGHT, ids=lambda value: value.__name__)
def test_a_broken_keeper_breaks_its_promise(broken: type[Adapter], promise: Any, vdx: tuple[str, str]) -> None:
    bench = _ShortBench(*vdx, made_as=broken)
    try:
        bench.hand.post("/_sim/reset")
        with pytest.raises(AssertionError):
            promise(bench)
    finally:
        bench.hand.post("/_sim/reset")
        bench.close()


def test_each_promise_has_a_keeper_that_breaks_it() -> None:
    assert {promise.keep for promise in PROMISES} == {promise for _, promise in CAUGHT}


def test_every_kind_of_adapter_can_be_connected() -> None:
    """The kinds of a connections file, of a stored connection and of the adapters' folders are the same."""
    written = get_args(get_type_hints(document.ConnectionTable)["kind"])
    assert set(written) == set(soundness.KINDS) == set(discovery.KINDS)
