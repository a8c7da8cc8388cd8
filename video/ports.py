"""Aioice's sockets with the guard in front. Imported by ``peer`` alone, which puts it in aioice's place."""

from __future__ import annotations

import os
import socket
import struct
from time import monotonic
from typing import Any, Final

from aioice import ice, stun

from video.guard import Allowance, Sort, sort
from video.link import Link
from video.rtp import HEADER_SIZE, LARGEST_PACKET
from video.srtp import RX, RX_C, memmove

_CHECKS_FROM_STRANGERS: Final = 100  # per second and socket
_MOST_PATHS: Final = 64  # candidate pairs one peer may open
_MOST_QUEUED: Final = 64  # handshake records waiting to be read
_BURST: Final = 64  # datagrams taken before the event loop gets its turn


class GuardedProtocol(ice.StunProtocol):
    """One UDP socket of one connection. Media goes straight to the ``link``; checks and handshake to aioice."""

    def __init__(self, receiver: ice.Connection) -> None:
        super().__init__(receiver)
        self.link: Link | None = None
        self.refused = 0
        self.socket: socket.socket | None = None
        self._allowance = Allowance(_CHECKS_FROM_STRANGERS)

    def connection_made(self, transport: Any) -> None:
        """A second descriptor of the same socket lets us read and send without asyncio's copies."""
        super().connection_made(transport)
        self.socket = socket.socket(fileno=os.dup(transport.get_extra_info("socket").fileno()))
        self.socket.setblocking(False)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.socket is not None:
            self.socket.close()
            self.socket = None
        self.link = None
        super().connection_lost(exc)

    def datagram_received(self, data: bytes | str, addr: tuple[Any, ...]) -> None:
        """asyncio wakes us for one datagram; what came with it is read at once, or a flood would starve the call."""
        assert isinstance(data, bytes)
        self._admit(data, (addr[0], addr[1]))
        for _ in range(_BURST):
            if self.socket is None:
                return
            try:
                size, source = self.socket.recvfrom_into(RX)
            except OSError:  # nothing more to read, or an ICMP error meant for a datagram sent earlier
                return
            self._take(size, (source[0], source[1]))

    def _take(self, size: int, addr: tuple[str, int]) -> None:
        link = self.link
        # The usual case first, decided without a call: media from the peer itself (``sort`` says the same).
        if link is not None and HEADER_SIZE <= size <= LARGEST_PACKET and 127 < RX[0] < 192 and addr == link.remote:
            link.receive(size)
        else:
            self._admit(bytes(RX[:size]), addr)

    def _admit(self, data: bytes, addr: tuple[str, int]) -> None:
        kind = sort(data)
        if kind is Sort.MEDIA and self.link is not None and self._knows(addr):
            memmove(RX_C, data, len(data))
            self.link.receive(len(data))
        elif kind is Sort.CHECK:
            self._check(data, addr)
        elif kind is Sort.HANDSHAKE and self._knows(addr) and self._has_room():
            self.receiver.data_received(data, self.local_candidate.component)
        else:
            self.refused += 1

    def _knows(self, addr: tuple[str, int]) -> bool:
        """Only addresses that passed an authenticated check are in the list: the answer's candidates are ignored."""
        if self.link is not None and addr == self.link.remote:
            return True
        return any(pair.remote_addr == addr for pair in self.receiver._check_list)

    def _has_room(self) -> bool:
        return self.receiver._queue.qsize() < _MOST_QUEUED

    def _check(self, data: bytes, addr: tuple[str, int]) -> None:
        known = self._knows(addr)
        crowded = len(self.receiver._check_list) >= _MOST_PATHS
        if not known and (crowded or not self._allowance.take(monotonic())):
            self.refused += 1
            return
        try:
            stun.parse_message(data)
            super().datagram_received(data, addr)
        except (ValueError, LookupError, struct.error):  # attributes that contradict their own lengths
            self.refused += 1
            return
        if known and self.link is not None:
            self.link.heard = monotonic()
