"""A connection that gives a page back what it sends: how good its way to the media port is."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from time import monotonic
from typing import Any, Final

from video.packets.pump import PUMP
from video.page import Ended, Page, answer_sdp, offer_message
from video.peer import KINDS, AnswerRefused, Peer

PATH_WITHIN: Final = 7.0  # a page must be able to say within ten seconds that the network lets nothing through


class Probe:
    """Nobody else is in it. What the page sends it gets back, so that it can count both directions for some seconds."""

    def __init__(self, page: Page, servers: list[dict[str, Any]]) -> None:
        self._page = page
        self._servers = servers
        self._settled = asyncio.Event()
        self._peer = Peer(self._ready, self._settled.set, others=1)

    def _ready(self) -> None:
        with PUMP.holding():
            for kind in KINDS:
                self._peer.inbounds[kind].attach(self._peer.slots[0][kind], monotonic())
        self._settled.set()

    async def run(self) -> None:
        try:
            self._page.send(offer_message(await self._peer.offer(), self._servers))
            answer = await self._page.receive(PATH_WITHIN)
            await self._peer.accept(answer_sdp(answer))
            with suppress(TimeoutError):
                await asyncio.wait_for(self._settled.wait(), PATH_WITHIN)
            self._page.send({"type": "path", "ok": self._peer.link is not None})
            await self._page.receive(PATH_WITHIN)  # the page reads its own figures, then closes
        except AnswerRefused:
            raise Ended("answer") from None
        finally:
            await self._peer.close()
