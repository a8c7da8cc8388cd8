"""A stretch of network that fails on purpose, in front of a real peer: in which phase is the caller's own to say.

Everything passes through to ``upstream`` except the requests a fault is waiting for.
"""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal
from urllib.parse import urlsplit

Fault = Literal["stops-reading", "never-answers", "hangs-up"]
Match = Callable[[str, str], bool]  # method, path
Rewrite = Callable[[str, bytes], bytes]  # path, answer's body → the body the caller gets
HOP_BY_HOP = {"connection", "transfer-encoding", "keep-alive", "content-length", "host"}


@contextmanager
def refusing_address() -> Iterator[str]:
    """An address whose port is taken but listened to by nobody: connecting is refused."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


class FaultServer:
    """``with FaultServer(upstream) as network: network.fails("never-answers", writes)``."""

    def __init__(self, upstream: str, rewrite: Rewrite | None = None) -> None:
        self.rewrite = rewrite
        self._over = threading.Event()
        handler = type("Handler", (_Handler,), {"network": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler, bind_and_activate=False)
        # Small, so that a large request is still being sent while nobody reads it.
        self._server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._server.server_bind()
        self._server.server_activate()
        self._server.daemon_threads = True
        parts = urlsplit(upstream)
        self.upstream = (parts.hostname or "", parts.port or 80)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.struck = 0
        self._fault: tuple[Fault, Match] | None = None

    def fails(self, fault: Fault, match: Match) -> None:
        self._fault = (fault, match)

    def recovers(self) -> None:
        self._fault = None

    def fault_for(self, method: str, path: str) -> Fault | None:
        if self._fault is None or not self._fault[1](method, path):
            return None
        self.struck += 1
        return self._fault[0]

    def stay_silent(self) -> None:
        self._over.wait()

    def __enter__(self) -> FaultServer:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.socket.close()  # threads that were silent end by themselves


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    network: FaultServer

    def _any(self) -> None:
        fault = self.network.fault_for(self.command, self.path)
        if fault == "stops-reading":
            self.network.stay_silent()
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))) if fault != "stops-reading" else b""
        if fault == "never-answers":
            self.network.stay_silent()
        if fault:
            self.close_connection = True
            return
        self._forward(body)

    do_GET = do_POST = do_PUT = do_PATCH = _any

    def _forward(self, body: bytes) -> None:
        upstream = http.client.HTTPConnection(*self.network.upstream, timeout=60)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
        upstream.request(self.command, self.path, body or None, headers)
        answer = upstream.getresponse()
        content = answer.read()
        if self.network.rewrite:
            content = self.network.rewrite(self.path, content)
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in HOP_BY_HOP | {"server", "date"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        upstream.close()

    def log_message(self, format: str, *args: object) -> None:
        """A path may hold what a log may not."""
