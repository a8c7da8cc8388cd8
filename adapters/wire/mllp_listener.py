"""MLLP, the called side: an asyncio server that gives every message that wants one an answer or closes the line.

Nothing here knows HL7: ``answer`` does. What is bounded: the size of a frame, the time it may take, the time a line may
stay silent, and the number of lines.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from adapters.wire.mllp import READ, Deframer, FrameTooLong, framed

LISTENER_SIZE_LIMIT = 256_000


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is at the other end: the SHA-256 of its certificate in hex, "" on a bare line."""

    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Seconds, bytes and a number. ``frame``: from the first byte of a message to its last (F40)."""

    frame: float = 30.0
    idle: float = 900.0
    size: int = LISTENER_SIZE_LIMIT
    lines: int = 64


# The answer's bytes; b"" says nothing, None closes the line. ``refuse`` gets the beginning of what was too long.
Answer = Callable[[bytes, Caller], Awaitable[bytes | None]]
Refuse = Callable[[bytes], bytes | None]


class MllpListener:
    """``await start(host, port)`` gives the port; ``await close()`` ends every line."""

    def __init__(self, answer: Answer, refuse: Refuse, bounds: Bounds | None = None) -> None:
        self._answer = answer
        self._refuse = refuse
        self._bounds = bounds or Bounds()
        self._lines: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> int:
        handshake = self._bounds.frame if tls else None
        self._server = await asyncio.start_server(
            self._accepted, host, port, ssl=tls, ssl_handshake_timeout=handshake, limit=READ
        )
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for line in list(self._lines):
            line.cancel()
        await asyncio.gather(*self._lines, return_exceptions=True)

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(self._lines) >= self._bounds.lines:
            writer.transport.abort()
            return
        self._lines.add(task)
        try:
            with contextlib.suppress(OSError, TimeoutError, asyncio.CancelledError):
                await self._serve(reader, writer)
        finally:
            self._lines.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        caller = Caller(_fingerprint(writer))
        frames = Deframer(self._bounds.size)
        while data := await self._read(reader, frames):
            try:
                for message in frames.feed(data):
                    if not await self._say(writer, await self._answer(message, caller)):
                        return
            except FrameTooLong as flood:
                await self._say(writer, self._refuse(flood.head))
                return

    async def _read(self, reader: asyncio.StreamReader, frames: Deframer) -> bytes:
        """A frame that drips has one deadline for all its pieces."""
        now = asyncio.get_running_loop().time()
        if not frames.inside:
            async with asyncio.timeout(self._bounds.idle):
                return await reader.read(READ)
        if frames.began is None:
            frames.began = now
        async with asyncio.timeout_at(frames.began + self._bounds.frame):
            return await reader.read(READ)

    async def _say(self, writer: asyncio.StreamWriter, answer: bytes | None) -> bool:
        if answer is None:
            return False
        if not answer:
            return True
        writer.write(framed(answer))
        async with asyncio.timeout(self._bounds.frame):
            await writer.drain()
        return True


def _fingerprint(writer: asyncio.StreamWriter) -> str:
    tls: ssl.SSLObject | None = writer.get_extra_info("ssl_object")
    certificate = tls.getpeercert(binary_form=True) if tls is not None else None
    return hashlib.sha256(certificate).hexdigest() if certificate else ""
