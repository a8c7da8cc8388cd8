"""A scripted person in a call: joins with a ticket, sends a small moving picture and a tone, counts what it decodes.

Used by the demo and by the tests in place of a browser, and built as one behaves: it fetches a new ticket and comes
back by itself when the media process is gone. Speaks only the public signalling protocol of ``video``.
"""

from __future__ import annotations

import asyncio
import fractions
import math
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import aiohttp
import av
import structlog
from aioice import ice
from aiortc import (
    MediaStreamTrack,
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError

_WIDTH, _HEIGHT, _FRAMES_PER_SECOND = 160, 120, 10
_RATE, _SAMPLES = 48000, 960
_PAUSES = (0.1, 0.5, 0.9, 1.0, 2.0)  # as a page tries again
_FINAL = ("moved", "replaced")


class _Paced(MediaStreamTrack):
    """A track that gives one frame per ``period`` seconds, however long making it takes."""

    period = 1.0

    def __init__(self) -> None:
        super().__init__()
        self._count = 0
        self._start: float | None = None

    async def _next(self) -> int:
        loop = asyncio.get_running_loop()
        if self.readyState != "live":
            raise MediaStreamError
        if self._start is None:
            self._start = loop.time()
        number, self._count = self._count, self._count + 1
        await asyncio.sleep(max(0.0, self._start + number * self.period - loop.time()))
        return number


class PictureTrack(_Paced):
    """A grey picture with a bar that moves, so that every frame differs."""

    kind = "video"
    period = 1 / _FRAMES_PER_SECOND

    async def recv(self) -> av.VideoFrame:
        number = await self._next()
        frame = av.VideoFrame(_WIDTH, _HEIGHT, "yuv420p")
        for place, plane in enumerate(frame.planes):
            row = bytearray(b"\x60" * plane.line_size) if place == 0 else bytearray(b"\x80" * plane.line_size)
            if place == 0:
                at = (number * 4) % (_WIDTH - 16)
                row[at : at + 16] = b"\xe0" * 16
            plane.update(bytes(row) * plane.height)
        frame.pts = number * 90000 // _FRAMES_PER_SECOND
        frame.time_base = fractions.Fraction(1, 90000)
        return frame


class ToneTrack(_Paced):
    """A quiet tone of 400 Hz."""

    kind = "audio"
    period = _SAMPLES / _RATE

    async def recv(self) -> av.AudioFrame:
        number = await self._next()
        frame = av.AudioFrame(format="s16", layout="mono", samples=_SAMPLES)
        frame.planes[0].update(_TONE)
        frame.sample_rate = _RATE
        frame.pts = number * _SAMPLES
        frame.time_base = fractions.Fraction(1, _RATE)
        return frame


_TONE = struct.pack(f"<{_SAMPLES}h", *(int(3000 * math.sin(2 * math.pi * 400 * n / _RATE)) for n in range(_SAMPLES)))


class ScriptedParticipant:
    """``state`` is connecting, connected, reconnecting, moved or ended. Counters grow over the whole stay.

    ``fetch_ticket`` may set ``signal_url``, where the ticket is shown, and ``node``, the process it is for; ``lost`` is
    the one that was lost last.
    """

    def __init__(self, signal_url: str, fetch_ticket: Callable[[], Awaitable[str]]) -> None:
        self.state = "new"
        self.frames_received = 0
        self.audio_received = 0
        self.seats: list[dict[str, Any]] = []
        self.joins = 0
        self.signal_url = signal_url
        self.node = self.lost = ""
        self._fetch_ticket = fetch_ticket
        self._stay: asyncio.Task[None] | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._log = structlog.get_logger("simulators.participant")

    async def start(self) -> None:
        """Begin to join; returns at once, ``state`` tells how it goes."""
        _use_loopback_if_alone()
        self.state = "connecting"
        self._stay = asyncio.create_task(self._remain())

    async def stop(self) -> None:
        """Hang up and release everything."""
        if self._socket is not None and not self._socket.closed:
            with suppress(ConnectionError):
                await self._socket.send_json({"type": "leave"})
        if self._stay is not None:
            self._stay.cancel()
            with suppress(asyncio.CancelledError):
                await self._stay
        self.state = "ended"

    async def restart(self) -> None:
        """Ask for a new connection on the same seat, as after a change of network."""
        assert self._socket is not None
        await self._socket.send_json({"type": "restart"})

    async def _remain(self) -> None:
        tries = 0
        async with aiohttp.ClientSession() as session:
            while self.state != "moved":
                joins = self.joins
                try:
                    await self._join(session)
                except (aiohttp.ClientError, ConnectionError, TimeoutError) as failure:
                    self._log.info("join failed", why=type(failure).__name__)
                if self.state == "moved":
                    return
                self.state, self.lost = "reconnecting", self.node
                tries = 0 if self.joins > joins else min(tries + 1, len(_PAUSES) - 1)
                await asyncio.sleep(_PAUSES[tries])

    async def _join(self, session: aiohttp.ClientSession) -> None:
        ticket = await self._fetch_ticket()
        async with session.ws_connect(self.signal_url, heartbeat=5.0) as socket:
            self._socket = socket
            await socket.send_json({"type": "join", "ticket": ticket})
            connections: list[_Connection] = []
            try:
                async for message in socket:
                    if message.type is not aiohttp.WSMsgType.TEXT or not await self._act_on(
                        message.json(), socket, connections
                    ):
                        return
            finally:
                self._socket = None
                for connection in connections:
                    await connection.close()

    async def _act_on(
        self, message: dict[str, Any], socket: aiohttp.ClientWebSocketResponse, connections: list[_Connection]
    ) -> bool:
        """Follow one message; False ends this join."""
        kind = message["type"]
        if kind == "offer":
            connection = _Connection(self)
            connections.append(connection)
            await socket.send_json({"type": "answer", "sdp": await connection.answer(message["sdp"])})
        elif kind == "seats":
            self.seats = message["seats"]
        elif kind in _FINAL or message.get("reason") == "superseded":
            self.state = "moved"
            return False
        return kind not in ("lost", "refused")

    def connected(self, connection: _Connection) -> None:
        self.joins += 1
        self.state = "connected"

    def received(self, kind: str) -> None:
        if kind == "video":
            self.frames_received += 1
        else:
            self.audio_received += 1


class _Connection:
    """One peer connection of the participant and the tasks that drain its tracks."""

    def __init__(self, participant: ScriptedParticipant) -> None:
        self._participant = participant
        self._pc = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
        self._tasks: set[asyncio.Task[None]] = set()
        self._pc.on("track", self._track)
        self._pc.on("connectionstatechange", self._state_changed)

    async def answer(self, sdp: str) -> str:
        for track in (ToneTrack(), PictureTrack()):
            self._pc.addTrack(track)
        await self._pc.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
        await self._pc.setLocalDescription(await self._pc.createAnswer())
        return str(self._pc.localDescription.sdp)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await self._pc.close()

    def _state_changed(self) -> None:
        if self._pc.connectionState == "connected":
            self._participant.connected(self)

    def _track(self, track: MediaStreamTrack) -> None:
        task = asyncio.ensure_future(self._drain(track))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _drain(self, track: MediaStreamTrack) -> None:
        with suppress(MediaStreamError):
            while True:
                await track.recv()
                self._participant.received(track.kind)


def _use_loopback_if_alone() -> None:
    """aioice leaves 127.0.0.1 out; on a machine with nothing else the participant would have no address."""
    if not ice.get_host_addresses(use_ipv4=True, use_ipv6=True):
        names: Any = ice
        names.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]
