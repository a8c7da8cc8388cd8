"""What the gateway hears of us: every room's seats, every 2 s and at once when something changes. Its answer names
those whose login has ended: they leave their seats.

Lost, repeated or overtaken heartbeats do no harm (they are numbered and each says everything), so a gateway that
does not answer is logged and never waited for.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
import time
from typing import Final

import aiohttp

from gateway.domain.room import Heartbeat, NodeState, read_sent_away
from gateway.logs import log
from video.callers import Callers
from video.rooms import Rooms
from video.settings import MediaSettings

EVERY: Final = 2.0
_LONGEST_ANSWER: Final = 1_000_000
_WITHIN: Final = aiohttp.ClientTimeout(total=1.0)


class Heartbeats:
    """``settings`` with a ``state_url``; ``changed`` is set when the gateway should hear at once."""

    def __init__(self, settings: MediaSettings, rooms: Rooms, callers: Callers, changed: asyncio.Event) -> None:
        assert settings.state_url is not None
        self._settings = settings
        self._url = settings.state_url
        self._secret = settings.state_secret
        self._rooms = rooms
        self._callers = callers
        self._used = (time.monotonic(), time.process_time())
        self._changed = changed
        self._process = secrets.token_hex(8)
        self._number = 0
        self._failing = False
        self._log = log("video.heartbeats")

    async def run(self) -> None:
        """Send until cancelled."""
        async with aiohttp.ClientSession(timeout=_WITHIN) as session:
            while True:
                self._changed.clear()
                await self._send(session)
                try:
                    await asyncio.wait_for(self._changed.wait(), EVERY)
                except TimeoutError:
                    continue

    def next(self) -> Heartbeat:
        self._number += 1
        rooms, refused = self._rooms.states(time.monotonic()), self._callers.waiting()
        return Heartbeat(self._process, self._number, rooms, self._node(), refused)

    def _node(self) -> NodeState:
        before, used = self._used
        now, total = self._used = (time.monotonic(), time.process_time())
        core = round((total - used) / max(0.001, now - before), 3)
        settings, rooms = self._settings, self._rooms
        return NodeState(settings.name, settings.signal_url, rooms.seats(), core, rooms.draining)

    async def _send(self, session: aiohttp.ClientSession) -> None:
        beat = self.next()
        body = json.dumps(beat.document(), separators=(",", ":")).encode()
        signature = hmac.new(self._secret, body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Laegebro-Signature": signature}
        try:
            async with session.post(self._url, data=body, headers=headers) as answer:
                self._note(None if answer.status < 300 else f"status {answer.status}")
                if answer.status < 300:
                    self._callers.told(beat.refused)
                    await self._heed(answer)
        except (aiohttp.ClientError, TimeoutError) as failure:
            self._note(type(failure).__name__)

    async def _heed(self, answer: aiohttp.ClientResponse) -> None:
        """204: everybody may stay."""
        if answer.status != 200:
            return
        try:
            gone = read_sent_away(json.loads(await answer.content.read(_LONGEST_ANSWER)))
        except ValueError:
            self._log.warning("answer to a heartbeat not understood", number=self._number)
            return
        if gone:
            self._log.info("sent away", logins=len(gone))
            self._rooms.send_away(gone, time.monotonic())

    def _note(self, failure: str | None) -> None:
        if failure is not None and not self._failing:
            self._log.warning("heartbeat not taken", why=failure, number=self._number)
        elif failure is None and self._failing:
            self._log.info("heartbeats taken again", number=self._number)
        self._failing = failure is not None
