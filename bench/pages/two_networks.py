"""A network namespace with two ways to this machine, as a laptop has that is docked and knows a wireless network too.

Addresses of RFC 2544's block for benchmarks: the machine is 198.18.0.1, the namespace 198.18.1.2 and 198.18.2.2. Needs
root and iproute2.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Final, Self

HERE: Final = "198.18.0.1"
_PREFERRED: Final = (100, 200)  # metrics: traffic goes by the first way while there is one


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


class TwoNetworks:
    """``close(0)`` and ``open(0)`` act on the first way, 1 on the second; both are open at first."""

    def __init__(self) -> None:
        self._space = f"laegebro-{os.getpid()}"
        self._folder = TemporaryDirectory(prefix="laegebro-")
        self._ends: list[Callable[[], object]] = [self._folder.cleanup]

    def __enter__(self) -> Self:
        try:
            self._make()
        except BaseException:
            self._undo()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self._undo()

    def program(self, path: Path) -> Path:
        """A program that runs the one at ``path`` within the namespace."""
        made = Path(self._folder.name) / path.name
        made.write_text(f'#!/bin/sh\nexec ip netns exec {self._space} {path} "$@"\n', encoding="ascii")
        made.chmod(0o755)
        return made

    def close(self, way: int) -> None:
        self._within("link", "set", _inner(way), "down")

    def open(self, way: int) -> None:
        self._within("link", "set", _inner(way), "up")
        metric = str(_PREFERRED[way])
        self._within("route", "add", "default", "via", f"198.18.{way + 1}.1", "dev", _inner(way), "metric", metric)

    def _make(self) -> None:
        _ip("netns", "add", self._space)
        self._ends.append(lambda: _ip("netns", "delete", self._space))
        self._within("link", "set", "lo", "up")
        for way in range(2):
            outer = f"lb{way}-{os.getpid() % 10**8}"
            _ip("link", "add", outer, "type", "veth", "peer", "name", _inner(way), "netns", self._space)
            _ip("address", "add", f"198.18.{way + 1}.1/24", "dev", outer)
            _ip("link", "set", outer, "up")
            self._within("address", "add", f"198.18.{way + 1}.2/24", "dev", _inner(way))
            self.open(way)
        _ip("address", "add", f"{HERE}/32", "dev", "lo")
        self._ends.append(lambda: _ip("address", "delete", f"{HERE}/32", "dev", "lo"))

    def _within(self, *words: str) -> None:
        _ip("-netns", self._space, *words)

    def carry(self, ports: Iterable[int]) -> None:
        """What listens there on 127.0.0.1 is reached at the same port of ``HERE``."""
        loop = asyncio.new_event_loop()
        threading.Thread(target=loop.run_forever, daemon=True).start()
        self._ends.append(lambda: loop.call_soon_threadsafe(loop.stop))
        for port in ports:
            asyncio.run_coroutine_threadsafe(asyncio.start_server(_joined_with(port), HERE, port), loop).result()

    def _undo(self) -> None:
        while self._ends:
            with suppress(subprocess.CalledProcessError):
                self._ends.pop()()


def _inner(way: int) -> str:
    return f"way{way}"


def _joined_with(port: int) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], object]:
    """What serves a connection by one to the same port of 127.0.0.1."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            inward, outward = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.gather(_copy(reader, outward), _copy(inward, writer))

    return serve


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    with suppress(OSError):
        writer.close()
