"""What the gateway hears of us: that we live, twice a second; every room's seats, every 2 s and at once when something
changes. Its answer names those whose login has ended, who leave their seats, and rooms that are placed on another
process: their pages are sent there.

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
from contextlib import suppress
from typing import Final

import aiohttp

from gateway.domain.room import Heartbeat, NodeState, read_elsewhere, read_others, read_sent_away
from gateway.logs import log
from video.callers import Callers
from video.rooms import Rooms
from video.settings import MediaSettings

EVERY: Final = 0.5
_BRIEF_BETWEEN: Final = 3  # heartbeats without rooms between two with them
_MEASURED_OVER: Final = 1.0
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
        self._core = 0.0
        self._brief = _BRIEF_BETWEEN  # the first one tells all
        self._in_turn = asyncio.Lock()
        self.others = False  # whether the gateway has another process for new rooms: asked for while we drain
        self._changed = changed
        self._process = secrets.token_hex(8)
        self._number = 0
        self._failing = False
        self._log = log("video.heartbeats")

    async def run(self) -> None:
        """Send until cancelled."""
        async with aiohttp.ClientSession(timeout=_WITHIN) as session:
            while True:
                whole = self._changed.is_set() or self._brief >= _BRIEF_BETWEEN
                self._changed.clear()
                await self._send(session, whole)
                self._brief = 0 if whole else self._brief + 1
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._changed.wait(), EVERY)

    async def say_that_we_drain(self) -> bool:
        """Whether another process takes new rooms from now on; False where the gateway does not answer, too."""
        async with aiohttp.ClientSession(timeout=_WITHIN) as session:
            await self._send(session, whole=True)
        return self.others

    def next(self, whole: bool = True) -> Heartbeat:
        self._number += 1
        node = self._node()
        if not whole:
            return Heartbeat(self._process, self._number, (), node, brief=True)
        rooms, refused = self._rooms.states(time.monotonic()), self._callers.waiting()
        return Heartbeat(self._process, self._number, rooms, node, refused)

    def _node(self) -> NodeState:
        before, used = self._used
        now, total = time.monotonic(), time.process_time()
        if now - before >= _MEASURED_OVER:
            self._core = round((total - used) / (now - before), 3)
            self._used = (now, total)
        settings, rooms = self._settings, self._rooms
        return NodeState(
            settings.name, settings.signal_url, rooms.taken(), self._core, rooms.draining, rooms.unsealed()
        )

    async def _send(self, session: aiohttp.ClientSession, whole: bool) -> None:
        async with self._in_turn:
            await self._post(session, self.next(whole))

    async def _post(self, session: aiohttp.ClientSession, beat: Heartbeat) -> None:
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
            said = json.loads(await answer.content.read(_LONGEST_ANSWER))
            gone, elsewhere = read_sent_away(said), read_elsewhere(said)
        except ValueError:
            self._log.warning("answer to a heartbeat not understood", number=self._number)
            return
        if gone:
            self._log.info("sent away", logins=len(gone))
            self._rooms.send_away(gone, time.monotonic())
        self.others = read_others(said)
        for room in elsewhere:
            self._rooms.send_elsewhere(room)

    def _note(self, failure: str | None) -> None:
        if failure is not None and not self._failing:
            self._log.warning("heartbeat not taken", why=failure, number=self._number)
        elif failure is None and self._failing:
            self._log.info("heartbeats taken again", number=self._number)
        self._failing = failure is not None
