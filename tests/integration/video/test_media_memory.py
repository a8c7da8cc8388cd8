"""Rooms that open and close leave nothing behind, while the cyclic collector rests."""

from __future__ import annotations

import asyncio
import json
import os
import signal

import pytest

from bench.media.calls import Server
from bench.media.churn import descriptors, resident, start

pytestmark = [pytest.mark.timeout(300), pytest.mark.timeless("memory and descriptors")]
WARM, MORE = 15, 30
A_ROOM_LEFT_BEHIND = 1.0  # MiB; one that stayed whole took 1.7


async def test_rooms_that_close_free_their_memory_and_descriptors() -> None:
    server = Server()
    await server.start()
    order = {"url": f"http://127.0.0.1:{server.port}/signal", "secret": server.secret}
    people = await start(order | {"cycles": WARM + MORE, "every": 0.0})
    assert people.stdout is not None
    for _ in range(WARM):
        assert await people.stdout.readline()
    before, files = resident(server.pid), descriptors(server.pid)
    for _ in range(MORE):
        assert await people.stdout.readline()
    assert await people.wait() == 0
    await asyncio.sleep(2)  # what is closed is taken apart a second later
    assert resident(server.pid) - before < MORE * A_ROOM_LEFT_BEHIND / 4
    assert descriptors(server.pid) <= files
    await server.stop()


async def test_nothing_of_a_closed_call_refers_to_itself() -> None:
    """Circles stay until the collector looks at everything, which it does not while people talk (``video.upkeep``)."""
    rooms = 8
    server = Server(module="tests.support.processes.media_circles")
    await server.start()
    order = {"url": f"http://127.0.0.1:{server.port}/signal", "secret": server.secret}
    people = await start(order | {"cycles": rooms, "every": 0.0})
    assert people.stdout is not None
    while await people.stdout.readline():
        pass
    assert await people.wait() == 0
    await asyncio.sleep(5)  # what is closed is taken apart a second later, and the last timers have fired
    assert server.process is not None and server.process.stdout is not None
    os.kill(server.pid, signal.SIGUSR2)
    left = json.loads(await server.process.stdout.readline())
    await server.stop()
    ours = {
        name: count for name, count in left.items() if name.startswith(("video.", "aiohttp.", "aiortc.", "aioice."))
    }
    assert {name for name, count in ours.items() if count >= rooms} == set(), left
