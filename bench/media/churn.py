"""Rooms that open and close without end beside rooms that live: memory, descriptors and pauses of one process.

As a program of its own it is the people who come and go:  python -m bench.media.churn '{"url": …}'
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import time
import traceback
from pathlib import Path
from typing import Any

import aiohttp

from bench.figures import Figures
from bench.media.calls import ROOT, Server
from bench.media.forwarding import SERVER_CORE, address, load, show
from bench.media.joining import join_ours


def resident(pid: int) -> float:
    """MiB of memory in use."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise SystemExit("the process is gone")


def descriptors(pid: int) -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


async def come_and_go(order: dict[str, Any]) -> None:
    """Open a room of two and close it, ``cycles`` times, at most one per ``every`` seconds; prints the count."""
    async with aiohttp.ClientSession() as session:
        for cycle in range(order["cycles"]):
            began = time.monotonic()
            pcs, sockets = await join_ours(session, order, f"churn-{cycle}")
            for socket in sockets:
                await socket.send_json({"type": "leave"})
            for pc in pcs:
                await pc.close()
            for socket in sockets:
                await socket.close()
            print(cycle + 1, flush=True)
            if cycle % 20 == 0:
                gc.collect()
            await asyncio.sleep(max(0.0, began + order["every"] - time.monotonic()))


async def start(order: dict[str, Any]) -> asyncio.subprocess.Process:
    """People who come and go, as a process of their own; one line of output per room that is closed again."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.media.churn", json.dumps(order)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )


async def _grows(server: Server, order: dict[str, Any], warm: int) -> tuple[list[float], list[int]]:
    """Memory and descriptors after each room that closed, the first ``warm`` left out."""
    process = await start(order)
    assert process.stdout is not None
    memory, files = [], []
    while line := await process.stdout.readline():
        if int(line) > warm:
            memory.append(resident(server.pid))
            files.append(descriptors(server.pid))
    await process.wait()
    return memory, files


async def measure(quick: bool, result: Figures, cycles: int = 600, rooms: int = 30) -> None:
    """``cycles`` rooms opened and closed as fast as it goes, then one a second beside live ``rooms``."""
    if quick:
        cycles, rooms = 40, 4
    server = Server(core=SERVER_CORE, environment={"LAEGEBRO_MEDIA_ADDRESSES": address()})
    await server.start()
    try:
        order = {"url": f"http://127.0.0.1:{server.port}/signal", "secret": server.secret, "every": 0.0}
        memory, files = await _grows(server, order | {"cycles": cycles}, warm=cycles // 4)
        print(f"memory {memory[0]:.1f} … {memory[-1]:.1f} MiB over {len(memory)} rooms, {files[-1]} descriptors")
        result.at_most("churn_growth_per_1000_rooms", 1000 * (memory[-1] - memory[0]) / len(memory), "MiB", 4)
        result.at_most("churn_descriptors_more", files[-1] - min(files), "count", 4)
        await _beside_live_rooms(server, order, rooms, 10.0 if quick else 60.0, result)
    finally:
        await server.stop()


async def _beside_live_rooms(
    server: Server, order: dict[str, Any], rooms: int, seconds: float, result: Figures
) -> None:
    before = resident(server.pid)
    loading = order | {"target": "ours", "pid": server.pid, "rooms": rooms, "seconds": seconds, "warm": 3}
    guests = await start(order | {"cycles": 10_000, "every": 1.0})
    try:
        seen = await load(loading)
    finally:
        guests.kill()
        await guests.wait()
    show(f"{rooms} rooms, churn", seen)
    after = resident(server.pid)
    result.at_most("memory_per_room", (after - before) / rooms, "MiB", 2)
    result.at_most("churn_latency_p999", seen["p999"], "ms", 5)
    result.at_least("churn_delivered", seen["delivered"], "ratio", 0.999)


async def soak(minutes: float, result: Figures, rooms: int = 10) -> None:
    """Live rooms and rooms that come and go for so long; what the process holds, once a minute."""
    server = Server(core=SERVER_CORE, environment={"LAEGEBRO_MEDIA_ADDRESSES": address()})
    await server.start()
    order = {"url": f"http://127.0.0.1:{server.port}/signal", "secret": server.secret}
    loading = order | {"target": "ours", "pid": server.pid, "rooms": rooms, "seconds": 60 * minutes, "warm": 3}
    guests = await start(order | {"cycles": 10_000_000, "every": 2.0})
    live = asyncio.create_task(load(loading))
    memory, files = [], []
    try:
        while not live.done():
            await asyncio.wait({live}, timeout=min(60.0, 10 * minutes))
            memory.append(resident(server.pid))
            files.append(descriptors(server.pid))
            print(f"{len(memory):4d}: {memory[-1]:.1f} MiB, {files[-1]} descriptors", flush=True)
        show(f"{rooms} rooms, soak", seen := await live)
    finally:
        guests.kill()
        await guests.wait()
        await server.stop()
    settled = memory[len(memory) // 4 :]  # rings fill in the first minutes
    result.at_most("soak_memory_more", settled[-2 if len(settled) > 1 else -1] - settled[0], "MiB", 8)
    result.at_most("soak_descriptors_more", max(files[len(files) // 4 :]) - files[len(files) // 4], "count", 4)
    result.at_least("soak_delivered", seen["delivered"], "ratio", 0.999)
    result.at_most("soak_latency_p99", seen["p99"], "ms", 6)


def main() -> None:
    """Ends at the first failure, with no wait for the decoders of connections that are still open."""
    try:
        asyncio.run(come_and_go(json.loads(sys.argv[1])))
    except Exception:
        traceback.print_exc()
        os._exit(1)


if __name__ == "__main__":
    main()
