"""How a media process ends without ending a call.

SIGTERM: where the gateway has another process for new rooms, calls stay for a while and are then sent there; where it
has none, or on a second SIGTERM, the process ends at once, and the pages come back to the one that is started next.
SIGUSR1: no new rooms; the end comes with the end of the last call.
"""

from __future__ import annotations

import asyncio
import itertools
import math
from collections.abc import Callable
from typing import Final

from gateway.logs import log
from video.heartbeats import Heartbeats
from video.rooms import Rooms

_HANDED_OVER_WITHIN: Final = 5.0  # a page has its new connection within one or two
_LOOK_EVERY: Final = 0.1


class Leaving:
    """``stop`` is set when the process may end; ``beats`` None: no gateway knows of it."""

    def __init__(self, rooms: Rooms, beats: Heartbeats | None, drain_seconds: float, stop: asyncio.Event) -> None:
        self._rooms = rooms
        self._beats = beats
        self._drain_seconds = drain_seconds
        self._stop = stop
        self._ending: asyncio.Task[None] | None = None
        self._draining: asyncio.Task[None] | None = None

    def end(self) -> None:
        if self._ending is None and self._beats is not None:
            self._ending = asyncio.create_task(self._end(self._beats))
        else:
            self._stop.set()

    def drain(self) -> None:
        self._rooms.drain()
        self._draining = self._draining or asyncio.create_task(self._until_empty())

    async def _until_empty(self) -> None:
        await _until(self._rooms.empty, math.inf)
        self._stop.set()

    async def _end(self, beats: Heartbeats) -> None:
        try:
            self._rooms.drain()
            if await beats.say_that_we_drain():
                log("video.leaving").info("draining", seats=self._rooms.seats(), seconds=self._drain_seconds)
                await _until(self._rooms.empty, self._drain_seconds)
                self._rooms.hand_over()
                await _until(self._rooms.quiet, _HANDED_OVER_WITHIN)
        finally:
            self._stop.set()


async def _until(reached: Callable[[], bool], within: float) -> None:
    end = asyncio.get_running_loop().time() + within
    for _ in itertools.count():
        if reached() or asyncio.get_running_loop().time() >= end:
            return
        await asyncio.sleep(_LOOK_EVERY)
