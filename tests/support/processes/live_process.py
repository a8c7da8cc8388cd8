"""The live process as it is run, its application on a thread of the test's own, and a reader of its streams."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from aiohttp import web

from gateway.live.app import create_app
from gateway.settings import Settings
from gateway.wiring import Gateway
from simulators import wire

WITHIN = 60.0  # a condition's longest wait on a busy machine; no claim about speed


@contextmanager
def live_process(settings: Settings, listen: str = "127.0.0.1:0") -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process, and the address it listens on; it is stopped on leaving."""
    values = settings.model_dump(exclude={"former_data_keys"})
    env = os.environ | {f"LAEGEBRO_{name.upper()}": str(value) for name, value in values.items()}
    env["LAEGEBRO_LIVE_LISTEN"] = listen
    process = subprocess.Popen([sys.executable, "-m", "gateway.live"], env=env, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("listening on "), line
        yield process, line.removeprefix("listening on ").strip()
    finally:
        process.terminate()
        process.wait(WITHIN)


@contextmanager
def live_served(settings: Settings, port: int) -> Iterator[None]:
    """The same application over the same socket, where what is tested is the page that listens: a process of its own
    takes longer to start than most of those tests. The process itself is tested in
    tests/integration/processes/test_live.py.
    """
    begun: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()
    with ThreadPoolExecutor(1, "live") as thread:
        served = thread.submit(asyncio.run, _serve(settings, port, begun))
        served.add_done_callback(lambda done: begun.done() or begun.set_exception(done.exception() or SystemExit()))
        loop, stop = begun.result(WITHIN)
        try:
            yield
        finally:
            loop.call_soon_threadsafe(stop.set)
            served.result(WITHIN)


async def _serve(settings: Settings, port: int, begun: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]]) -> None:
    gateway, stop = Gateway(settings), asyncio.Event()
    runner = web.AppRunner(create_app(gateway), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        begun.set_result((asyncio.get_running_loop(), stop))
        await stop.wait()
    finally:
        await runner.cleanup()
        gateway.engine.dispose()


@dataclass
class Reader:
    """Events of one stream, in order; ``heard`` keeps everything that was said."""

    lines: Iterator[str]
    heard: list[str] = field(default_factory=list)

    def next(self, event: str) -> dict[str, Any]:
        named = ""
        for line in self.lines:
            self.heard.append(line)
            if line.startswith("event: "):
                named = line.removeprefix("event: ")
            elif line.startswith("data: ") and named == event:
                document: dict[str, Any] = json.loads(line.removeprefix("data: "))
                return document
        raise AssertionError(f"the stream ended before {event}")

    def until(self, event: str, **wanted: Any) -> dict[str, Any]:
        """The first document with these values."""
        while True:
            document = self.next(event)
            if all(document.get(name) == value for name, value in wanted.items()):
                return document


@contextmanager
def stream(address: str, path: str, cookies: dict[str, str], **headers: str) -> Iterator[tuple[httpx.Response, Reader]]:
    with wire.client(WITHIN) as client:
        client.cookies.update(cookies)
        with client.stream("GET", f"{address}{path}", headers=headers) as answer:
            yield answer, Reader(answer.iter_lines())
