"""Packets and peers for the unit tests: bytes written out by hand, real libsrtp sessions, real UDP sockets."""

from __future__ import annotations

import socket
import struct
from time import monotonic
from typing import Any

from pylibsrtp import Policy, Session

from video.packets.datagrams import Destination, datagrams_of
from video.packets.inbound import Inbound
from video.packets.link import Link
from video.packets.outbound import Outbound
from video.packets.srtp import Contexts

AUDIO, VIDEO, REPAIR = 96, 97, 98
TYPES = bytearray(256)
for _type in (AUDIO, VIDEO):
    TYPES[_type], TYPES[_type | 128] = _type, _type | 128


def rtp(
    seq: int,
    *,
    kind: int = VIDEO,
    timestamp: int = 1000,
    ssrc: int = 1,
    mid: bytes | None = b"1",
    number: int | None = 7,
    payload: bytes = b"picture",
    marker: bool = False,
) -> bytes:
    """One RTP packet with one-byte header extensions, as a browser writes it."""
    elements = b""
    if mid is not None:
        elements += bytes([1 << 4 | len(mid) - 1]) + mid
    if number is not None:
        elements += bytes([3 << 4 | 1]) + struct.pack("!H", number)
    elements += bytes(-len(elements) % 4)
    extension = struct.pack("!HH", 0xBEDE, len(elements) // 4) + elements if elements else b""
    flags = 0x90 if elements else 0x80
    head = struct.pack("!BBHII", flags, kind | (128 if marker else 0), seq & 0xFFFF, timestamp, ssrc)
    return head + extension + payload


def _policy(key: bytes, direction: int) -> Policy:
    policy = Policy(key=key, ssrc_type=direction, srtp_profile=Policy.SRTP_PROFILE_AEAD_AES_128_GCM)
    policy.allow_repeat_tx = True
    policy.window_size = 1024
    return policy


class Far:
    """The other end of one link: seals what it sends, opens what it gets."""

    def __init__(self, name: int, inbound: bool) -> None:
        up, down = bytes([name]) * 28, bytes([name + 100]) * 28
        self._seal = Session(_policy(up, Policy.SSRC_ANY_OUTBOUND))
        self._open = Session(_policy(down, Policy.SSRC_ANY_INBOUND))
        contexts = Contexts(
            Session(_policy(up, Policy.SSRC_ANY_INBOUND)), Session(_policy(down, Policy.SSRC_ANY_OUTBOUND))
        )
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)
        self._out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.ways = datagrams_of(self._out)
        self.link = Link(contexts, self.ways, Destination(self.socket.getsockname()), own_ssrc=99)
        self.video = Inbound("video", 90000, 99, self.link.control)
        if inbound:
            self.link.carry([(self.video, {VIDEO: REPAIR})])

    def outbound(self, ssrc: int = 5000, mid: str = "3") -> Outbound:
        out = Outbound(self.link, mid, (ssrc, ssrc + 1), bytes(TYPES), {VIDEO: REPAIR}, "slot-0")
        self.link.outs[ssrc] = out
        return out

    def sends(self, packet: bytes) -> None:
        self._deliver(self._seal.protect(packet))

    def sends_control(self, packet: bytes) -> None:
        self._deliver(self._seal.protect_rtcp(packet))

    def _deliver(self, sealed: bytes) -> None:
        self.ways.inputs[0][: len(sealed)] = sealed
        self.link.receive(self.ways.inputs[0], self.ways.input_pointers[0], len(sealed), monotonic())

    def _datagrams(self) -> list[bytes]:
        found = []
        self.ways.flush()
        while True:
            try:
                found.append(self.socket.recv(2048))
            except BlockingIOError:
                return found

    def got(self) -> tuple[list[bytes], list[bytes]]:
        """(RTP packets, RTCP packets) that arrived since the last call, opened."""
        media, control = [], []
        for sealed in self._datagrams():
            if 192 <= sealed[1] <= 223:
                control.append(self._open.unprotect_rtcp(sealed))
            else:
                media.append(self._open.unprotect(sealed))
        return media, control

    def close(self) -> None:
        self.socket.close()
        self._out.close()


def head(packet: bytes) -> dict[str, Any]:
    """The fields of an RTP packet that forwarding may change, with the values of our two extensions."""
    flags, second, seq, timestamp, ssrc = struct.unpack("!BBHII", packet[:12])
    fields: dict[str, Any] = {
        "type": second & 127,
        "marker": bool(second & 128),
        "seq": seq,
        "timestamp": timestamp,
        "ssrc": ssrc,
    }
    at = 12
    if flags & 16:
        words = struct.unpack("!H", packet[14:16])[0]
        at = 16
        end = 16 + 4 * words
        while at < end:
            if not packet[at]:
                at += 1
                continue
            number, length = packet[at] >> 4, (packet[at] & 15) + 1
            fields[f"extension {number}"] = packet[at + 1 : at + 1 + length]
            at += 1 + length
        at = end
    fields["payload"] = packet[at:]
    return fields
