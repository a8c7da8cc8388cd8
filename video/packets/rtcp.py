"""RTCP as bytes: the control traffic the media process ends itself or passes on rewritten.

Reading is defensive (a peer is authenticated, not trusted): a packet whose lengths do not add up is ignored as
a whole. RFC 3550 §6.4 (SR, RR), RFC 4585 §6.2–6.3 (NACK, PLI), RFC 5104 §4.3.1 (FIR), draft-alvestrand-rmcat-remb.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from video.packets.feedback import received_numbers

SENDER_REPORT: Final = 200
RECEIVER_REPORT: Final = 201
SOURCE_DESCRIPTION: Final = 202
TRANSPORT_FEEDBACK: Final = 205
PAYLOAD_FEEDBACK: Final = 206
_NACK: Final = 1
_PLI: Final = 1
_FIR: Final = 4
_APPLICATION: Final = 15

_HEAD = struct.Struct("!BBH")
_SENDER_INFO = struct.Struct("!IQIII")
_BLOCK = struct.Struct("!IIIIII")
_PAIR = struct.Struct("!HH")
_TWO = struct.Struct("!II")


@dataclass(frozen=True, slots=True)
class SenderReport:
    """Which RTP timestamp was sent at which wall-clock time; what lip synchronisation rests on."""

    ssrc: int
    ntp: int
    timestamp: int
    packets: int
    octets: int


@dataclass(frozen=True, slots=True)
class ReportBlock:
    """How a receiver fares with one stream.

    ``fraction_lost`` is in 1/256; ``last_report`` and ``delay`` are in 1/65536 s.
    """

    ssrc: int
    fraction_lost: int
    lost: int
    highest: int
    jitter: int
    last_report: int
    delay: int


@dataclass(frozen=True, slots=True)
class Nack:
    """Packets of one stream that a receiver misses."""

    ssrc: int
    seqs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class KeyFrameWish:
    """A receiver cannot decode before it gets a whole picture (PLI or FIR)."""

    ssrc: int


@dataclass(frozen=True, slots=True)
class Arrived:
    """Transport-wide numbers of packets that have reached the receiver."""

    numbers: list[int]


Message = SenderReport | ReportBlock | Nack | KeyFrameWish | Arrived


def read(compound: bytes) -> Iterator[Message]:
    """The messages of a compound packet that concern a forwarder, in order; stops at the first malformed part."""
    at = 0
    while at + 8 <= len(compound):
        first, kind, words = _HEAD.unpack_from(compound, at)
        end = at + 4 * (words + 1)
        if first >> 6 != 2 or end > len(compound):
            return
        yield from _part(kind, first & 31, compound[at:end])
        at = end


def _part(kind: int, count: int, part: bytes) -> Iterator[Message]:
    if kind == SENDER_REPORT and len(part) >= 28:
        yield SenderReport(*_SENDER_INFO.unpack_from(part, 4))
        yield from _blocks(part, 28, count)
    elif kind == RECEIVER_REPORT:
        yield from _blocks(part, 8, count)
    elif kind == TRANSPORT_FEEDBACK and count == _NACK and len(part) >= 16:
        yield _nack(part)
    elif kind == TRANSPORT_FEEDBACK and count == _APPLICATION:
        yield Arrived(received_numbers(part))
    elif kind == PAYLOAD_FEEDBACK and count == _PLI and len(part) >= 12:
        yield KeyFrameWish(_TWO.unpack_from(part, 4)[1])
    elif kind == PAYLOAD_FEEDBACK and count == _FIR:
        for at in range(12, len(part) - 7, 8):
            yield KeyFrameWish(_TWO.unpack_from(part, at)[0])


def _blocks(part: bytes, at: int, count: int) -> Iterator[ReportBlock]:
    for start in range(at, min(at + 24 * count, len(part) - 23), 24):
        ssrc, loss, highest, jitter, last_report, delay = _BLOCK.unpack_from(part, start)
        yield ReportBlock(ssrc, loss >> 24, loss & 0xFFFFFF, highest, jitter, last_report, delay)


def _nack(part: bytes) -> Nack:
    seqs: list[int] = []
    for at in range(12, len(part) - 3, 4):
        first, mask = _PAIR.unpack_from(part, at)
        seqs.append(first)
        seqs.extend((first + bit + 1) & 0xFFFF for bit in range(16) if mask >> bit & 1)
    return Nack(_TWO.unpack_from(part, 4)[1], tuple(seqs))


def sender_report(report: SenderReport, cname: str) -> bytes:
    """A sender report followed by the source's name (RFC 3550 §6.1 asks for both in one compound)."""
    info = _SENDER_INFO.pack(
        report.ssrc, report.ntp, report.timestamp, report.packets & 0xFFFFFFFF, report.octets & 0xFFFFFFFF
    )
    return _HEAD.pack(0x80, SENDER_REPORT, 6) + info + _source_name(report.ssrc, cname)


def _source_name(ssrc: int, cname: str) -> bytes:
    name = cname.encode()
    chunk = struct.pack("!IBB", ssrc, 1, len(name)) + name + b"\0"
    chunk += bytes(-len(chunk) % 4)
    return _HEAD.pack(0x81, SOURCE_DESCRIPTION, len(chunk) // 4) + chunk


def receiver_report(sender: int, blocks: Iterable[ReportBlock]) -> bytes:
    parts = [
        _BLOCK.pack(
            b.ssrc,
            (b.fraction_lost << 24) | (b.lost & 0xFFFFFF),
            b.highest,
            b.jitter & 0xFFFFFFFF,
            b.last_report,
            b.delay,
        )
        for b in blocks
    ]
    head = _HEAD.pack(0x80 | len(parts), RECEIVER_REPORT, 1 + 6 * len(parts))
    return head + struct.pack("!I", sender) + b"".join(parts)


def key_frame_wish(sender: int, ssrc: int) -> bytes:
    return _HEAD.pack(0x80 | _PLI, PAYLOAD_FEEDBACK, 2) + _TWO.pack(sender, ssrc)


def nack(sender: int, ssrc: int, seqs: list[int]) -> bytes:
    """A generic NACK; numbers within 16 of each other share one entry (RFC 4585 §6.2.1)."""
    pairs: list[tuple[int, int]] = []
    for seq in seqs:
        distance = (seq - pairs[-1][0]) & 0xFFFF if pairs else 0
        if pairs and 1 <= distance <= 16:
            pairs[-1] = (pairs[-1][0], pairs[-1][1] | 1 << (distance - 1))
        else:
            pairs.append((seq, 0))
    head = _HEAD.pack(0x80 | _NACK, TRANSPORT_FEEDBACK, 2 + len(pairs))
    return head + _TWO.pack(sender, ssrc) + b"".join(_PAIR.pack(*pair) for pair in pairs)


def bitrate_limit(sender: int, ssrc: int, bits_per_second: int) -> bytes:
    """REMB: the most a sender should send (18 bits of mantissa, 6 of exponent)."""
    exponent = max(0, bits_per_second.bit_length() - 18)
    value = (1 << 24) | (exponent << 18) | (bits_per_second >> exponent)
    body = _TWO.pack(sender, 0) + b"REMB" + _TWO.pack(value, ssrc)
    return _HEAD.pack(0x80 | _APPLICATION, PAYLOAD_FEEDBACK, len(body) // 4) + body
