"""Ten calls while media and web processes are restarted one after the other, with requests all along."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from dataclasses import dataclass, field

import aiohttp
import psutil  # type: ignore[import-untyped]  # no stubs of its own

from bench.figures import Figures, percentile
from bench.rooms.house import NAMES, Call, House, opened
from bench.rooms.killing import PATIENCE, Crowd, seated, until
from gateway.domain.consultation.aggregate import Status
from simulators.demo.processes import Process

CALLS = 10
WITH_PICTURES = 2
PAUSE = 0.05


@dataclass
class Steady:
    """Requests for the state of the calls, one after the other, all through the restarts."""

    calls: list[Call]
    http: aiohttp.ClientSession
    seconds: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    async def run(self) -> None:
        while True:
            for call in self.calls:
                await self._ask(call)
                await asyncio.sleep(PAUSE)

    async def _ask(self, call: Call) -> None:
        nurse = call.sides[0]
        name, value = nurse.cookie
        start = time.monotonic()
        try:
            address = nurse.door.removesuffix("ticket") + "state"
            async with self.http.get(address, headers={"Cookie": f"{name}={value}"}) as answer:
                await answer.read()
                if answer.status != 200:
                    self.failed.append(f"status {answer.status}")
        except (aiohttp.ClientError, TimeoutError) as fault:
            self.failed.append(type(fault).__name__)
        self.seconds.append(time.monotonic() - start)


async def measure(_quick: bool, result: Figures) -> None:
    with opened() as house:
        calls = [house.call(number) for number in range(CALLS)]
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as http:
            await until(lambda: len(house.world.gateway.places.nodes()) == len(NAMES))
            crowd, steady = await seated(calls, http, WITH_PICTURES), Steady(calls, http)
            asking = asyncio.create_task(steady.run())
            for name in NAMES:
                await _replaced(house.processes[name])
                await until(lambda: all(node.silent < 1 for node in house.world.gateway.places.nodes()))
                print(f"{name} restarted; now {dict(crowd.places())}")
            await _reloaded(house.processes["web"])
            await until(lambda: crowd.places().total() == sum(crowd.places()[name] for name in NAMES))
            asking.cancel()
            _judge(house, crowd, steady, result)
            for person in crowd.people:
                await person.stop()


async def _replaced(process: Process) -> None:
    """SIGTERM, its own end, and a start, as ``systemctl restart`` does."""
    os.kill(process.pid, signal.SIGTERM)
    await until(lambda: not process.alive)
    await asyncio.to_thread(process.start)


async def _reloaded(web: Process) -> None:
    """SIGHUP: gunicorn begins new workers, and the former ones finish what they have begun."""
    former = {child.pid for child in psutil.Process(web.pid).children()}
    os.kill(web.pid, signal.SIGHUP)
    await until(lambda: not former & {child.pid for child in psutil.Process(web.pid).children()})
    await asyncio.sleep(1)
    print("web reloaded")


def _judge(house: House, crowd: Crowd, steady: Steady, result: Figures) -> None:
    places, store = crowd.places(), house.world.gateway.store
    ended = [
        call for call in crowd.calls if store.load_by_room(call.room).status not in (Status.CALLING, Status.IN_CALL)
    ]
    print(f"{len(steady.seconds)} requests, {crowd.asked}, failed: {steady.failed[:5]}; {dict(places)}")
    result.at_least("rolling_requests", len(steady.seconds), "count", 100)
    result.at_most("rolling_requests_failed", len(steady.failed) + crowd.asked.failed + crowd.asked.refused, "count", 0)
    result.at_most("rolling_request_p99", percentile(steady.seconds, 0.99), "s", PATIENCE / 30)
    result.at_most("rolling_calls_ended", len(ended), "calls", 0)
    result.at_most("rolling_calls_not_whole", places["apart"] + places["split"], "calls", 0)
