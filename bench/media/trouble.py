"""What a live call bears: a flood of hostile datagrams, and its media process killed again and again."""

from __future__ import annotations

import asyncio
import random
import socket
import time
from collections.abc import Awaitable, Callable

from bench.figures import Figures, percentile
from bench.media.calls import FIRST, PATIENCE, Server
from bench.media.churn import resident
from bench.media.fuzz import seeds, spoil
from simulators.participant import ScriptedParticipant

_LOOK_EVERY = 0.02


def _people(server: Server) -> list[ScriptedParticipant]:
    def tickets(seat: str) -> Callable[[], Awaitable[str]]:
        async def fetch() -> str:
            return server.ticket("room", seat)

        return fetch

    return [ScriptedParticipant(f"http://127.0.0.1:{server.port}/signal", tickets(seat)) for seat in ("clinic", "home")]


async def _grown(people: list[ScriptedParticipant], counter: str, by: int = 1) -> float:
    """Seconds until the counter of each has grown; at most ``PATIENCE``."""
    before = [getattr(person, counter) for person in people]
    start = time.monotonic()
    for _ in range(int(PATIENCE / _LOOK_EVERY)):
        if all(getattr(p, counter) >= n + by for p, n in zip(people, before, strict=True)):
            break
        await asyncio.sleep(_LOOK_EVERY)
    return time.monotonic() - start


async def _call(server: Server) -> list[ScriptedParticipant]:
    people = _people(server)
    for person in people:
        await person.start()
    await _grown(people, "frames_received", 20)
    return people


async def _frames_per_second(people: list[ScriptedParticipant], seconds: float) -> float:
    before, start = sum(p.frames_received for p in people), time.monotonic()
    await asyncio.sleep(seconds)
    return (sum(p.frames_received for p in people) - before) / (time.monotonic() - start)


async def flood(quick: bool, result: Figures) -> None:
    """Hostile datagrams from a stranger's address into the media port of a live call."""
    count = 50_000 if quick else 1_000_000
    server = Server()
    await server.start()
    people = await _call(server)
    good = await _frames_per_second(people, 5)
    memory, start = resident(server.pid), time.monotonic()
    sending = asyncio.get_running_loop().run_in_executor(None, _send_hostile, server.udp_port, count)
    before, began = sum(p.frames_received for p in people), time.monotonic()
    await sending
    frames = (sum(p.frames_received for p in people) - before) / (time.monotonic() - began)
    print(f"{count} hostile datagrams in {time.monotonic() - start:.0f} s: {frames:.1f} frames/s, {good:.1f} before")
    result.at_least("flood_frames", frames / good, "ratio", 0.95)
    result.at_most("flood_memory_more", resident(server.pid) - memory, "MiB", 5)
    result.at_most("flood_joins_again", sum(p.joins for p in people) - len(people), "count", 0)
    for person in people:
        await person.stop()
    await server.stop()


def _send_hostile(port: int, count: int) -> None:
    rng = random.Random(4)
    originals = seeds()
    hostile = [spoil(rng.choice(originals), rng) for _ in range(5000)] + [b"", rng.randbytes(1500)]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for number in range(count):
            stranger.sendto(hostile[number % len(hostile)], ("127.0.0.1", port))
            if number % 200 == 199:
                time.sleep(0.002)  # about 50,000 a second


async def kills(quick: bool, result: Figures) -> None:
    """SIGKILL of the media process that a keeper replaces on the same port; people come back by themselves."""
    times = 3 if quick else 50
    server = Server(kept=True)
    await server.start()
    people = await _call(server)
    back, starts, lost = [], [], 0
    for _ in range(times):
        killed = time.monotonic()
        await server.kill()
        again = asyncio.create_task(_grown(people, "joins"))
        await server.listens()
        starts.append(time.monotonic() - killed)
        await again
        await _grown(people, "frames_received")
        back.append(time.monotonic() - killed)
        lost += back[-1] >= PATIENCE
        await asyncio.sleep(1)
    print(f"{times} kills: process up after {percentile(starts, 0.5):.2f} s; first: {' '.join(FIRST) or 'as it comes'}")
    result.at_most("kill_calls_lost", lost, "count", 0)
    result.at_most("kill_picture_back_p50", percentile(back, 0.5), "s", 1.5)
    result.at_most("kill_picture_back_p99", percentile(back, 0.99), "s", 1.5)
    for person in people:
        await person.stop()
    await server.stop()
