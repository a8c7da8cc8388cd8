"""A door of this machine's where a peer brings what it has to say, for as long as a certification lasts."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar, Self
from urllib.parse import urlsplit

from gateway.domain.errors import ConfigFault
from gateway.domain.peers.messages import Envelope

LOOPBACK = ("127.0.0.1", "::1", "localhost")
LARGEST = 1_048_576  # bytes: as much as the gateway's own doors take


@dataclass(frozen=True, slots=True)
class Place:
    """Where a door is: ``host`` and ``port`` to listen at (0: any free one), ``url`` as the peer calls it."""

    host: str = "127.0.0.1"
    port: int = 0
    url: str = ""

    @classmethod
    def parse(cls, url: str) -> Place:
        """``ConfigFault`` for what is no address of a door. "" is a free port that only this machine reaches."""
        if not url:
            return cls()
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port or 0
        except ValueError:
            host, port = "", 0
        if not host or not port or parts.scheme != "http":
            raise ConfigFault("--door: write http://this-machine:port/path, as the vendor's system reaches it")
        return cls("127.0.0.1" if host in LOOPBACK else "", port, url)


class LocalServer(ABC):
    """``with`` it is open; ``endpoint`` is its address."""

    path: ClassVar[str]

    def __init__(self, place: Place | None = None) -> None:
        where = place or Place()
        handler = type("Handler", (_Handler,), {"server_of": self})
        try:
            self._server = ThreadingHTTPServer((where.host, where.port), handler)
        except OSError as fault:
            raise ConfigFault(f"--door: cannot listen at port {where.port}: {fault.strerror}") from None
        self._server.daemon_threads = True
        self.endpoint = where.url or f"http://127.0.0.1:{self._server.server_port}{self.path}"

    @abstractmethod
    def take(self, envelope: Envelope) -> int:
        """The status it is answered with."""

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    server_of: LocalServer

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "0")
        size = int(length) if length.isdecimal() else LARGEST + 1
        headers = {name.lower(): value for name, value in self.headers.items()}
        taken = size <= LARGEST
        status = self.server_of.take(Envelope(headers, {}, self.rfile.read(size))) if taken else 413
        self.close_connection = self.close_connection or not taken
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""
