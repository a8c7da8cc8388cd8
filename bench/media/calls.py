"""Real calls for the measurements: a media process behind a bad line, and Chromium pages that talk through it."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from joserfc import jwt
from joserfc.jwk import OctKey
from playwright.async_api import Browser, Page, async_playwright

from gateway.domain.room import JoinTicket

ROOT: Final = Path(__file__).resolve().parents[2]
PATIENCE: Final = 60.0
# As root, server, line and load run before whatever else this machine does, so that it does not look like a queue.
FIRST: Final = ("chrt", "-r", "1") if os.geteuid() == 0 else ()
ARGUMENTS: Final = (
    *("--no-sandbox", "--use-fake-ui-for-media-stream", "--disable-quic", "--no-first-run"),
    *("--use-fake-device-for-media-stream", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--disable-renderer-backgrounding", "--disable-backgrounding-occluded-windows"),
)


def _only_child(pid: int) -> int:
    (child,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(child)


def free_port(kind: int = socket.SOCK_DGRAM) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """One media process with a local address for each of ``lines``, told that it stands behind those ports."""

    lines: tuple[int, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    secret: str = field(default_factory=lambda: secrets.token_hex(20))
    udp_port: int = field(default_factory=free_port)
    port: int = 0
    process: asyncio.subprocess.Process | None = None
    core: int | None = None
    kept: bool = False  # by ``video.keeper``, which replaces it when it dies
    module: str = "video"

    async def start(self) -> None:
        self.port = self.port or (free_port(socket.SOCK_STREAM) if self.kept else 0)  # its successor's as well
        environment = {k: v for k, v in os.environ.items() if not k.startswith("LAEGEBRO_MEDIA_")}
        environment |= {
            "LAEGEBRO_MEDIA_TICKET_SECRET": self.secret,
            "LAEGEBRO_MEDIA_PORT": str(self.port),
            "LAEGEBRO_MEDIA_ADDRESSES": ",".join(self.addresses()),
            "LAEGEBRO_MEDIA_UDP_PORT": str(self.udp_port),
            "LAEGEBRO_MEDIA_LOG_LEVEL": "WARNING",
        }
        if self.lines:
            told = zip(self.addresses(), self.lines, strict=True)
            environment["LAEGEBRO_MEDIA_ANNOUNCED"] = ",".join(f"{own}=127.0.0.1:{port}" for own, port in told)
        pinned = (*FIRST, "taskset", "-c", str(self.core)) if self.core is not None else FIRST
        self.process = await asyncio.create_subprocess_exec(
            *(*pinned, sys.executable, "-m", "video.keeper" if self.kept else self.module),
            cwd=ROOT,
            env=environment | self.environment,
            stdout=asyncio.subprocess.PIPE,
        )
        await self.listens()

    async def listens(self) -> None:
        """Wait until a media process says where it listens."""
        assert self.process is not None
        assert self.process.stdout is not None
        line = (await asyncio.wait_for(self.process.stdout.readline(), PATIENCE)).decode()
        self.port = int(line.strip().rsplit(":", 1)[1])

    def addresses(self) -> list[str]:
        return [f"127.0.0.{place + 1}" for place in range(max(1, len(self.lines)))]

    @property
    def pid(self) -> int:
        """Of the media process itself."""
        assert self.process is not None
        return _only_child(self.process.pid) if self.kept else self.process.pid

    async def kill(self) -> None:
        assert self.process is not None
        os.kill(self.pid, signal.SIGKILL)
        if not self.kept:
            await self.process.wait()

    async def stop(self) -> None:
        assert self.process is not None
        with suppress(ProcessLookupError):
            self.process.terminate()
        await self.process.wait()

    def ticket(self, room: str, seat: str, role: str = "guest", generation: int = 1) -> str:
        ticket = JoinTicket(room, seat, generation, role, int(time.time()) + 60)
        claims = ticket.claims() | {"jti": secrets.token_hex(8)}
        return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(self.secret))


@dataclass
class Line:
    """A relay process with conditions that can be changed while it runs."""

    port: int
    process: asyncio.subprocess.Process

    async def set(self, up: dict[str, float], down: dict[str, float]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"up": up, "down": down}).encode() + b"\n")
        await self.process.stdin.drain()

    async def both(self, **conditions: float) -> None:
        await self.set(conditions, conditions)


@asynccontextmanager
async def line_to(target: tuple[str, int], port: int) -> AsyncIterator[Line]:
    process = await asyncio.create_subprocess_exec(
        *(*FIRST, sys.executable, "-m", "simulators.line", str(port), target[0], str(target[1])),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    await asyncio.wait_for(process.stdout.readline(), PATIENCE)
    try:
        yield Line(port, process)
    finally:
        process.kill()
        await process.wait()


@asynccontextmanager
async def server_behind_lines(count: int, **environment: str) -> AsyncIterator[tuple[Server, list[Line]]]:
    """A media process whose media passes one of ``count`` lines in both directions; signalling does not."""
    server = Server(lines=tuple(free_port() for _ in range(count)), environment=environment)
    async with AsyncExitStack() as stack:
        await server.start()
        stack.push_async_callback(server.stop)
        ends = zip(server.addresses(), server.lines, strict=True)
        lines = [await stack.enter_async_context(line_to((own, server.udp_port), port)) for own, port in ends]
        yield server, lines


@asynccontextmanager
async def chromium(*more: str) -> AsyncIterator[tuple[Browser, str]]:
    """A browser, and the address of a site that serves the page of this folder."""
    app = web.Application()
    page = (Path(__file__).parent / "page.html").read_text()

    async def show(_request: web.Request) -> web.Response:
        return web.Response(text=page, content_type="text/html")

    app.router.add_get("/", show)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "localhost", 0).start()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=[*ARGUMENTS, *more])
        yield browser, f"http://localhost:{runner.addresses[0][1]}"
        await browser.close()
    await runner.cleanup()


async def open_page(browser: Browser, address: str) -> Page:
    page = await browser.new_page()
    page.on("pageerror", lambda error: print("page error:", error))
    await page.goto(address)
    await page.wait_for_function("window.ready")
    return page


async def join(
    page: Page, server: Server, seat: str, room: str = "room", size: tuple[int, int] = (1280, 720), **more: Any
) -> None:
    """Take a seat and wait until media may flow."""
    arguments = {
        "url": f"ws://localhost:{server.port}/signal",
        "ticket": server.ticket(room, seat, more.pop("role", "guest")),
        **{"width": size[0], "height": size[1], "rate": more.pop("rate", 25)},
        **more,
    }
    await page.evaluate("(a) => begin(a)", arguments)
    await page.wait_for_function("call.state === 'connected'", timeout=PATIENCE * 1000)


async def figures(page: Page) -> dict[str, Any]:
    return dict(await page.evaluate("figures()"))
