"""The traffic of many callers: a recorded clip sent as SRTP from one thread on time, and what comes back counted."""

from __future__ import annotations

import asyncio
import fractions
import os
import random
import select
import socket
import struct
import threading
import time
from array import array
from typing import Any, Final

import av
from aiortc import RTCPeerConnection
from aiortc.codecs.vpx import Vp8Encoder

from video.packets import rtcp
from video.packets.feedback import Arrivals
from video.packets.rtp import layout
from video.packets.srtp import SIZE, buffers, lib

WIDTH, HEIGHT, RATE, SECONDS = 1280, 720, 30, 4
BITS: Final = 1_440_000  # about 150 packets a second
SPACING: Final = 0.001  # between packets of one picture
AUDIO_EVERY, AUDIO_OCTETS = 0.02, 100
_STAMP = struct.Struct("=d")
_HEAD = struct.Struct("!BBHII")
_SHORT = struct.Struct("!H")
_EXTENSION: Final = bytes.fromhex("BEDE00021030310000000000")  # MID "0", transport-cc
_SO_TIMESTAMPNS: Final = 35  # linux/socket.h; the kernel's own time of arrival, not that of this busy program
_TIMESPEC = struct.Struct("=qq")
_RECEIVE_BUFFER: Final = 1 << 21


def record_clip() -> list[list[bytes]]:
    """VP8 payloads per picture: something that moves over a part with noise; begins with a key frame to be looped."""
    rng = random.Random(1)
    encoder = Vp8Encoder()
    encoder.target_bitrate = BITS
    frames = []
    for number in range(RATE * SECONDS):
        frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
        for plane in frame.planes:
            row = bytes((x + 4 * number) // 3 & 0xFF for x in range(plane.line_size))
            noisy = plane.height // 72
            plane.update(row * (plane.height - noisy) + rng.randbytes(plane.line_size * noisy))
        frame.pts, frame.time_base = number * 90000 // RATE, fractions.Fraction(1, 90000)
        payloads, _ = encoder.encode(frame, number == 0)
        frames.append(payloads)
    return frames


class Caller:
    """One participant, taken over from aiortc once connected: its socket, its keys, its two streams."""

    def __init__(self, pc: RTCPeerConnection) -> None:
        transceivers = pc.getTransceivers()[:2]
        dtls = transceivers[0].sender.transport
        pair = dtls.transport._connection._nominated[1]
        self.pc = pc
        self.protocol = pair.protocol
        self.socket = socket.socket(fileno=os.dup(pair.protocol.transport.get_extra_info("socket").fileno()))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        self.socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self.remote = pair.remote_addr
        self.seal, self.open = dtls._tx_srtp._srtp[0], dtls._rx_srtp._srtp[0]
        self._owners = (dtls._tx_srtp, dtls._rx_srtp)
        self.types = [t._codecs[0].payloadType for t in transceivers]
        self.ssrcs = [t.sender._ssrc for t in transceivers]
        self.seqs = [random.randrange(0x4000) for _ in range(2)]
        self.number = 0
        self.arrivals = Arrivals()
        self.heard: dict[int, int] = {}  # SSRC → highest number
        self.stamp_at = 0

    def take_over(self, loop: Any) -> None:
        """From now on the replay reads the socket, not asyncio."""
        loop._remove_reader(self.protocol.transport.get_extra_info("socket").fileno())


class Replay(threading.Thread):
    """Sends every caller's share on time and reads what comes back, until stopped."""

    def __init__(self, callers: list[Caller], clip: list[list[bytes]], loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(daemon=True)
        self._callers, self._clip, self._loop = callers, clip, loop
        pointers, views = buffers(2)
        (self._out_c, self._in_c), (self._out, self._in) = pointers, views
        self.sent = self.received = self.bad = self.late = 0
        self.latencies = array("d")
        self.measuring = self.stopping = False

    def run(self) -> None:
        poller = select.epoll()
        by_descriptor = {caller.socket.fileno(): caller for caller in self._callers}
        for descriptor in by_descriptor:
            poller.register(descriptor, select.EPOLLIN)
        start = time.monotonic() + 0.1
        rng = random.Random(2)
        # (when, number in the stream, caller): video, audio and reports of each caller, at phases of their own
        video = [[start + rng.random() / RATE, 0, 0, caller] for caller in self._callers]
        audio = [[start + rng.random() * AUDIO_EVERY, 0, caller] for caller in self._callers]
        reports = [[start + rng.random() * 0.1, 0, caller] for caller in self._callers]
        while not self.stopping:
            now = time.monotonic()
            for due in video:
                self._send_pictures(due, now)
            for due in audio:
                self._send_sound(due, now)
            for due in reports:
                if due[0] <= now:
                    self._report(due[2], due[1])
                    due[0] += 0.1
                    due[1] += 1
            # Looks now and then instead of waiting: a packet sent must not wake this program at the server's cost.
            for descriptor, _ in poller.poll(0):
                self._read(by_descriptor[descriptor])
            time.sleep(0.0005)

    def _send_sound(self, due: list[Any], now: float) -> None:
        while due[0] <= now:
            self._send(due[2], 0, b"\xfc" * AUDIO_OCTETS, due[1] * 960, True)
            due[0] += AUDIO_EVERY
            due[1] += 1

    def _send_pictures(self, due: list[Any], now: float) -> None:
        while due[0] <= now:
            _, number, packet, caller = due
            payloads = self._clip[number % len(self._clip)]
            last = packet == len(payloads) - 1
            self._send(caller, 1, payloads[packet], number * 90000 // RATE, last)
            if last:
                due[0] += 1 / RATE - packet * SPACING
                due[1], due[2] = number + 1, 0
            else:
                due[0] += SPACING
                due[2] = packet + 1

    def _send(self, caller: Caller, kind: int, payload: bytes, timestamp: int, marker: bool) -> None:
        out = self._out
        seq = caller.seqs[kind] = (caller.seqs[kind] + 1) & 0xFFFF
        second = caller.types[kind] | (128 if marker else 0)
        _HEAD.pack_into(out, 0, 0x90, second, seq, timestamp & 0xFFFFFFFF, caller.ssrcs[kind])
        out[12:24] = _EXTENSION
        out[17] = 48 + kind
        _SHORT.pack_into(out, 19, caller.number)
        caller.number = (caller.number + 1) & 0xFFFF
        end = 24 + len(payload)
        out[24:end] = payload
        _STAMP.pack_into(out, end, time.time())
        SIZE[0] = end + _STAMP.size
        lib.srtp_protect(caller.seal, self._out_c, SIZE)
        try:
            caller.socket.sendto(out[: SIZE[0]], caller.remote)
            self.sent += 1
        except OSError:
            self.late += 1

    def _report(self, caller: Caller, number: int) -> None:
        parts = [caller.arrivals.feedback(caller.ssrcs[1], 1)]
        if number % 10 == 0:
            blocks = [rtcp.ReportBlock(s, 0, 0, highest, 0, 0, 0) for s, highest in list(caller.heard.items())[:4]]
            parts.append(rtcp.receiver_report(caller.ssrcs[1], blocks))
        for part in parts:
            if part is None:
                continue
            self._out[: len(part)] = part
            SIZE[0] = len(part)
            lib.srtp_protect_rtcp(caller.seal, self._out_c, SIZE)
            caller.socket.sendto(self._out[: SIZE[0]], caller.remote)

    def _read(self, caller: Caller) -> None:
        view = self._in
        while True:
            try:
                size, control, _, source = caller.socket.recvmsg_into([view], 64)
            except OSError:
                return
            seconds, nanoseconds = _TIMESPEC.unpack(control[0][2])
            now = seconds + nanoseconds / 1e9
            if not 127 < view[0] < 192:
                self._loop.call_soon_threadsafe(caller.protocol.datagram_received, bytes(view[:size]), source)
            elif not 191 < view[1] < 224:
                self._count(caller, size, now)

    def _count(self, caller: Caller, size: int, now: float) -> None:
        SIZE[0] = size
        if lib.srtp_unprotect(caller.open, self._in_c, SIZE):
            self.bad += 1
            return
        self.received += 1
        size = SIZE[0]
        _, _, seq, _, ssrc = _HEAD.unpack_from(self._in)
        caller.heard[ssrc] = seq
        places = layout(self._in, size)
        if places and places[2]:
            caller.arrivals.note((_SHORT.unpack_from(self._in, places[2])[0], now))
        if self.measuring:
            self.latencies.append(now - _STAMP.unpack_from(self._in, size - _STAMP.size)[0])
