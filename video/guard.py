"""The first step of every datagram: is it anything we could want, from anybody we know?

A media port is open to the whole network. Whatever does not look like one of the three protocols of a call
(RFC 7983 §7), comes from an address that has not passed a connectivity check, or comes faster than it can be
used, ends here: uncounted by the call, unqueued, unparsed.
"""

from __future__ import annotations

import struct
from enum import Enum
from typing import Final

from video.packets.rtp import HEADER_SIZE, LARGEST_PACKET

_STUN_COOKIE: Final = 0x2112A442
_STUN_HEADER: Final = struct.Struct("!HHI")


class Sort(Enum):
    """What the first octet says a datagram is (RFC 7983 §7)."""

    CHECK = "STUN"
    HANDSHAKE = "DTLS"
    MEDIA = "RTP or RTCP"
    ALIEN = "nothing of ours"


def sort(datagram: bytes | memoryview) -> Sort:
    size = len(datagram)
    if not 8 <= size <= LARGEST_PACKET:
        return Sort.ALIEN
    first = datagram[0]
    if 128 <= first <= 191:
        return Sort.MEDIA if size >= HEADER_SIZE else Sort.ALIEN
    if first <= 3:
        return Sort.CHECK if _looks_like_stun(datagram) else Sort.ALIEN
    if 20 <= first <= 63:
        return Sort.HANDSHAKE if size >= 13 else Sort.ALIEN  # a DTLS record's own header (RFC 6347 §4.1)
    return Sort.ALIEN


def _looks_like_stun(datagram: bytes | memoryview) -> bool:
    if len(datagram) < 20:
        return False
    _, length, cookie = _STUN_HEADER.unpack_from(datagram)
    return bool(cookie == _STUN_COOKIE and length == len(datagram) - 20)


class Allowance:
    """So many per second, and as many (or ``at_once``) together: for whatever strangers may make us do."""

    __slots__ = ("_left", "_most", "_per_second", "_since")

    def __init__(self, per_second: int, at_once: int | None = None) -> None:
        self._per_second = per_second
        self._most = at_once or per_second
        self._left = float(self._most)
        self._since = 0.0

    def take(self, now: float) -> bool:
        """Whether one more is allowed at ``now`` (monotonic seconds)."""
        self._left = min(self._most, self._left + (now - self._since) * self._per_second)
        self._since = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
