"""Bursts of datagrams in and out of one socket: the seam a faster path may fill.

What stands behind it sees octets, lengths and socket addresses, nothing of RTP, rooms or Python objects:

* ``receive()`` fills ``inputs`` (each ``BUFFER_SIZE`` octets), ``sizes`` and ``sources`` and returns how many arrived;
* the forwarder writes the next datagram into ``outputs[count]`` and calls ``put(size, destination)``;
* ``flush()`` sends what was put, in order. What a full socket does not take is dropped, as any network may.

``BatchedDatagrams`` needs Linux's ``recvmmsg`` and ``sendmmsg``, reached through cffi without a compiler;
``PlainDatagrams`` is one system call per datagram, for every other system, and the oracle the first is tested against.
"""

from __future__ import annotations

import errno
import socket
import struct
from collections.abc import Sequence
from typing import Any, Final, Protocol

from cffi import FFI

from video.packets.srtp import BUFFER_SIZE, buffers, ffi

BURST: Final = 64
_IPV4 = struct.Struct("=HH4s8x")  # sockaddr_in; the port in network order within
_IPV6 = struct.Struct("=HHI16sI")  # sockaddr_in6
_DECLARATIONS: Final = """
struct iovec { void *iov_base; size_t iov_len; };
struct msghdr { void *msg_name; unsigned int msg_namelen; struct iovec *msg_iov; size_t msg_iovlen;
                void *msg_control; size_t msg_controllen; int msg_flags; };
struct mmsghdr { struct msghdr msg_hdr; unsigned int msg_len; };
int recvmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags, void *timeout);
int sendmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags);
"""

Address = tuple[str, int]


def pack_address(address: Address) -> bytes:
    """The socket address as the kernel writes it: ``sockaddr_in`` or ``sockaddr_in6``."""
    host, port = address
    if ":" in host:
        return _IPV6.pack(socket.AF_INET6, socket.htons(port), 0, socket.inet_pton(socket.AF_INET6, host), 0)
    return _IPV4.pack(socket.AF_INET, socket.htons(port), socket.inet_aton(host))


def unpack_address(packed: bytes) -> Address:
    if len(packed) == _IPV6.size:
        _, port, _, host, _ = _IPV6.unpack(packed)
        return socket.inet_ntop(socket.AF_INET6, host), socket.ntohs(port)
    _, port, host = _IPV4.unpack(packed)
    return socket.inet_ntoa(host), socket.ntohs(port)


class Destination:
    """Where datagrams go: ``address`` for Python, ``pointer`` to the packed one for the kernel."""

    __slots__ = ("_memory", "address", "packed", "pointer")

    def __init__(self, address: Address) -> None:
        self.address = address
        self.packed = pack_address(address)
        self._memory: Any = ffi.new("char[]", self.packed)
        self.pointer = int(ffi.cast("uintptr_t", self._memory))


class Datagrams(Protocol):
    """See the module. ``sources`` are packed addresses, to be read as bytes before the next ``receive``."""

    input_pointers: list[Any]
    inputs: list[memoryview]
    output_pointers: list[Any]
    outputs: list[memoryview]
    sources: list[memoryview]
    count: int
    unsent: int

    @property
    def sizes(self) -> Sequence[int]: ...

    def receive(self) -> int: ...

    def put(self, size: int, destination: Destination) -> None: ...

    def flush(self) -> None: ...


class PlainDatagrams:
    """One system call per datagram."""

    def __init__(self, sock: socket.socket) -> None:
        self.input_pointers, self.inputs = buffers(BURST)
        self.output_pointers, self.outputs = buffers(BURST)
        self.sizes = [0] * BURST
        self.sources: list[memoryview] = [memoryview(b"")] * BURST
        self.count = self.unsent = 0
        self._socket = sock
        self._waiting: list[tuple[int, Address]] = []

    def receive(self) -> int:
        for place in range(BURST):
            try:
                size, source = self._socket.recvfrom_into(self.inputs[place])
            except OSError:  # nothing more to read, or an ICMP error meant for a datagram sent earlier
                return place
            self.sizes[place] = size
            self.sources[place] = memoryview(pack_address(source[:2]))
        return BURST

    def put(self, size: int, destination: Destination) -> None:
        self._waiting.append((size, destination.address))
        self.count += 1
        if self.count == BURST:
            self.flush()

    def flush(self) -> None:
        for place, (size, address) in enumerate(self._waiting):
            try:
                self._socket.sendto(self.outputs[place][:size], address)
            except OSError:
                self.unsent += 1
        self._waiting.clear()
        self.count = 0


class BatchedDatagrams:
    """``recvmmsg`` and ``sendmmsg``; raises ``OSError`` or ``AttributeError`` where the system has none."""

    def __init__(self, sock: socket.socket) -> None:
        self._calls, self._system = _system_calls()
        self._descriptor = sock.fileno()
        name_size = _IPV6.size if sock.family == socket.AF_INET6 else _IPV4.size
        self.input_pointers, self.inputs = buffers(BURST)
        self.output_pointers, self.outputs = buffers(BURST)
        self._names: Any = self._calls.new("char[]", BURST * name_size)
        names = memoryview(self._calls.buffer(self._names))
        self.sources = [names[place * name_size : (place + 1) * name_size] for place in range(BURST)]
        self._in = self._headers(self.input_pointers, name_size)
        self._out = self._headers(self.output_pointers, name_size)
        for place in range(BURST):
            self._in.headers[place].msg_hdr.msg_name = self._names + place * name_size
        self.sizes = self._in.received
        self._destinations: list[Destination | None] = [None] * BURST
        self.count = self.unsent = 0

    def _headers(self, pointers: list[Any], name_size: int) -> _Headers:
        return _Headers(self._calls, pointers, name_size)

    def receive(self) -> int:
        return max(0, int(self._system.recvmmsg(self._descriptor, self._in.headers, BURST, 0, self._calls.NULL)))

    def put(self, size: int, destination: Destination) -> None:
        place = self.count
        self._out.lengths[place] = size
        self._out.names[place] = destination.pointer
        self._destinations[place] = destination  # its memory must outlive the flush
        self.count = place + 1
        if self.count == BURST:
            self.flush()

    def flush(self) -> None:
        count, self.count = self.count, 0
        sent = 0
        while sent < count:
            done = self._system.sendmmsg(self._descriptor, self._out.headers + sent, count - sent, 0)
            if done > 0:
                sent += done
            elif self._calls.errno == errno.EAGAIN:
                self.unsent += count - sent
                return
            else:  # this one cannot be sent, or an ICMP error of an earlier one is told; the next may go
                self.unsent += 1
                sent += 1


class _Headers:
    """An array of ``mmsghdr``, one per buffer, and views on what changes: lengths to send, names, lengths received."""

    def __init__(self, calls: Any, pointers: list[Any], name_size: int) -> None:
        self._vectors: Any = calls.new("struct iovec[]", len(pointers))
        self.headers: Any = calls.new("struct mmsghdr[]", len(pointers))
        for place, pointer in enumerate(pointers):
            self._vectors[place].iov_base = calls.cast("void *", int(ffi.cast("uintptr_t", pointer)))
            self._vectors[place].iov_len = BUFFER_SIZE
            header = self.headers[place].msg_hdr
            header.msg_iov, header.msg_iovlen, header.msg_namelen = self._vectors + place, 1, name_size
        message = calls.sizeof("struct mmsghdr")
        octets = memoryview(calls.buffer(self.headers)).cast("B")
        self.names = octets.cast("P")[:: message // calls.sizeof("void *")]
        self.received = octets.cast("I")[calls.offsetof("struct mmsghdr", "msg_len") // 4 :: message // 4]
        self.lengths = memoryview(calls.buffer(self._vectors)).cast("B").cast("P")[1::2]


def _system_calls() -> tuple[Any, Any]:
    calls = FFI()
    calls.cdef(_DECLARATIONS)
    system = calls.dlopen(None)
    _ = (system.recvmmsg, system.sendmmsg)  # AttributeError where the C library has none
    return calls, system


def datagrams_of(sock: socket.socket) -> Datagrams:
    """The fastest path this system has."""
    try:
        return BatchedDatagrams(sock)
    except (OSError, AttributeError):
        return PlainDatagrams(sock)
