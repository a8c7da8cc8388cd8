"""The socket under every outbound call: one deadline for the whole call, and names below ``.localhost`` at home.

httpx's own timeouts count per read, so a peer that sends one byte at a time is never late. Here every read and write
gets what is left of the call's deadline, which also spans several calls where a caller opens ``within``.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

import httpcore
import httpx

LOOPBACK = "127.0.0.1"
_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """All calls inside share this many seconds; an enclosing ``within`` that ends earlier still holds."""
    ends = time.monotonic() + seconds
    outer = _deadline.get()
    token = _deadline.set(ends if outer is None else min(ends, outer))
    try:
        yield
    finally:
        _deadline.reset(token)


def seconds_left(otherwise: float | None = None) -> float | None:
    """What is left of the deadline in force, at most ``otherwise``; None where there is no limit at all."""
    ends = _deadline.get()
    if ends is None:
        return otherwise
    left = max(0.0, ends - time.monotonic())
    return left if otherwise is None else min(left, otherwise)


def is_loopback_name(host: str) -> bool:
    """RFC 6761 §6.3: ``localhost`` and every name below it are this machine, whatever a resolver says."""
    name = host.rstrip(".").lower()
    return name == "localhost" or name.endswith(".localhost")


# Handshakes that end so were cut off, not refused.
_CUT_OFF = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)


def trouble_of(met: BaseException) -> str:
    """What is wrong with the address or the certificates, "" where it is neither. A name that no resolver knows (RFC
    1035 §4.1.1), and a TLS peer that we do not believe or that does not believe us (RFC 8446 §6.2)."""
    if isinstance(met, (socket.gaierror, UnicodeError)):
        return "no-such-name"
    if isinstance(met, ssl.SSLError) and not isinstance(met, _CUT_OFF):
        return "tls"
    return ""


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        limit = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, limit))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _left(timeout: float | None, fault: type[httpcore.TimeoutException]) -> float | None:
    left = seconds_left(timeout)
    if left is not None and left <= 0:
        raise fault
    return left


class _Backend(httpcore.NetworkBackend):
    """Connects by TCP; the name asked for stays in the Host header and in the TLS handshake."""

    def __init__(self, public_only: bool) -> None:
        self._inner = httpcore.SyncBackend()
        self._public_only = public_only

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        address = LOOPBACK if is_loopback_name(host) else host
        if self._public_only:
            address = public_address(address, port)
        limit = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.connect_tcp(address, port, limit, local_address, socket_options))


def public_address(host: str, port: int) -> str:
    """The address to connect to, looked up once and judged itself, so that no second look-up can say otherwise.

    ``ConnectError`` where any address of that name lies at home, in a private or a reserved net (RFC 6890)."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as fault:
        raise httpcore.ConnectError("no such name") from fault
    addresses = [str(each[4][0]).partition("%")[0] for each in found]
    if not addresses or not all(is_public(each) for each in addresses):
        raise httpcore.ConnectError("not a public address")
    return addresses[0]


def is_public(address: str) -> bool:
    """Whether an IP address lies in no private or reserved net, also inside an IPv4-mapped one."""
    parsed = ipaddress.ip_address(address)
    inner = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return all(each.is_global and not each.is_multicast for each in (parsed, inner) if each is not None)


class _Body(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        yield from self._response.iter_stream()

    def close(self) -> None:
        self._response.close()


@cache
def system_trust() -> ssl.SSLContext:
    """As ``system_context``; read once, since that takes longer than a call."""
    return system_context()


def system_context() -> ssl.SSLContext:
    """The operating system's certificates, TLS 1.2 at least."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


class Transport(httpx.BaseTransport):
    """A connection pool for one peer; raises httpcore's exceptions, which name the phase. ``public_only``: for an
    address that a stranger named, so that it cannot make us call our own neighbours. ``trust``: with our own
    certificate in it, where the peer asks for one."""

    def __init__(self, *, public_only: bool = False, trust: ssl.SSLContext | None = None) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=trust or system_trust(),
            max_connections=8,
            # Shorter than any server's own patience: a connection closed under a request leaves its outcome unknown.
            keepalive_expiry=4.0,
            network_backend=_Backend(public_only),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        response = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            response.status, headers=response.headers, stream=_Body(response), extensions=response.extensions
        )

    def close(self) -> None:
        self._pool.close()
