"""What one forwarded packet costs our process and Janus (Debian's package) in the same run, and what 40 rooms bear."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp
from aioice import ice

from bench.figures import Figures
from bench.media.calls import FIRST, PATIENCE, ROOT, Server

SERVER_CORE, LOAD_CORE = 0, 1
JANUS: Final = "/usr/bin/janus"
_JANUS_SETTINGS: Final = """general: {{
  configs_folder = "{folder}"
  plugins_folder = "{libraries}/plugins"
  transports_folder = "{libraries}/transports"
  debug_level = 2
  server_name = "bench"
}}
nat: {{ ice_enforce_list = "{address}" }}
media: {{ rtp_port_range = "20000-40000" }}
plugins: {{ disable = "{others}" }}
transports: {{ disable = "{transports}" }}
"""


def address() -> str:
    found = ice.get_host_addresses(use_ipv4=True, use_ipv6=False)
    return found[0] if found else "127.0.0.1"


def _write_janus_settings(folder: Path, port: int) -> None:
    (libraries,) = Path("/usr/lib").glob("*/janus")
    settings = _JANUS_SETTINGS.format(
        folder=folder,
        libraries=libraries,
        address=address(),
        others=_all_but("videocall", libraries / "plugins"),
        transports=_all_but("http", libraries / "transports"),
    )
    (folder / "janus.jcfg").write_text(settings)
    http = f'general: {{ http = true\n port = {port}\n ip = "127.0.0.1" }}\n'
    (folder / "janus.transport.http.jcfg").write_text(http)


def _all_but(name: str, folder: Path) -> str:
    return ",".join(p.name for p in folder.glob("*.so") if name not in p.name)


@asynccontextmanager
async def janus() -> AsyncIterator[tuple[int, str]]:
    """(pid, URL) of a Janus of our own, pinned as our process is."""
    port = _free_tcp_port()
    with tempfile.TemporaryDirectory() as folder:
        _write_janus_settings(Path(folder), port)
        process = await asyncio.create_subprocess_exec(
            *(*FIRST, "taskset", "-c", str(SERVER_CORE), JANUS, "-F", folder),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            await _answers(f"http://127.0.0.1:{port}/janus/info")
            yield process.pid, f"http://127.0.0.1:{port}/janus"
        finally:
            process.kill()
            await process.wait()


def _free_tcp_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _answers(url: str) -> None:
    async with aiohttp.ClientSession() as session:
        for _ in range(int(PATIENCE * 10)):
            try:
                async with session.get(url):
                    return
            except aiohttp.ClientError:
                await asyncio.sleep(0.1)
    raise SystemExit("janus does not answer")


async def load(order: dict[str, Any]) -> dict[str, float]:
    """Run the load of one order in a process of its own on the other core."""
    process = await asyncio.create_subprocess_exec(
        *(*FIRST, "taskset", "-c", str(LOAD_CORE), sys.executable, "-m", "bench.media.load", json.dumps(order)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    if process.returncode:
        raise SystemExit(f"load ended with {process.returncode}")
    return dict(json.loads(out))


async def ours(rooms: int, seconds: float, **environment: str) -> dict[str, float]:
    server = Server(core=SERVER_CORE, environment={"LAEGEBRO_MEDIA_ADDRESSES": address(), **environment})
    await server.start()
    try:
        order = {"target": "ours", "url": f"http://127.0.0.1:{server.port}/signal", "secret": server.secret}
        return await load(order | {"pid": server.pid, "rooms": rooms, "seconds": seconds, "warm": 3})
    finally:
        await server.stop()


async def theirs(rooms: int, seconds: float) -> dict[str, float]:
    async with janus() as (pid, url):
        order = {"target": "janus", "url": url, "pid": pid, "rooms": rooms, "seconds": seconds, "warm": 3}
        return await load(order)


async def measure(quick: bool, result: Figures) -> None:
    rooms, seconds, rounds, many = (5, 5.0, 1, 0) if quick else (20, 5.0, 7, 40)
    if len(os.sched_getaffinity(0)) < 2:
        print("one core only: server and load share it")
    print(f"load of the machine before: {os.getloadavg()[0]:.1f}")
    if shutil.which(JANUS) is None:
        print("janus is not installed: no ratio")
        own = [await ours(rooms, seconds) for _ in range(rounds)]
    else:
        own, others = await _in_turns(rooms, seconds, rounds)
        ratios = [one["microseconds"] / other["microseconds"] for one, other in zip(own, others, strict=True)]
        print(f"ours to Janus in {rounds} rounds: {min(ratios):.2f} to {max(ratios):.2f}")
        result.at_most("forwarding_to_janus", statistics.median(ratios), "ratio", 0.6)
    result.at_least("forwarding_delivered", min(each["delivered"] for each in own), "ratio", 0.97 if quick else 0.999)
    if many:
        crowd = await ours(many, 15.0)
        show(f"ours, {many} rooms", crowd)
        result.at_least("crowd_delivered", crowd["delivered"], "ratio", 0.999)
        result.at_most("crowd_latency_p99", crowd["p99"], "ms", 6)


async def _in_turns(rooms: int, seconds: float, rounds: int) -> tuple[list[dict[str, float]], list[dict[str, float]]]:
    """(ours, Janus) of each round: one right after the other, so that what else the machine does strikes both, and
    either as often first."""
    seen: dict[str, list[dict[str, float]]] = {"ours": [], "Janus": []}
    turns = [("ours", ours), ("Janus", theirs)]
    for _ in range(rounds):
        for name, run in turns:
            seen[name].append(await run(rooms, seconds))
            show(f"{name}, {rooms} rooms", seen[name][-1])
        turns.reverse()
    return seen["ours"], seen["Janus"]


def show(name: str, seen: dict[str, float]) -> None:
    print(
        f"{name:18}: {seen['microseconds']:5.1f} µs a packet, {100 * seen['core']:3.0f} % of a core,"
        f" {seen['per_second']:.0f} packets/s, {100 * seen['delivered']:.2f} % delivered,"
        f" p50 {seen['p50']:.1f} p99 {seen['p99']:.1f} p99.9 {seen['p999']:.1f} ms,"
        f" load {100 * seen['load_core']:.0f} % of a core, {seen['bad']:.0f} unreadable",
        flush=True,
    )
