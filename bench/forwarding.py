"""What one forwarded packet costs our media process, beside aiortc's own relay (decode, encode again) in the same run.

Both servers are processes of their own; this one replays a recorded VP8 clip and Opus-sized packets into them over
loopback and counts what comes back. CPU is what the kernel says each server has used (/proc/<pid>/task/*/schedstat).

    python bench/forwarding.py [--quick]
"""

from __future__ import annotations

import argparse
import asyncio
import fractions
import os
import random
import secrets
import struct
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import av
from aiortc import (
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
    rtcpeerconnection,
)
from aiortc.codecs.vpx import Vp8Encoder
from aiortc.rtcrtpreceiver import RTCRtpReceiver
from aiortc.rtcrtpsender import RTCRtpSender
from joserfc import jwt
from joserfc.jwk import OctKey

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from gateway.domain.room import JoinTicket  # noqa: E402

WIDTH, HEIGHT, FRAMES_PER_SECOND, CLIP_SECONDS = 640, 360, 20, 2
AUDIO_EVERY, AUDIO_OCTETS = 0.02, 80
COST_LIMIT_US = 200.0
LEAST_RATIO = 8.0
LEAST_DELIVERED = 0.97
PATIENCE = 30.0


def configuration() -> RTCConfiguration:
    return RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)


# ---- the load ------------------------------------------------------------------------------------------------


class SilentSender(RTCRtpSender):
    """Encodes nothing: the replay writes packets itself."""

    async def send(self, parameters: Any) -> None: ...

    async def stop(self) -> None: ...


class CountingReceiver(RTCRtpReceiver):
    """Decodes nothing: counts."""

    packets = 0

    async def receive(self, parameters: Any) -> None:
        self.transport._register_rtp_receiver(self, parameters)

    async def stop(self) -> None: ...

    def _handle_disconnect(self) -> None: ...

    async def _handle_rtp_packet(self, packet: Any, arrival_time_ms: int) -> None:
        CountingReceiver.packets += 1

    async def _handle_rtcp_packet(self, packet: Any) -> None: ...


def record_clip() -> list[list[bytes]]:
    """VP8 payloads per frame of a moving picture with some noise; starts with a key frame so that it can be looped."""
    rng = random.Random(1)  # the same clip in every run
    encoder = Vp8Encoder()
    encoder.target_bitrate = 1_400_000
    frames = []
    for number in range(FRAMES_PER_SECOND * CLIP_SECONDS):
        frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
        for plane in frame.planes:
            row = bytes((x + 4 * number) // 3 & 0xFF for x in range(plane.line_size))
            rows = plane.height - 24
            plane.update(row * rows + rng.randbytes(plane.line_size * 24))
        frame.pts, frame.time_base = number * 90000 // FRAMES_PER_SECOND, fractions.Fraction(1, 90000)
        payloads, _ = encoder.encode(frame, number == 0)
        frames.append(payloads)
    return frames


@dataclass
class Caller:
    """One participant: a connection, and what it has sent."""

    pc: RTCPeerConnection
    socket: aiohttp.ClientWebSocketResponse
    extensions: bool
    sent: int = 0
    seqs: dict[str, int] = field(default_factory=lambda: {"audio": 100, "video": 200})

    def packet(self, kind: str, payload: bytes, timestamp: int, marker: bool) -> bytes:
        place = 0 if kind == "audio" else 1
        transceiver = self.pc.getTransceivers()[place]
        seq = self.seqs[kind] = (self.seqs[kind] + 1) & 0xFFFF
        second = transceiver._codecs[0].payloadType | (128 if marker else 0)
        flags = 0x90 if self.extensions else 0x80
        head = struct.pack("!BBHII", flags, second, seq, timestamp & 0xFFFFFFFF, transceiver.sender._ssrc)
        if self.extensions:  # as a browser writes them: MID and transport-wide number
            head += struct.pack("!HHBBBHBBB", 0xBEDE, 2, 0x10, 48 + place, 0x31, self.sent & 0xFFFF, 0, 0, 0)
        return head + payload

    async def send(self, kind: str, payload: bytes, timestamp: int, marker: bool = False) -> None:
        await self.pc.getTransceivers()[0].sender.transport._send_rtp(self.packet(kind, payload, timestamp, marker))
        self.sent += 1


async def call(session: aiohttp.ClientSession, url: str, hello: dict[str, Any], extensions: bool) -> Caller:
    """Join by the server's offer and wait until media may flow."""
    socket = await session.ws_connect(url)
    await socket.send_json(hello)
    while (offer := await socket.receive_json())["type"] != "offer":
        pass  # news of the seats
    pc = RTCPeerConnection(configuration())
    for kind in ("audio", "video"):
        pc.addTransceiver(kind, "sendrecv")
    await pc.setRemoteDescription(RTCSessionDescription(offer["sdp"], "offer"))
    await pc.setLocalDescription(await pc.createAnswer())
    await socket.send_json({"type": "answer", "sdp": pc.localDescription.sdp})
    end = time.monotonic() + PATIENCE
    while pc.connectionState != "connected":
        if time.monotonic() > end:
            raise SystemExit(f"no connection: {pc.connectionState}")
        await asyncio.sleep(0.02)
    return Caller(pc, socket, extensions)


async def replay(caller: Caller, clip: list[list[bytes]]) -> None:
    """Send the clip in a loop, paced by the clock, until cancelled."""

    async def paced(period: float, step: Callable[[int], Any]) -> None:
        start, number = time.monotonic() + random.random() * period, 0
        while True:
            await asyncio.sleep(max(0.0, start + number * period - time.monotonic()))
            await step(number)
            number += 1

    async def picture(number: int) -> None:
        payloads = clip[number % len(clip)]
        for place, payload in enumerate(payloads):
            timestamp = number * 90000 // FRAMES_PER_SECOND
            await caller.send("video", payload, timestamp, place == len(payloads) - 1)

    async def sound(number: int) -> None:
        await caller.send("audio", secrets.token_bytes(AUDIO_OCTETS), number * 960)

    await asyncio.gather(paced(1 / FRAMES_PER_SECOND, picture), paced(AUDIO_EVERY, sound))


# ---- measuring -----------------------------------------------------------------------------------------------


def cpu_seconds(pid: int) -> float:
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


@dataclass(frozen=True)
class Result:
    microseconds: float
    delivered: float
    per_second: float


async def start(*arguments: str, **environment: str) -> tuple[asyncio.subprocess.Process, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *arguments), cwd=ROOT, env=os.environ | environment, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    line = (await asyncio.wait_for(process.stdout.readline(), PATIENCE)).decode()
    return process, line.split()[-1] + "/signal"


def unread(pid: int) -> int:
    """Datagrams that reached this process's sockets and were dropped there, because it was too slow to read."""
    tables = (Path(f"/proc/{pid}/net/{name}").read_text().splitlines()[1:] for name in ("udp", "udp6"))
    drops = {fields[9]: int(fields[12]) for table in tables for fields in map(str.split, table)}
    links = (str(link.readlink()) for link in list(Path(f"/proc/{pid}/fd").iterdir()) if link.is_symlink())
    return sum(drops.get(link.removeprefix("socket:[").removesuffix("]"), 0) for link in links)


def figures_now(pid: int, callers: list[Caller]) -> tuple[float, int, int]:
    """(CPU seconds of the server, packets that left it, packets sent to it). The load driver's own losses count as
    having left the server: they say nothing about it."""
    left = CountingReceiver.packets + unread(os.getpid())
    return cpu_seconds(pid), left, sum(caller.sent for caller in callers)


async def settled() -> None:
    """Wait until nothing more arrives: this process reads more slowly than the server sends."""
    seen = -1
    while seen != CountingReceiver.packets:
        seen = CountingReceiver.packets
        await asyncio.sleep(0.5)


async def measure(
    pid: int, url: str, hello: Callable[[int, int], dict[str, Any]], rooms: int, extensions: bool, seconds: float
) -> Result:
    clip = record_clip()
    async with aiohttp.ClientSession() as session:
        callers = [
            await call(session, url, hello(room, seat), extensions) for room in range(rooms) for seat in range(2)
        ]
        senders = [asyncio.create_task(replay(caller, clip)) for caller in callers]
        await asyncio.sleep(2.0)
        before = figures_now(pid, callers)
        await asyncio.sleep(seconds)
        for sender in senders:
            sender.cancel()
        await asyncio.gather(*senders, return_exceptions=True)
        await settled()
        after = figures_now(pid, callers)
        cpu, received, sent = (b - a for a, b in zip(before, after, strict=True))
        for caller in callers:
            await caller.pc.close()
    return Result(1e6 * cpu / max(1, received), received / max(1, sent), received / seconds)


async def ours(rooms: int, seconds: float) -> Result:
    secret = secrets.token_hex(20)

    def hello(room: int, seat: int) -> dict[str, Any]:
        ticket = JoinTicket(f"room-{room}", f"seat-{seat}", 1, "guest", int(time.time()) + 60)
        return {
            "type": "join",
            "ticket": jwt.encode({"alg": "HS256"}, ticket.claims(), OctKey.import_key(secret)),
        }

    process, url = await start("-m", "video", LAEGEBRO_MEDIA_TICKET_SECRET=secret, LAEGEBRO_MEDIA_PORT="0")
    try:
        return await measure(process.pid, url, hello, rooms, True, seconds)
    finally:
        process.terminate()
        await process.wait()


async def theirs(seconds: float) -> Result:
    process, url = await start("bench/relay_baseline.py")
    try:
        return await measure(process.pid, url, lambda room, _: {"room": str(room)}, 1, False, seconds)
    finally:
        process.kill()
        await process.wait()


async def compare(quick: bool) -> bool:
    names: Any = rtcpeerconnection
    names.RTCRtpSender, names.RTCRtpReceiver = SilentSender, CountingReceiver
    rooms, seconds = (4, 8.0) if quick else (5, 25.0)
    forwarding = await ours(rooms, seconds)
    relay = await theirs(seconds)
    for name, result, count in (("byte path", forwarding, rooms), ("MediaRelay", relay, 1)):
        print(f"{name:10}: {result.microseconds:7.1f} µs per packet, {result.per_second:.0f}/s, {count} rooms")
    ratio = relay.microseconds / forwarding.microseconds
    figures = [
        ("forwarding_cpu_per_packet", forwarding.microseconds, "us", "<=", COST_LIMIT_US),
        ("forwarding_delivered", forwarding.delivered, "ratio", ">=", LEAST_DELIVERED),
        ("relay_cpu_per_packet", relay.microseconds, "us", ">=", 0.0),
        ("relay_to_forwarding", ratio, "ratio", ">=", LEAST_RATIO),
    ]
    for name, value, unit, sign, limit in figures:
        print(f"FIGURE {name}={value:.3f} unit={unit} limit={sign}{limit:g}")
    return all(value <= limit if sign == "<=" else value >= limit for _, value, _, sign, limit in figures)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="under a minute")
    return 0 if asyncio.run(compare(parser.parse_args().quick)) else 1


if __name__ == "__main__":
    sys.exit(main())
