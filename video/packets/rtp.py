"""RTP as bytes: the second step of a packet's way through the media process (guard, then here, then ``forward``).

Nothing here makes an object per packet: the functions read offsets out of a buffer and write into it in place.
Layouts: RFC 3550 §5.1 (header), RFC 8285 §4.2 (one-byte header extensions), RFC 4588 §4 (retransmission).
"""

from __future__ import annotations

import struct
from typing import Any, Final

# The server always offers, so these identifiers are the same in every answer (RFC 8285 §6).
MID_ID: Final = 1
AUDIO_LEVEL_ID: Final = 2
TRANSPORT_CC_ID: Final = 3
MID_URI: Final = "urn:ietf:params:rtp-hdrext:sdes:mid"
AUDIO_LEVEL_URI: Final = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
TRANSPORT_CC_URI: Final = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"

HEADER_SIZE: Final = 12
LAID_OUT: Final = 24  # octets of a header with extensions as browsers send them: MID, level and transport-cc fit in
NO_SHAPE: Final = (0, 0, 0, 1, 1)  # of no packet
LARGEST_PACKET: Final = 1600  # what a peer may send: an Ethernet frame and some room

FIXED_HEADER: Final = struct.Struct("!BBHII")  # flags, marker and payload type, sequence, timestamp, SSRC
WHOLE_HEADER: Final = struct.Struct("!BBHIIQI")  # the same and what follows it, up to ``LAID_OUT``
AFTER_FLAGS: Final = struct.Struct("!BHII")  # the same without the first octet
SHORT: Final = struct.Struct("!H")
_PARTS: Final = struct.Struct("!QI")


class Packet:
    """The packet on its way through the process: one object, used again for each.

    ``view`` and ``pointer`` are its buffer, ``second`` the octet of marker bit and payload type, ``*_at`` what
    ``layout`` found.
    """

    __slots__ = ("cc_at", "mid_at", "payload_at", "pointer", "second", "seq", "size", "ssrc", "timestamp", "view")

    def __init__(self) -> None:
        self.view = memoryview(b"")
        self.pointer: Any = None
        self.size = self.second = self.seq = self.timestamp = self.ssrc = 0
        self.payload_at = self.mid_at = self.cc_at = 0


def steps_ahead(seq: int, than: int) -> int:
    """How far ``seq`` is ahead of ``than`` modulo 2^16; above 32767 means behind."""
    return (seq - than) & 0xFFFF


def layout(packet: memoryview, size: int) -> tuple[int, int, int] | None:
    """Where the payload, the MID value and the transport-cc number of a packet of ``size`` octets start.

    Zero stands for "not carried". ``None`` when the lengths in the packet contradict its size, or when it uses
    an extension profile we did not offer. A MID longer than one octet is blanked: our own MIDs are one octet,
    and a sender's MID means nothing to the receivers of the forwarded packet.
    """
    first = packet[0]
    start = HEADER_SIZE + 4 * (first & 15)
    if not first & 16:
        return (start, 0, 0) if start <= size else None
    if start + 4 > size or packet[start] != 0xBE or packet[start + 1] != 0xDE:
        return None
    end = start + 4 + 4 * ((packet[start + 2] << 8) | packet[start + 3])
    if end > size:
        return None
    return _elements(packet, start + 4, end)


def _elements(packet: memoryview, at: int, end: int) -> tuple[int, int, int] | None:
    payload_at, mid_at, cc_at = end, 0, 0
    while at < end:
        head = packet[at]
        if not head:  # padding octet
            at += 1
            continue
        length = (head & 15) + 1
        if at + 1 + length > end:
            return None
        if head >> 4 == TRANSPORT_CC_ID and length == 2:
            cc_at = at + 1
        elif head >> 4 == MID_ID:
            mid_at = _mid_value(packet, at, length)
        at += 1 + length
    return payload_at, mid_at, cc_at


def shape_of(packet: memoryview, payload_at: int) -> tuple[int, int, int, int, int]:
    """What two packets must share for ``layout`` to find the same in both: (first octet, masks over the two last parts
    of ``WHOLE_HEADER``, those parts under the masks). The masks leave out the values of the extensions."""
    if packet[0] & 31 != 16 or payload_at != LAID_OUT:  # no extension, or contributing sources before it
        return NO_SHAPE
    mask = bytearray(b"\xff\xff\xff\xff" + bytes(payload_at - 16))
    at = 16
    while at < payload_at:
        mask[at - 12] = 0xFF
        length = (packet[at] & 15) + 1 if packet[at] else 0
        if packet[at] >> 4 == MID_ID and length > 1:
            return NO_SHAPE  # ``layout`` must blank it each time
        at += 1 + length
    *_, early, late = WHOLE_HEADER.unpack_from(packet)
    early_mask, late_mask = _PARTS.unpack(mask)
    return packet[0], early_mask, late_mask, early & early_mask, late & late_mask


def _mid_value(packet: memoryview, at: int, length: int) -> int:
    if length == 1:
        return at + 1
    packet[at : at + 1 + length] = bytes(1 + length)
    return 0


def payload_end(packet: memoryview, size: int) -> int:
    """Where the payload ends when trailing padding (RFC 3550 §5.1, P bit) is taken off."""
    return size - packet[size - 1] if packet[0] & 32 and size else size


def unwrap_retransmission(packet: memoryview, size: int, payload_at: int, payload_type: int, ssrc: int) -> int | None:
    """Turn a retransmission packet back into the original, in place; the new size, or ``None`` for padding only.

    The first two payload octets are the original sequence number (RFC 4588 §4).
    """
    if payload_end(packet, size) - payload_at < 2:
        return None
    (original,) = SHORT.unpack_from(packet, payload_at)
    AFTER_FLAGS.pack_into(
        packet, 1, (packet[1] & 128) | payload_type, original, FIXED_HEADER.unpack_from(packet)[3], ssrc
    )
    packet[payload_at : size - 2] = bytes(packet[payload_at + 2 : size])
    return size - 2


def wrap_retransmission(
    packet: bytes, payload_at: int, payload_type: int, seq: int, ssrc: int, original_seq: int
) -> bytearray:
    """The retransmission of ``packet``, a copy with its own numbering and the original number in front."""
    wrapped = bytearray(packet[:payload_at])
    wrapped += SHORT.pack(original_seq)
    wrapped += packet[payload_at:]
    timestamp = FIXED_HEADER.unpack_from(packet)[3]
    AFTER_FLAGS.pack_into(wrapped, 1, (packet[1] & 128) | payload_type, seq, timestamp, ssrc)
    return wrapped
