"""Whether a peer's address can be reached at all, step by step: its name, its port, its certificate.

For a person who tries a connection out; a delivery learns the same from its own call (http.py). Nothing is sent.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable
from urllib.parse import urlsplit

from adapters.wire.oauth.own_certificate import Secrets
from adapters.wire.transport import LOOPBACK, is_loopback_name, seconds_left, system_trust
from adapters.wire.trial.certificate import described
from gateway.domain.peers.trial import Cause, Told, TrialStep

PATIENCE = 5.0  # seconds for each step
HEARD_WITHIN = 0.5  # seconds in which a server that asks for our certificate says that it misses one (TLS 1.3)
_ENCRYPTED = ("https", "mllps")
# X509_V_ERR_… (OpenSSL, openssl-verification-options): what a certificate is refused for.
_CERTIFICATE = {9: Cause.TLS_NOT_YET, 10: Cause.TLS_EXPIRED, 62: Cause.TLS_NAME, 64: Cause.TLS_NAME,
                **dict.fromkeys((18, 19, 20, 21), Cause.TLS_ISSUER)}  # fmt: skip
# Alerts about our certificate (RFC 8446 §6.2), as OpenSSL spells them.
_ABOUT_OURS = ("CERTIFICATE", "UNKNOWN_CA", "ACCESS_DENIED")


@dataclass(frozen=True, slots=True)
class Line:
    """Whom we trust there, and the fingerprint of the certificate we show; "" where we show none."""

    trust: ssl.SSLContext
    fingerprint: str = ""


@runtime_checkable
class Encrypted(Protocol):
    """Settings that bring certificates of their own."""

    def line(self, secrets: Secrets) -> Line | None: ...


def system_line() -> Line:
    return Line(system_trust())


@dataclass(frozen=True, slots=True)
class Reached:
    """One step; ``told`` is None where it went well. ``host`` and ``port`` as tried."""

    step: TrialStep
    told: Told | None
    host: str
    port: int
    milliseconds: int


@dataclass(frozen=True, slots=True)
class _Address:
    host: str
    port: int
    line: Line
    facts: Mapping[str, str] = field(default_factory=dict)

    def says(self, cause: Cause, **more: str) -> Told:
        return Told(cause, {"host": self.host, "port": str(self.port), **more})


def reach(address: str, line: Callable[[], Line] = system_line) -> Iterator[Reached]:
    """The steps in their order, ending with the first that fails. ``address``: ``https://host[:port]/…`` or
    ``mllp://host:port``, ``mllps://`` where that line is encrypted."""
    parts = urlsplit(address)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    to = _Address(parts.hostname or "", port, line())
    steps = ((TrialStep.NAME, _look_up), (TrialStep.PORT, _connect), (TrialStep.TLS, _agree))
    for step, attempt in steps[: 3 if parts.scheme in _ENCRYPTED else 2]:
        began = time.monotonic()
        told = attempt(to)
        yield Reached(step, told, to.host, port, round((time.monotonic() - began) * 1000))
        if told:
            return


def _look_up(to: _Address) -> Told | None:
    if is_loopback_name(to.host):
        return None
    try:
        socket.getaddrinfo(to.host, to.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return to.says(Cause.NO_SUCH_NAME)
    return None


def _connect(to: _Address) -> Told | None:
    try:
        with _socket(to):
            return None
    except TimeoutError:
        return to.says(Cause.SILENT, seconds=f"{PATIENCE:.0f}", ours=_our_address(to))
    except OSError:
        return to.says(Cause.REFUSED, ours=_our_address(to))


def _agree(to: _Address) -> Told | None:
    try:
        with _socket(to) as plain, to.line.trust.wrap_socket(plain, server_hostname=to.host) as agreed:
            _hear_out(agreed)
            return None
    except ssl.SSLCertVerificationError as fault:
        cause = _CERTIFICATE.get(fault.verify_code, Cause.TLS)
        return to.says(cause, **described(_where(to.host), to.port))
    except TimeoutError:
        return to.says(Cause.SILENT, seconds=f"{PATIENCE:.0f}", ours=_our_address(to))
    except ssl.SSLError as fault:
        return _refused(to, fault.reason or "")
    except OSError:
        return to.says(Cause.TLS)


def _hear_out(agreed: ssl.SSLSocket) -> None:
    """In TLS 1.3 the server judges our certificate after our side is done (RFC 8446 §4.4.2)."""
    agreed.settimeout(min(HEARD_WITHIN, seconds_left(HEARD_WITHIN) or HEARD_WITHIN))
    try:
        agreed.recv(1)
    except TimeoutError:
        return


def _refused(to: _Address, alert: str) -> Told:
    if "ALERT" not in alert or not any(each in alert for each in _ABOUT_OURS):
        return to.says(Cause.TLS)
    if to.line.fingerprint:
        return to.says(Cause.CERTIFICATE_REFUSED, fingerprint=to.line.fingerprint)
    return to.says(Cause.CERTIFICATE_ASKED)


def _our_address(to: _Address) -> str:
    """By which address of ours that way goes; nothing is sent. Behind a translating router theirs is another."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
            way.connect((_where(to.host), to.port))
            return str(way.getsockname()[0])
    except (OSError, UnicodeError):
        return "–"


def _where(host: str) -> str:
    return LOOPBACK if is_loopback_name(host) else host


def _socket(to: _Address) -> socket.socket:
    return socket.create_connection((_where(to.host), to.port), max(0.1, seconds_left(PATIENCE) or 0.1))
