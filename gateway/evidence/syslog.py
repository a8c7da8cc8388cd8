"""Heads to a log server: one RFC 5424 message each, over TLS (RFC 5425) or into a file that another program ships."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC
from pathlib import Path
from urllib.parse import urlsplit

from gateway.domain.errors import ConfigFault
from gateway.domain.trail import Head

LOG_AUDIT, NOTICE = 13, 5  # facility and severity, RFC 5424 §6.2.1
SECONDS = 5.0
PORT = 6514  # RFC 5425 §4.1


class NotLogged(Exception):
    """The log server was not reached, or is not whom its name says. ``why`` is a kind of fault, without content."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def message(head: Head) -> bytes:
    """``<PRI>1 TIME HOST APP PID MSGID - text``; no citizen and no employee is in a head."""
    at = head.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    text = f"organisation={head.chain} link={head.number} head={head.head.hex()}"
    host = socket.gethostname() or "-"
    said = f"<{LOG_AUDIT * 8 + NOTICE}>1 {at} {host} laegebro {os.getpid()} audit-head - {text}"
    return said.encode("ascii", "replace")


def require_place(place: str) -> None:
    """``tls://host[:port]`` or ``file:/path``; raises ``ConfigFault``."""
    parts = urlsplit(place)
    if (parts.scheme == "tls" and parts.hostname) or (parts.scheme == "file" and parts.path.startswith("/")):
        return
    raise ConfigFault("audit_syslog: must be tls://host:port or file:/path")


def send(place: str, heads: Sequence[Head], trusted: str = "") -> None:
    """``trusted``: a file with the log server's CA certificates; else those of the machine. Raises ``NotLogged``."""
    require_place(place)
    parts = urlsplit(place)
    messages = [message(head) for head in heads]
    try:
        if parts.scheme == "file":
            _append(Path(parts.path), messages)
        else:
            _over_tls(str(parts.hostname), parts.port or PORT, messages, trusted)
    except OSError as fault:  # also ssl.SSLError
        raise NotLogged(type(fault).__name__) from None


def _append(path: Path, messages: Sequence[bytes]) -> None:
    with path.open("ab") as file:
        file.write(b"".join(each + b"\n" for each in messages))
        file.flush()
        os.fsync(file.fileno())


def _over_tls(host: str, port: int, messages: Sequence[bytes], trusted: str) -> None:
    """Each message with its length before it (RFC 5425 §4.3)."""
    context = ssl.create_default_context(cafile=trusted or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    with (
        socket.create_connection((host, port), SECONDS) as plain,
        context.wrap_socket(plain, server_hostname=host) as line,
    ):
        line.sendall(b"".join(b"%d %s" % (len(each), each) for each in messages))
        with suppress(ssl.SSLEOFError):  # a server that hangs up without saying so has read what came before
            line.unwrap()
