"""Who sits in the calls: some send and decode real pictures, the others hold their seats by signalling alone.

All fetch their tickets from the web process over HTTP, as pages do, and try again at a page's own intervals.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

import aiohttp

from bench.rooms.house import Side
from simulators.participant import ScriptedParticipant

PAUSES = (0.1, 0.5, 0.9, 1.0, 2.0)  # as gateway/web/static/js/shared/media.js
LASTED = 4.0


@dataclass
class Asked:
    """What the web process answered to all of them."""

    tickets: int = 0
    refused: int = 0  # any answer but 200 to a request for a ticket
    logins: int = 0  # answers that send to a login
    failed: int = 0  # requests without an answer
    why: list[str] = field(default_factory=list)  # of the refused ones


@dataclass
class Way:
    """One side's way to its tickets."""

    side: Side
    http: aiohttp.ClientSession
    asked: Asked
    nodes: list[str] = field(default_factory=list)

    async def ticket(self, lost: str) -> tuple[str, str, str]:
        """The ticket, where to show it, and the process it is for."""
        name, value = self.side.cookie
        headers = {"X-CSRF-Token": self.side.csrf, "Cookie": f"{name}={value}"}
        try:
            post = self.http.post(self.side.door, json={"lost": lost}, headers=headers, allow_redirects=False)
            async with post as answer:
                return self._read(answer.status, await answer.json())
        except (aiohttp.ClientConnectionError, TimeoutError):
            self.asked.failed += 1
            raise

    def _read(self, status: int, seat: dict[str, str]) -> tuple[str, str, str]:
        self.asked.tickets += 1
        if status != 200:
            self.asked.refused += 1
            self.asked.logins += status in (302, 303, 401)
            self.asked.why.append(f"{status} {seat.get('because') or seat.get('reason') or seat.get('title')}")
            raise ConnectionError(f"status {status}")
        self.nodes.append(seat["node"])
        return seat["ticket"], seat["signal_url"], seat["node"]


class Seen(ScriptedParticipant):
    """Sends and decodes a small picture and a tone."""

    def __init__(self, way: Way) -> None:
        super().__init__("", self._fetched)
        self.way = way

    async def _fetched(self) -> str:
        ticket, self.signal_url, self.node = await self.way.ticket(self.lost)
        return ticket


class Holder:
    """Takes a seat and holds it; ``node`` is where it sits, "" while it sits nowhere."""

    def __init__(self, way: Way) -> None:
        self.way = way
        self.node = ""
        self._stay: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._stay = asyncio.create_task(self._remain())

    async def stop(self) -> None:
        if self._stay is not None:
            self._stay.cancel()
            await asyncio.wait({self._stay})

    async def _remain(self) -> None:
        lost, tries = "", 0
        while True:
            began = time.monotonic()
            try:
                lost = await self._sit(lost)
            except (aiohttp.ClientError, ConnectionError, TimeoutError):
                lost = self.way.nodes[-1] if self.way.nodes else ""
            self.node = ""
            tries = 0 if time.monotonic() - began > LASTED else min(tries + 1, len(PAUSES) - 1)
            await asyncio.sleep(PAUSES[tries])

    async def _sit(self, lost: str) -> str:
        ticket, url, node = await self.way.ticket(lost)
        async with self.way.http.ws_connect(url, heartbeat=5.0) as socket:
            await socket.send_json({"type": "join", "ticket": ticket})
            async for message in socket:
                kind = message.json()["type"] if message.type is aiohttp.WSMsgType.TEXT else ""
                if kind == "offer":
                    self.node = node
                elif kind == "refused":
                    break
        return node
