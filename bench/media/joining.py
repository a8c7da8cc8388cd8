"""How the load joins: our signalling, and Janus's ``videocall`` plugin over its HTTP interface."""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import Any, Final

import aiohttp
from aiortc import RTCBundlePolicy, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from joserfc import jwt
from joserfc.jwk import OctKey

from gateway.domain.room import JoinTicket

PATIENCE: Final = 40.0
_reading: set[asyncio.Task[None]] = set()
Joined = tuple[list[RTCPeerConnection], Any]


def connection() -> RTCPeerConnection:
    return RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))


async def stands(pc: RTCPeerConnection) -> None:
    end = time.monotonic() + PATIENCE
    while pc.connectionState != "connected":
        if time.monotonic() > end:
            raise SystemExit(f"no connection: {pc.connectionState}")
        await asyncio.sleep(0.02)


def _read_on(socket: aiohttp.ClientWebSocketResponse) -> None:
    """Read until the socket closes: a page that reads nothing answers no ping, and the server gives its line up."""

    async def read() -> None:
        async for _news in socket:
            pass

    task = asyncio.create_task(read())
    _reading.add(task)
    task.add_done_callback(_reading.discard)


async def join_ours(session: aiohttp.ClientSession, order: dict[str, Any], room: int | str) -> Joined:
    """Two seats of one room; the sockets must stay referenced."""
    pcs, sockets = [], []
    for seat in range(2):
        ticket = JoinTicket(f"room-{room}", f"seat-{seat}", 1, "guest", int(time.time()) + 60)
        claims = ticket.claims() | {"jti": secrets.token_hex(8)}
        text = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(order["secret"]))
        socket = await session.ws_connect(order["url"])
        await socket.send_json({"type": "join", "ticket": text})
        while (offer := await socket.receive_json())["type"] != "offer":
            pass  # news of the seats
        pc = connection()
        for kind in ("audio", "video"):
            pc.addTransceiver(kind, "sendrecv")
        await pc.setRemoteDescription(RTCSessionDescription(offer["sdp"], "offer"))
        await pc.setLocalDescription(await pc.createAnswer())
        await socket.send_json({"type": "answer", "sdp": pc.localDescription.sdp})
        _read_on(socket)
        await stands(pc)
        pcs.append(pc)
        sockets.append(socket)
    return pcs, sockets


class JanusHandle:
    """One session with one ``videocall`` handle, and its long poll."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session, self._url = session, url
        self._events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.name = secrets.token_hex(6)

    async def open(self) -> None:
        created = await self._post(self._url, {"janus": "create"})
        self._url += f"/{created['data']['id']}"
        self._task = asyncio.create_task(self._poll())
        attached = await self._post(self._url, {"janus": "attach", "plugin": "janus.plugin.videocall"})
        self._handle = f"{self._url}/{attached['data']['id']}"
        await self.ask({"request": "register", "username": self.name})
        await self.event("registered")

    async def ask(self, body: dict[str, Any], jsep: dict[str, str] | None = None) -> None:
        await self._post(self._handle, {"janus": "message", "body": body} | ({"jsep": jsep} if jsep else {}))

    async def event(self, name: str) -> dict[str, Any]:
        """The next event of that name; raises ``SystemExit`` on an error."""
        while True:
            event = await asyncio.wait_for(self._events.get(), PATIENCE)
            data = event.get("plugindata", {}).get("data", {})
            if "error" in data:
                raise SystemExit(f"janus: {data['error']}")
            if data.get("result", {}).get("event") == name:
                return event

    async def _post(self, url: str, document: dict[str, Any]) -> dict[str, Any]:
        async with self._session.post(url, json=document | {"transaction": secrets.token_hex(6)}) as answer:
            return dict(await answer.json())

    async def _poll(self) -> None:
        while True:
            async with self._session.get(self._url, params={"maxev": "1"}) as answer:
                await self._events.put(await answer.json())


async def join_janus(session: aiohttp.ClientSession, order: dict[str, Any], room: int) -> Joined:
    """Two handles, one calling the other."""
    caller, callee = JanusHandle(session, order["url"]), JanusHandle(session, order["url"])
    await caller.open()
    await callee.open()
    first, second = connection(), connection()
    for kind in ("audio", "video"):
        first.addTransceiver(kind, "sendrecv")
    await first.setLocalDescription(await first.createOffer())
    await caller.ask({"request": "call", "username": callee.name}, {"type": "offer", "sdp": first.localDescription.sdp})
    offer = (await callee.event("incomingcall"))["jsep"]
    for kind in ("audio", "video"):
        second.addTransceiver(kind, "sendrecv")
    await second.setRemoteDescription(RTCSessionDescription(offer["sdp"], "offer"))
    await second.setLocalDescription(await second.createAnswer())
    await callee.ask({"request": "accept"}, {"type": "answer", "sdp": second.localDescription.sdp})
    answer = (await caller.event("accepted"))["jsep"]
    await first.setRemoteDescription(RTCSessionDescription(answer["sdp"], "answer"))
    await asyncio.gather(stands(first), stands(second))
    return [first, second], (caller, callee)
