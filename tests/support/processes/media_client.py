"""Starts real media processes for tests and signs tickets for them; the scripted people come from ``simulators``."""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from joserfc import jwt
from joserfc.jwk import OctKey

from gateway.domain.room import JoinTicket
from simulators.participant import ScriptedParticipant

__all__ = ["MediaProcess", "ScriptedParticipant", "eventually", "signed"]

ROOT = Path(__file__).parents[3]
PATIENCE = 60.0


def signed(ticket: JoinTicket, secret: str) -> str:
    return jwt.encode({"alg": "HS256"}, ticket.claims() | {"jti": secrets.token_hex(8)}, OctKey.import_key(secret))


async def first_answer(
    session: aiohttp.ClientSession, url: str, ticket: str
) -> tuple[aiohttp.ClientWebSocketResponse, dict[str, Any]]:
    """The open socket and the first message that is not about seats."""
    socket = await session.ws_connect(url)
    await socket.send_json({"type": "join", "ticket": ticket})
    return socket, await next_answer(socket)


async def next_answer(socket: aiohttp.ClientWebSocketResponse) -> dict[str, Any]:
    while (message := await socket.receive_json(timeout=PATIENCE))["type"] == "seats":
        pass
    return dict(message)


async def eventually(condition: Callable[[], bool], what: str, within: float = PATIENCE) -> None:
    """Wait for ``condition``; generous, because the machine may be busy with others."""
    end = time.monotonic() + within
    while not condition():
        assert time.monotonic() < end, f"never: {what}"
        await asyncio.sleep(0.05)


@dataclass
class MediaProcess:
    """One ``python -m video`` in a process of its own; may be killed and started again on the same port."""

    secret: str = field(default_factory=lambda: secrets.token_hex(20))
    environment: dict[str, str] = field(default_factory=dict)
    port: int = 0
    process: asyncio.subprocess.Process | None = None
    program: str = "video"  # the module that is run

    async def start(self) -> None:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("LAEGEBRO_MEDIA_")}
        environment |= {"LAEGEBRO_MEDIA_TICKET_SECRET": self.secret, "LAEGEBRO_MEDIA_PORT": str(self.port)}
        environment |= self.environment
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", self.program), cwd=ROOT, env=environment, stdout=asyncio.subprocess.PIPE
        )
        assert self.process.stdout is not None
        line = (await asyncio.wait_for(self.process.stdout.readline(), PATIENCE)).decode()
        assert line.startswith("listening on http://"), line
        self.port = int(line.strip().rsplit(":", 1)[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/signal"

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    async def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        await self.process.wait()

    async def stop(self) -> int:
        """SIGTERM; the exit status."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.terminate()
        return await asyncio.wait_for(self.process.wait(), PATIENCE)

    def ticket(self, seat: str, room: str = "room-1", generation: int = 1, lifetime: int = 120) -> str:
        expires = int(time.time()) + lifetime
        return signed(JoinTicket(room, seat, generation, "guest", expires), self.secret)

    def tickets(self, seat: str, room: str = "room-1", generation: int = 1) -> Callable[[], Awaitable[str]]:
        async def fetch() -> str:
            return self.ticket(seat, room, generation)

        return fetch

    def participant(self, seat: str, room: str = "room-1", generation: int = 1) -> ScriptedParticipant:
        return ScriptedParticipant(self.url, self.tickets(seat, room, generation))
