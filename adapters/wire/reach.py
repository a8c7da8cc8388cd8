"""Whether a peer's address can be reached at all, step by step: its name, its port, its certificate.

For a person who tries a connection out; a delivery learns the same from its own call (http.py). Nothing is sent.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from adapters.wire.transport import LOOPBACK, is_loopback_name, system_trust

PATIENCE = 5.0  # seconds for each step
# X509_V_ERR_… (OpenSSL, openssl-verification-options): what a certificate is refused for.
_CERTIFICATE = {9: "tls-not-yet", 10: "tls-expired", 18: "tls-issuer", 19: "tls-issuer", 20: "tls-issuer",
                21: "tls-issuer", 62: "tls-name", 64: "tls-name"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reached:
    """One step: ``step`` is name, port or tls; ``code`` is "" where it went well. ``host`` and ``port`` as tried."""

    step: str
    code: str
    host: str
    port: int
    milliseconds: int


def reach(address: str, trust: Callable[[], ssl.SSLContext] = system_trust) -> Iterator[Reached]:
    """The steps in their order, ending with the first that fails. ``address``: ``https://host[:port]/…`` or
    ``mllp://host:port``."""
    parts = urlsplit(address)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    for step, attempt in (("name", _look_up), ("port", _connect), ("tls", _agree)):
        if step == "tls" and parts.scheme != "https":
            return
        began = time.monotonic()
        code = attempt(host, port, trust)
        yield Reached(step, code, host, port, round((time.monotonic() - began) * 1000))
        if code:
            return


def _look_up(host: str, port: int, _trust: Callable[[], ssl.SSLContext]) -> str:
    if is_loopback_name(host):
        return ""
    try:
        socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return "no-such-name"
    return ""


def _connect(host: str, port: int, _trust: Callable[[], ssl.SSLContext]) -> str:
    try:
        with _socket(host, port):
            return ""
    except TimeoutError:
        return "silent"
    except OSError:
        return "refused"


def _agree(host: str, port: int, trust: Callable[[], ssl.SSLContext]) -> str:
    try:
        with _socket(host, port) as plain, trust().wrap_socket(plain, server_hostname=host):
            return ""
    except ssl.SSLCertVerificationError as fault:
        return _CERTIFICATE.get(fault.verify_code, "tls")
    except TimeoutError:
        return "silent"
    except (ssl.SSLError, OSError):
        return "tls"


def _socket(host: str, port: int) -> socket.socket:
    return socket.create_connection((LOOPBACK if is_loopback_name(host) else host, port), PATIENCE)
