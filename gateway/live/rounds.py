"""What is done for every open page again and again, for many of them at once.

Each page's session is asked about every 15 seconds, and that the page is there is written down (D8, D10): a
fifteenth of the pages each second, by one query and one transaction of the one writer. Its beat comes every four.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from gateway.live.subscribers import Subscriber, Turns
from gateway.logs import log
from gateway.store.ground.engine import together
from gateway.store.ground.faults import DatabaseFault
from gateway.wiring import Gateway

BEAT_SECONDS = 4.0  # the page takes a line that is silent for nine seconds for dead (static/js/shared/stream.js)
BEAT_PARTS = 40
SESSION_SECONDS = 15.0
SESSION_PARTS = 15
AT_A_STRETCH = 50  # beats until whoever has news gets a turn


class Beating(Protocol):
    """An open stream."""

    async def beat(self) -> None: ...


class News(Protocol):
    """``current``: what a page was told last is known to be true still. ``closing``: the process is about to end."""

    closing: bool

    @property
    def current(self) -> bool: ...


class Rounds:
    """``beats`` and ``sessions``: whose turns come."""

    def __init__(self, gateway: Gateway, session_seconds: float = SESSION_SECONDS) -> None:
        self._gateway = gateway
        self.beats = Turns[Beating](BEAT_SECONDS, BEAT_PARTS)
        self.sessions = Turns[Subscriber](session_seconds, SESSION_PARTS)

    async def beat(self, news: News) -> None:
        """A beat says that nothing has changed: there is none while that is not known."""
        while not news.closing:
            due = self.beats.due(time.monotonic())
            for number, stream in enumerate(due if news.current else ()):
                await stream.beat()
                if number % AT_A_STRETCH == AT_A_STRETCH - 1:
                    await asyncio.sleep(0)
            await asyncio.sleep(self.beats.pause)

    async def check(self, news: News) -> None:
        """Streams of sessions that are over end; so do those of which it cannot be known, and their pages try again."""
        while not news.closing:
            pages = self.sessions.due(time.monotonic())
            if pages:
                for page in set(pages) - await self._staying(pages):
                    page.end()
            await asyncio.sleep(self.sessions.pause)

    async def _staying(self, pages: Sequence[Subscriber]) -> set[Subscriber]:
        try:
            return await asyncio.to_thread(self.look, pages)
        except DatabaseFault as fault:
            log(__name__).warning("sessions-not-read", fault=type(fault).__name__, pages=len(pages))
            return set()

    def look(self, pages: Sequence[Subscriber]) -> set[Subscriber]:
        """Those of the pages whose sessions are live, awake, and of the kind they were opened by; they are written down
        as being there."""
        now = self._gateway.clock.now()
        kinds, due = self._gateway.access.of_open_pages({page.token for page in pages}, now)
        staying = {page for page in pages if kinds.get(page.token) is page.kind}
        try:
            self._write_down(staying, due, now)
        except DatabaseFault as fault:
            log(__name__).warning("presence-not-kept", fault=type(fault).__name__)
        return staying

    def _write_down(self, pages: Collection[Subscriber], due: Sequence[UUID], now: datetime) -> None:
        g = self._gateway
        shown = {page.consultation for page in pages if page.consultation is not None}
        rooms = {(page.clinic.clinic, y) for page in pages if page.clinic is not None for y in page.clinic.ydernumre}
        if not (due or shown or rooms):
            return
        with together(g.engine):
            g.access.touch(due, now)
            g.presence.seen(shown, now)
            g.practices.attend_each(rooms, now)
