"""A peer that answers what a test tells it to, over a real socket; it also remembers what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Reply:
    """``raw`` replaces the whole answer, byte by byte."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    raw: Iterable[bytes] | None = None

    @classmethod
    def json(cls, value: Any, status: int = 200) -> Reply:
        return cls(status, json.dumps(value).encode())


Script = Callable[[Asked], Reply]


@dataclass
class ScriptedPeer:
    port: int
    asked: list[Asked] = field(default_factory=list)
    script: Script = field(default=lambda _: Reply())

    @property
    def url(self) -> str:
        return f"http://peer.localhost:{self.port}"

    def paths(self) -> list[str]:
        return [each.path for each in self.asked]


@contextmanager
def scripted_peer() -> Iterator[ScriptedPeer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.daemon_threads = True
    peer = ScriptedPeer(server.server_port)
    server.RequestHandlerClass = _handler_for(peer)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield peer
    finally:
        server.shutdown()
        server.server_close()


def _handler_for(peer: ScriptedPeer) -> type[BaseHTTPRequestHandler]:
    return type("Handler", (_Handler,), {"peer": peer})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    peer: ScriptedPeer

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.command, self.path, headers, body)
        self.peer.asked.append(asked)
        reply = self.peer.script(asked)
        # The caller may have had enough and gone away.
        with suppress(OSError):
            self._say(reply) if reply.raw is None else self._say_raw(reply.raw)

    def _say_raw(self, pieces: Iterable[bytes]) -> None:
        self.close_connection = True
        for piece in pieces:
            self.wfile.write(piece)
            self.wfile.flush()

    def _say(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in {**reply.headers, "Content-Length": str(len(reply.body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)

    do_GET = do_POST = do_PUT = _answer
