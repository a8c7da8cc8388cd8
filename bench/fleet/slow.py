"""A thousand clients who never come to an end, at the shipped nginx in front of two web processes on PostgreSQL.

    python -m bench.fleet.slow [--quick]

A third sends a header byte by byte, a third a body, a third reads its answer byte by byte; whoever is dropped comes
again at once. Beside them twenty people ask for a page that reads the database, twice a second each. Printed is how
long they wait without and with the thousand, and how many of these were dropped.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import socket
import ssl
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import httpx

from bench.figures import Figures, percentile
from bench.fleet.house import Fleet, opened
from bench.pages.browser import allow_many_files
from gateway.web.app import STATIC
from gateway.web.build import build
from tests.support.processes.several import HOST

SLOW, GOOD, RATE = 1000, 20, 2.0
PAUSE = 2.0  # seconds between two bytes
LIMIT_MS = 300
READY = 120.0
HEAD = f"POST /api/v1/consultations HTTP/1.1\r\nHost: {HOST}\r\n".encode()
PARTS = (HEAD + b"X-Slow: ", HEAD + b"Content-Type: application/json\r\nContent-Length: 900000\r\n\r\n{", b"")
# The largest file that is served, twenty times on one line: more than the buffers on the way hold.
READING = f"GET {STATIC}{build()}/fonts/inter-latin-ext.woff2 HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode() * 20


@dataclass
class Crowd:
    """``SLOW`` of them, each with a line of its own."""

    port: int
    trust: ssl.SSLContext
    open: int = 0
    dropped: int = 0
    full: asyncio.Event = field(default_factory=asyncio.Event)
    tasks: list[asyncio.Task[NoReturn]] = field(default_factory=list)

    @asynccontextmanager
    async def here(self) -> AsyncIterator[None]:
        """All are connected when the block begins, and gone when it ends."""
        self.tasks = [asyncio.create_task(self._comes_again(number)) for number in range(SLOW)]
        try:
            await asyncio.wait_for(self.full.wait(), READY)
            yield
        finally:
            for task in self.tasks:
                task.cancel()
            await asyncio.gather(*self.tasks, return_exceptions=True)

    async def _comes_again(self, number: int) -> NoReturn:
        while True:
            with suppress(OSError, ssl.SSLError):
                await self._one(number)
            await asyncio.sleep(0.1)

    async def _one(self, number: int) -> None:
        reader, writer = await asyncio.open_connection(
            sock=await _line(self.port), ssl=self.trust, server_hostname=HOST, limit=1
        )
        self.open += 1
        if self.open > SLOW * 0.95:
            self.full.set()
        try:
            await self._dawdle(number, reader, writer)
            self.dropped += 1
        except OSError:
            self.dropped += 1
            raise
        finally:
            self.open -= 1
            writer.transport.abort()

    async def _dawdle(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Until the server has answered 408 or 400, or closed the line."""
        part = PARTS[number % 3]
        writer.write(part or READING)
        while part:
            with suppress(TimeoutError):
                await asyncio.wait_for(reader.read(1), PAUSE)
                return
            writer.write(b"x")
        while await reader.read(1):  # noqa: ASYNC110 - it is slow on purpose
            await asyncio.sleep(PAUSE)


async def _line(port: int) -> socket.socket:
    """With the smallest buffer the system gives, so that an answer stands on the way."""
    line = socket.socket()
    line.setblocking(False)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    await asyncio.get_running_loop().sock_connect(line, ("127.0.0.1", port))
    return line


def _trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


@dataclass
class People:
    """``GOOD`` of them, each on a line that stays open; ``waits`` in milliseconds."""

    port: int
    waits: list[float] = field(default_factory=list)
    failed: int = 0

    async def work(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        await asyncio.gather(*(self._one(number / GOOD / RATE, until) for number in range(GOOD)))

    async def _one(self, begins: float, until: float) -> None:
        await asyncio.sleep(begins)
        async with httpx.AsyncClient(verify=False, timeout=30) as client:  #
            while time.monotonic() < until:
                began = time.monotonic()
                await self._ask(client)
                self.waits.append((time.monotonic() - began) * 1000)
                await asyncio.sleep(max(0.0, 1 / RATE - (time.monotonic() - began)))

    async def _ask(self, client: httpx.AsyncClient) -> None:
        address = f"https://127.0.0.1:{self.port}/login"
        try:
            answer = await client.get(address, headers={"Host": HOST}, extensions={"sni_hostname": HOST})
            self.failed += answer.status_code != 200
        except httpx.HTTPError:
            self.failed += 1


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fifteen seconds each instead of sixty")
    parser.add_argument("--people", type=int, metavar="PORT", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    seconds = 15.0 if asked.quick else 60.0
    if asked.people:
        return _as_people(asked.people, seconds)
    figures = Figures()
    allow_many_files()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that every process is ended with this one
    with tempfile.TemporaryDirectory(prefix="laegebro-slow-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL runs as another user
        with opened(folder, 1) as grounds:
            assert isinstance(grounds.stack, Fleet)
            asyncio.run(_measured(grounds.stack.https, asked.quick, figures))
    return figures.exit_code()


def _as_people(port: int, seconds: float) -> int:
    """In a process of its own, so that the thousand do not hold up whoever measures."""
    people = People(port)
    asyncio.run(people.work(seconds))
    print(json.dumps({"waits": people.waits, "failed": people.failed}))
    return 0


async def _people(port: int, quick: bool) -> People:
    command = [sys.executable, "-m", "bench.fleet.slow", "--people", str(port), *(["--quick"] if quick else [])]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    return People(port, **json.loads(out))


async def _measured(port: int, quick: bool, figures: Figures) -> None:
    await _people(port, True)  # the first pages are compiled, the first lines opened
    alone, crowd = await _people(port, quick), Crowd(port, _trusting())
    async with crowd.here():
        beside = await _people(port, quick)
        still = crowd.open
    for name, people in (("alone", alone), ("beside", beside)):
        print(f"{name}: {len(people.waits)} asked, p50 {percentile(people.waits, 0.5):.0f} ms")
    print(f"{still} slow ones at the end, {crowd.dropped} dropped until then")
    figures.at_least("slow_clients_there", still, "clients", SLOW * 0.9)
    figures.at_least("slow_clients_dropped", crowd.dropped, "clients", SLOW / 3)
    figures.at_most("good_failed", alone.failed + beside.failed, "requests", 0)
    figures.at_most("good_p99_alone", percentile(alone.waits, 0.99), "ms", LIMIT_MS)
    figures.at_most("good_p99_beside", percentile(beside.waits, 0.99), "ms", LIMIT_MS)


if __name__ == "__main__":
    sys.exit(main())
