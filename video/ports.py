"""The process's UDP sockets, one per address and shared by all peers, with the guard in front of aioice.

One known port is what a firewall can be opened for, and one socket read in bursts costs less than one per peer.
Who a datagram belongs to is told by its source address; an address becomes known by one connectivity check that
proves knowledge of a peer's password (RFC 8445 §7.3, RFC 8489 §9.1.3). Imported by ``peer`` alone.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
import struct
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from time import monotonic
from types import MappingProxyType
from typing import Any, Final

from aioice import Candidate, ice, stun
from aioice.candidate import candidate_foundation, candidate_priority

from gateway.logs import log
from video.guard import Allowance, Sort, sort
from video.packets.datagrams import BURST, Address, datagrams_of, unpack_address
from video.packets.link import Link
from video.packets.rtp import HEADER_SIZE, LARGEST_PACKET

_CHECKS_FROM_STRANGERS: Final = 200  # per second and socket
_MOST_PATHS: Final = 64  # addresses one peer may check from
_MOST_QUEUED: Final = 64  # handshake records waiting to be read
_MOST_BURSTS: Final = 8  # in one turn: others wait for the packet path, too
_MOST_ADMITTED: Final = 256  # checks and handshake records waiting for the event loop
_KERNEL_BUFFER: Final = 4 * 1024 * 1024
_SO_RCVBUFFORCE: Final = 33  # linux/socket.h; Python has no name for it


class MediaPort:
    """One socket. ``refused`` counts what ended here. ``read`` and ``flush`` are for the thread of ``pump``."""

    def __init__(self, address: str, port: int) -> None:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        _enlarge(self.socket)
        self.socket.bind((address, port))
        self.address: Address = (address, self.socket.getsockname()[1])
        self.announced = self.address
        self.refused = 0
        self.datagrams = datagrams_of(self.socket)
        self.flush = self.datagrams.flush
        self._names: dict[str, GuardedProtocol] = {}
        self._known: dict[bytes, GuardedProtocol] = {}
        self._allowance = Allowance(_CHECKS_FROM_STRANGERS)
        self._admitted: deque[tuple[Sort, bytes, bytes]] = deque()
        self._loop = asyncio.get_running_loop()

    def close(self) -> None:
        self.socket.close()

    def expect(self, name: str, protocol: GuardedProtocol) -> None:
        """Checks that name this user fragment are for ``protocol``."""
        self._names[name] = protocol

    def forget(self, protocol: GuardedProtocol) -> None:
        """``protocol`` is over: neither its name nor its addresses lead to it any more."""
        for name in [name for name, owner in self._names.items() if owner is protocol]:
            del self._names[name]
        for source in protocol.sources:
            if self._known.get(source) is protocol:
                del self._known[source]

    def read(self) -> bool:
        """Forward what has arrived, a few bursts at most; whether there was anything."""
        arrived = self._read_burst()
        bursts = 1
        while arrived == BURST and bursts < _MOST_BURSTS:
            arrived = self._read_burst()
            bursts += 1
        return arrived > 0 or bursts > 1

    def _read_burst(self) -> int:
        datagrams, known, now = self.datagrams, self._known, monotonic()
        sizes, sources, inputs, pointers = (
            datagrams.sizes,
            datagrams.sources,
            datagrams.inputs,
            datagrams.input_pointers,
        )
        arrived = datagrams.receive()
        for place in range(arrived):
            source, size, view = bytes(sources[place]), sizes[place], inputs[place]
            owner = known.get(source)
            link = owner.link if owner is not None else None
            # The usual case first, decided without a call: media from a connected peer (``sort`` says the same).
            if link is not None and HEADER_SIZE <= size <= LARGEST_PACKET and 127 < view[0] < 192:
                link.receive(view, pointers[place], size, now)
            else:
                self._sift(view[:size], source, owner)
        return arrived

    def _sift(self, datagram: memoryview, source: bytes, owner: GuardedProtocol | None) -> None:
        """Hand what may be a check or a handshake to the event loop; the rest ends here."""
        kind = sort(datagram)
        wanted = (kind is Sort.CHECK and (owner is not None or self._allowance.take(monotonic()))) or (
            kind is Sort.HANDSHAKE and owner is not None
        )
        if not wanted or len(self._admitted) >= _MOST_ADMITTED:
            self.refused += 1
            return
        self._admitted.append((kind, bytes(datagram), source))
        if len(self._admitted) == 1:
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._admit)

    def _admit(self) -> None:
        for _ in range(len(self._admitted)):
            kind, data, source = self._admitted.popleft()
            owner = self._known.get(source)
            if kind is Sort.CHECK:
                self._check(data, source, owner)
            elif owner is not None and owner.has_room():
                owner.receiver.data_received(data, owner.local_candidate.component)
            else:
                self.refused += 1
        if self._admitted:  # came in meanwhile and found the queue not empty
            self._loop.call_soon(self._admit)

    def _check(self, data: bytes, source: bytes, owner: GuardedProtocol | None) -> None:
        try:
            message = stun.parse_message(data)
            if message.message_class == stun.Class.REQUEST:
                owner = self._addressee(message, source, owner)
            if owner is not None:
                owner.datagram_received(data, unpack_address(source))
                return
        except (ValueError, LookupError, struct.error):  # attributes that contradict their own lengths
            pass
        self.refused += 1

    def _addressee(self, message: stun.Message, source: bytes, owner: GuardedProtocol | None) -> GuardedProtocol | None:
        """Whom a check is for; makes its address known when it carries that peer's password."""
        name, _, _ = str(message.attributes.get("USERNAME", "")).partition(":")
        protocol = self._names.get(name)
        if protocol is None or protocol is owner:
            return protocol
        password = protocol.receiver.local_password.encode()
        proven = "MESSAGE-INTEGRITY" in message.attributes and message.check_message_integrity(password)
        if not proven or "PRIORITY" not in message.attributes or len(protocol.sources) >= _MOST_PATHS:
            return None
        protocol.sources.append(source)
        self._known[source] = protocol
        return protocol


def _enlarge(sock: socket.socket) -> None:
    """Room for what all peers send while the process waits for a core.

    Without the privilege the kernel's own limit counts (net.core.rmem_max, usually 208 KiB): about 90 packets,
    which a key frame in each of ten rooms fills.
    """
    try:
        sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _KERNEL_BUFFER)
    except PermissionError:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _KERNEL_BUFFER)
    granted = sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) // 2  # the kernel doubles what it is asked for
    if granted < _KERNEL_BUFFER:
        log("video.ports").warning("small receive buffer: raise net.core.rmem_max", octets=granted)


class _Transport(asyncio.DatagramTransport):
    """What aioice takes for its own socket."""

    def __init__(self, port: MediaPort, protocol: GuardedProtocol) -> None:
        super().__init__({"sockname": port.address})
        self._port, self._protocol = port, protocol

    def sendto(self, data: Any, addr: Any = None) -> None:
        try:
            self._port.socket.sendto(data, addr)
        except OSError:  # lost, as on any network: checks and handshakes are repeated
            self._port.refused += 1

    def close(self) -> None:
        asyncio.get_running_loop().call_soon(self._protocol.connection_lost, None)


class GuardedProtocol(ice.StunProtocol):
    """One peer's share of a port. Media goes straight to its ``link``; checks and handshake to aioice."""

    def __init__(self, receiver: ice.Connection, port: MediaPort) -> None:
        super().__init__(receiver)
        self.link: Link | None = None
        self.datagrams = port.datagrams
        self.sources: list[bytes] = []  # addresses it is known by
        self._port = port
        self.connection_made(_Transport(port, self))

    def connection_lost(self, exc: Exception | None) -> None:
        self.link = None
        self._port.forget(self)
        super().connection_lost(exc)
        self.transport: Any = None

    def datagram_received(self, data: bytes | str, addr: tuple[Any, ...]) -> None:
        """An admitted check: also a sign of life."""
        if self.link is not None:
            self.link.heard = monotonic()
        super().datagram_received(data, addr)

    def has_room(self) -> bool:
        return self.receiver._queue.qsize() < _MOST_QUEUED


def open_ports(
    addresses: Sequence[str], port: int, announced: Mapping[str, tuple[str, int]] = MappingProxyType({})
) -> list[MediaPort]:
    """Bind where media is received: the given addresses, or all of this host's, or the loopback if it has no other.

    With several addresses and port 0 each gets a port of its own. ``announced`` maps a local address to what peers
    are told instead of it: the (address, port) an address translator in front of this host forwards from.
    """
    found = list(addresses) or ice.get_host_addresses(use_ipv4=True, use_ipv6=True) or ["127.0.0.1"]
    ports = [MediaPort(address, port) for address in found]
    for opened in ports:
        host, number = announced.get(opened.address[0], opened.address)
        opened.announced = (host, number or opened.address[1])
    return ports


def host_candidates(connection: ice.Connection, component: int, ports: Sequence[MediaPort]) -> list[Candidate]:
    """Give a connection its share of every port, under a name of its own."""
    connection._local_username = secrets.token_hex(8)
    candidates = []
    for port in ports:
        protocol = GuardedProtocol(connection, port)
        host, number = port.announced
        protocol.local_candidate = Candidate(
            foundation=candidate_foundation("host", "udp", host),
            component=component,
            transport="udp",
            priority=candidate_priority(component, "host"),
            host=host,
            port=number,
            type="host",
        )
        port.expect(connection.local_username, protocol)
        connection._protocols.append(protocol)
        candidates.append(protocol.local_candidate)
    return candidates
