"""One page's socket: checked messages in, an ordered and bounded way out, and the words for why it closes."""

from __future__ import annotations

import asyncio
import json
from time import monotonic
from typing import Any, Final

from aiohttp import WSCloseCode, WSMsgType, web

from video.guard import Allowance

_WAITING_MESSAGES: Final = 64
_MESSAGES_PER_SECOND: Final = 50  # a page says some ten in all

CODES: Final = {
    "malformed": 4400,
    "ticket": 4401,
    "sent-away": 4403,
    "timeout": 4408,
    "superseded": 4409,
    "moved": 4410,
    "replaced": 4411,
    "answer": 4422,
    "used": 4412,
    "elsewhere": 4421,
    "full": 4429,
    "too-often": 4428,
    "draining": 4430,
    "restarting": WSCloseCode.GOING_AWAY,
    "left": WSCloseCode.OK,
}


class Ended(Exception):
    """The socket ends for the reason in ``args``; ``None`` when the page has closed it already."""


class Page:
    """One page's socket: an ordered, bounded way out, and checked messages in."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self._socket = socket
        self._waiting: asyncio.Queue[dict[str, Any] | str] = asyncio.Queue(_WAITING_MESSAGES)
        self._writer = asyncio.ensure_future(self._write())
        self._cut: asyncio.Future[bool] | None = None
        self._allowed = Allowance(_MESSAGES_PER_SECOND)

    def send(self, message: dict[str, Any]) -> None:
        """Queue a message; a page that does not read is cut off rather than waited for."""
        self._queue(message)

    def end(self, reason: str) -> None:
        """Say why, then close with the reason's code."""
        self._queue({"type": reason} if reason in ("moved", "replaced") else {"type": "refused", "reason": reason})
        self._queue(reason)

    def _queue(self, item: dict[str, Any] | str) -> None:
        if self._cut is not None or self._writer.done():
            return
        try:
            self._waiting.put_nowait(item)
        except asyncio.QueueFull:
            self._writer.cancel()
            self._cut = asyncio.ensure_future(self._socket.close())

    async def receive(self, within: float | None = None) -> dict[str, Any]:
        """The next message as a JSON object with a ``type``; raises ``Ended``."""
        try:
            message = await self._socket.receive(within)
        except TimeoutError:
            raise Ended("timeout") from None
        if message.type in (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR):
            raise Ended(None)
        if not self._allowed.take(monotonic()):
            raise Ended("too-often")
        return read_message(message.data if message.type is WSMsgType.TEXT else "")

    async def finish(self) -> None:
        """Write what waits, then close."""
        self._queue("left")
        await asyncio.wait({self._writer}, timeout=1.0)
        self._writer.cancel()
        await self._socket.close()

    async def _write(self) -> None:
        while True:
            message = await self._waiting.get()
            try:
                if isinstance(message, str):
                    await self._socket.close(code=CODES[message], message=message.encode())
                    return
                await self._socket.send_json(message)
            except (ConnectionError, RuntimeError):  # the page is gone; receive() notices
                return


def let_go(request: web.Request, socket: web.WebSocketResponse) -> None:
    """Once the socket is closed: nothing of the connection refers to itself any more.

    aiohttp's protocol keeps calling the response that holds it, and what arrives after the end starts its timers again;
    such circles would stay until the cyclic collector runs, which rests while people talk (``video.upkeep``).
    """
    request.protocol._data_received_cb = None
    socket._cancel_heartbeat()


def read_message(text: str) -> dict[str, Any]:
    """A message as a JSON object with a ``type``; raises ``Ended``."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise Ended("malformed") from None
    if not isinstance(document, dict) or not isinstance(document.get("type"), str):
        raise Ended("malformed")
    return document


def offer_message(sdp: str, servers: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "offer", "sdp": sdp, "ice_servers": servers}


def answer_sdp(message: dict[str, Any]) -> str:
    sdp = message.get("sdp")
    if message["type"] != "answer" or not isinstance(sdp, str):
        raise Ended("malformed")
    return sdp
