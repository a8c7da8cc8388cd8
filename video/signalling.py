"""The WebSocket on which a page joins: ticket in, offer out, answer in, then news of the seats.

The server always offers. Every ``offer`` is a new connection for the same seat; the one before stays in use until
the new one stands. Anything malformed ends the socket with a reason word; reasons are listed in docs/adr/0003.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiohttp import web

from gateway.domain.room import JoinTicket, TicketRefused
from gateway.logs import log
from video import encryption
from video.callers import Callers
from video.credentials import UsedTickets, ice_servers, read_ticket
from video.guard import Allowance
from video.page import Ended, Page, answer_sdp, let_go, offer_message
from video.peer import AnswerRefused, Peer
from video.probe import PATH_WITHIN, Probe
from video.rooms import Rooms, SeatRefused
from video.seats import QUALITIES, SHARING, Room, Seat, Told
from video.settings import MediaSettings

_FIRST_MESSAGE_WITHIN: Final = 5.0
_CONNECTED_WITHIN: Final = 20.0
_LARGEST_MESSAGE: Final = 64 * 1024
_PING_EVERY: Final = 4.0
_RESTART_PAUSE: Final = 1.0


class Signalling:
    """The two addresses: ``join`` to take a seat, ``probe`` to try the way for media."""

    def __init__(self, settings: MediaSettings, rooms: Rooms, callers: Callers, used: UsedTickets) -> None:
        self._settings = settings
        self._rooms = rooms
        self._callers = callers
        self._used = used
        self._log = log("video.signalling")

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """GET /signal. Browsers say where their page comes from; other programs say nothing and need a ticket too."""
        origin = request.headers.get("Origin")
        if origin is not None and origin not in self._settings.allowed_origins:
            self._callers.refused("origin")
            raise web.HTTPForbidden(text="origin")
        if not self._callers.may_come(request, time.monotonic()):
            self._callers.refused("too-often")
            raise web.HTTPTooManyRequests(text="too-often", headers={"Retry-After": "1"})
        socket = web.WebSocketResponse(heartbeat=_PING_EVERY, max_msg_size=_LARGEST_MESSAGE)
        await socket.prepare(request)
        page = Page(socket)
        try:
            await self._welcome(page)
        except Ended as ended:
            if ended.args[0] is not None:
                self._log.info("signalling ended", reason=ended.args[0])
                page.end(ended.args[0])
        finally:
            await page.finish()
            let_go(request, socket)
        return socket

    async def _welcome(self, page: Page) -> None:
        first = await page.receive(_FIRST_MESSAGE_WITHIN)
        if first["type"] not in ("join", "probe") or not isinstance(first.get("ticket"), str):
            raise Ended("malformed")
        try:
            ticket = read_ticket(first["ticket"], self._settings.ticket_secret, time.time())
        except TicketRefused as refusal:
            self._log.info("ticket refused", claim=str(refusal.args[0]))
            raise self._not_let_in("ticket") from None
        if ticket.node not in ("", self._settings.name):
            raise self._not_let_in("elsewhere", ticket)
        if not self._used.use(first["ticket"], ticket, time.time()):
            raise self._not_let_in("used", ticket)
        servers = ice_servers(self._settings, time.time())
        if first["type"] == "probe":
            await Probe(page, servers).run()
        else:
            await self._attend(page, servers, ticket, first)

    async def _attend(
        self, page: Page, servers: list[dict[str, Any]], ticket: JoinTicket, first: dict[str, Any]
    ) -> None:
        try:
            await Attendance(page, servers, self._rooms).run(ticket, first)
        except SeatRefused as refusal:
            raise self._not_let_in(refusal.args[0], ticket) from None

    def _not_let_in(self, reason: str, ticket: JoinTicket | None = None) -> Ended:
        """Counted, so that the gateway hears of it."""
        self._callers.refused(reason, ticket.room if ticket else "")
        return Ended(reason)


class Attendance:
    """One page's stay on a seat, from its ticket to its leaving."""

    def __init__(self, page: Page, servers: list[dict[str, Any]], rooms: Rooms) -> None:
        self._page = page
        self._servers = servers
        self._rooms = rooms
        self._offered: Peer | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._restarted_at = 0.0
        self._hands = Allowance(encryption.PER_SECOND, encryption.AT_ONCE)
        self._room: Room
        self._seat: Seat

    async def run(self, ticket: JoinTicket, first: dict[str, Any]) -> None:
        """Raises ``SeatRefused``, ``Ended``."""
        public_key = encryption.read_public_key(first)
        self._room, self._seat = self._rooms.take(ticket, self._page)
        encryption.sits_down(self._seat, public_key)
        try:
            if first.get("resume") is True and self._seat.peer is not None:
                self._page.send({"type": "resumed"})
            else:
                await self._offer()
            self._rooms.show(self._room, self._seat)
            while True:
                await self._act_on(await self._page.receive())
        finally:
            self._rooms.signal_lost(self._seat, self._page)
            self._drop_offer()

    async def _act_on(self, message: dict[str, Any]) -> None:
        verb = _VERBS.get(message["type"])
        if verb is None:
            raise Ended("malformed")
        await verb(self, message)

    async def _offer(self) -> None:
        self._drop_offer()
        peer = self._offered = Peer(lambda: self._ready(peer), lambda: self._lost(peer))
        self._page.send(offer_message(await peer.offer(), self._servers))
        self._deadline = asyncio.get_running_loop().call_later(PATH_WITHIN, self._no_path, peer)

    def _settle(self) -> None:
        """The offer is over, one way or the other: its deadline must not keep a closed connection in memory."""
        if self._deadline is not None:
            self._deadline.cancel()
        self._offered = self._deadline = None

    def _drop_offer(self) -> None:
        if self._offered is not None:
            self._rooms.close(self._offered)
            self._settle()

    def _ready(self, peer: Peer) -> None:
        if peer is self._offered and self._seat.outlet is self._page:
            self._settle()
            self._rooms.connected(self._room, self._seat, peer)
            self._rooms.show(self._room, self._seat)

    def _lost(self, peer: Peer) -> None:
        if peer is self._offered:
            self._drop_offer()
        else:
            self._rooms.lost(self._seat, peer)
        self._page.send({"type": "lost"})

    def _no_path(self, peer: Peer) -> None:
        """No check of the page has come through in all this time: its network lets no UDP out, and no relay helps."""
        if peer is self._offered:
            rest = _CONNECTED_WITHIN - PATH_WITHIN
            self._deadline = asyncio.get_running_loop().call_later(rest, self._too_late, peer)
            if not peer.reached:
                self._page.send({"type": "blocked"})

    def _too_late(self, peer: Peer) -> None:
        if peer is self._offered:
            self._drop_offer()
            self._page.send({"type": "lost"})

    async def _answer(self, message: dict[str, Any]) -> None:
        if self._offered is None:
            return  # an answer to an offer that has been overtaken
        try:
            await self._offered.accept(answer_sdp(message))
        except AnswerRefused:
            raise Ended("answer") from None

    async def _muted(self, message: dict[str, Any]) -> None:
        audio, video, screen = message.get("audio"), message.get("video"), message.get("screen", False)
        if not (isinstance(audio, bool) and isinstance(video, bool) and isinstance(screen, bool)):
            raise Ended("malformed")
        self._seat.audio, self._seat.video = not audio, not video
        self._seat.screen = screen and self._seat.role in SHARING

    async def _told(self, message: dict[str, Any]) -> None:
        hears, quality = message.get("hears"), message.get("quality")
        if not isinstance(hears, bool) or quality not in QUALITIES:
            raise Ended("malformed")
        self._seat.told = Told(hears, quality)

    async def _secret(self, message: dict[str, Any]) -> None:
        if not self._hands.take(time.monotonic()):
            raise Ended("too-often")
        if self._sits():
            encryption.hand_over(self._room, self._seat, message)

    async def _plain(self, _message: dict[str, Any]) -> None:
        if self._sits():
            encryption.give_up(self._seat)

    async def _whole(self, _message: dict[str, Any]) -> None:
        if self._sits():
            encryption.wish_whole_pictures(self._seat)

    def _sits(self) -> bool:
        """No other page has the seat by now."""
        return self._seat.outlet is self._page

    async def _restart(self, _message: dict[str, Any]) -> None:
        now = time.monotonic()
        if now - self._restarted_at >= _RESTART_PAUSE:
            self._restarted_at = now
            await self._offer()

    async def _leave(self, _message: dict[str, Any]) -> None:
        self._rooms.left(self._seat, self._page)
        raise Ended(None)


_VERBS: Final[dict[str, Callable[[Attendance, dict[str, Any]], Awaitable[None]]]] = {
    "answer": Attendance._answer,
    "muted": Attendance._muted,
    "tells": Attendance._told,
    "secret": Attendance._secret,
    "plain": Attendance._plain,
    "whole": Attendance._whole,
    "restart": Attendance._restart,
    "leave": Attendance._leave,
}
