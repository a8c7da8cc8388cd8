"""Twenty calls spread over two media processes; one of them is killed in mid-call, again and again."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import aiohttp

from bench.figures import Figures, percentile
from bench.rooms.callers import Asked, Holder, Seen, Way
from bench.rooms.house import NAMES, Call, House, opened

ROOMS = 20
WITH_PICTURES = 3
PATIENCE = 60.0
PAUSE = 0.02
Sitting = Seen | Holder


@dataclass
class Crowd:
    """Everybody in the calls, two for each; the first ``WITH_PICTURES`` calls have real pictures."""

    calls: list[Call]
    people: list[Sitting]
    asked: Asked

    @property
    def seen(self) -> list[Seen]:
        return [person for person in self.people if isinstance(person, Seen)]

    def places(self) -> Counter[str]:
        """Rooms at each process; a room whose sides sit in two counts as *split*, one not whole as *apart*."""
        pairs = [(self.people[2 * n].node, self.people[2 * n + 1].node) for n in range(len(self.calls))]
        named = ["apart" if "" in pair else pair[0] if pair[0] == pair[1] else "split" for pair in pairs]
        return Counter(named)


async def seated(calls: list[Call], http: aiohttp.ClientSession, with_pictures: int) -> Crowd:
    """Everybody has sat down, and who has a picture sees the other's."""
    asked, people = Asked(), list[Sitting]()
    for number, call in enumerate(calls):
        for side in call.sides:
            way = Way(side, http, asked)
            people.append(Seen(way) if number < with_pictures else Holder(way))
    crowd = Crowd(calls, people, asked)
    for person in people:
        await person.start()
    await until(lambda: not crowd.places()["apart"] and all(p.frames_received > 5 for p in crowd.seen))
    return crowd


async def until(reached: Callable[[], bool], within: float = PATIENCE) -> float:
    """Seconds until it is so, ``within`` at most."""
    start = time.monotonic()
    for _ in range(int(within / PAUSE)):
        if reached() or time.monotonic() - start >= within:
            break
        await asyncio.sleep(PAUSE)
    return time.monotonic() - start


async def measure(quick: bool, result: Figures) -> None:
    with opened() as house:
        await _measure(house, quick, result)


async def _measure(house: House, quick: bool, result: Figures) -> None:
    calls = [house.call(number) for number in range(ROOMS)]
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as http:
        await until(lambda: len(house.world.gateway.places.nodes()) == len(NAMES))
        crowd = await seated(calls, http, WITH_PICTURES)
        print(f"{ROOMS} calls, {WITH_PICTURES} with pictures: {dict(crowd.places())}")
        result.at_most("rooms_most_at_one", max(crowd.places()[name] for name in NAMES), "rooms", ROOMS * 0.55)
        back = await _killed_again_and_again(house, crowd, 2 if quick else 10)
        await _judge(house, crowd, back, result)
        for person in crowd.people:
            await person.stop()


async def _killed_again_and_again(house: House, crowd: Crowd, times: int) -> list[float]:
    back: list[float] = []
    for number in range(times):
        victim = NAMES[number % len(NAMES)]
        struck = [person for person in crowd.seen if person.node == victim]
        frames = {id(person): person.frames_received for person in struck}
        killed = time.monotonic()
        await asyncio.to_thread(house.processes[victim].kill)
        seen = [asyncio.create_task(_sees_again(person, victim, frames[id(person)], killed)) for person in struck]
        back += [await task for task in seen]
        await until(partial(_whole_without, crowd, victim))
        print(f"{victim} killed: {len(struck)} pictures gone; now {dict(crowd.places())}")
        await asyncio.to_thread(house.processes[victim].start)
        await until(lambda: all(node.silent < 1 for node in house.world.gateway.places.nodes()))
    return back


def _whole_without(crowd: Crowd, victim: str) -> bool:
    places = crowd.places()
    return not places["apart"] and not places[victim]


async def _sees_again(person: Seen, victim: str, frames: int, killed: float) -> float:
    """Frames that were on their way at the kill do not count: the seat must be at another process."""
    await until(lambda: bool(person.node) and person.node != victim and person.state == "connected")
    before = max(frames, person.frames_received)
    await until(lambda: person.frames_received > before)
    return time.monotonic() - killed


async def _judge(house: House, crowd: Crowd, back: list[float], result: Figures) -> None:
    lost = sum(seconds >= PATIENCE for seconds in back)
    kept = sum(house.world.gateway.places.node_of(call.room) != "" for call in crowd.calls)
    print(f"{len(back)} pictures back; {crowd.asked}")
    result.at_least("kill_pictures_measured", len(back), "count", 1)
    result.at_most("kill_pictures_lost", lost, "count", 0)
    result.at_most("kill_picture_back_p50", percentile(back, 0.5), "s", 3)
    result.at_most("kill_picture_back_p99", percentile(back, 0.99), "s", 3)
    result.at_most("kill_rooms_in_two_places", crowd.places()["split"], "rooms", 0)
    result.at_most("kill_rooms_lost", len(crowd.calls) - kept, "rooms", 0)
    result.at_most("kill_logins", crowd.asked.logins + crowd.asked.refused, "count", 0)
