"""Rooms that open and close leave nothing behind, while the cyclic collector rests."""

from __future__ import annotations

import asyncio

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
    await people.wait()
    await asyncio.sleep(2)  # what is closed is taken apart a second later
    assert resident(server.pid) - before < MORE * A_ROOM_LEFT_BEHIND / 4
    assert descriptors(server.pid) <= files
    await server.stop()
