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

from adapters.wire.transport import LOOPBACK, is_loopback_name

Fault = Literal[
    "stops-reading", "never-answers", "hangs-up", "loses-answer", "says-500", "comes-late", "says-422", "says-503"
]
Match = Callable[[str, str], bool]  # method, path
Rewrite = Callable[[str, bytes], bytes]  # path, answer's body → the body the caller gets
LATE = 0.4  # seconds
# A refusal names the rule, else it is none.
REFUSAL = b'{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"business-rule"}]}'
HOP_BY_HOP = {"connection", "transfer-encoding", "keep-alive", "content-length", "host"}


def at_home(host: str) -> str:
    """Names below ``.localhost`` lead to this machine, whatever its resolver knows (RFC 6761 §6.3)."""
    return LOOPBACK if is_loopback_name(host) else host


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
        self.encrypted = parts.scheme == "https"
        self.upstream = (parts.hostname or "", parts.port or (443 if self.encrypted else 80))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.struck = 0
        self._fault: tuple[Fault, Match] | None = None
        self._once = False
        self._late: list[threading.Thread] = []

    def fails(self, fault: Fault, match: Match, *, once: bool = False) -> None:
        self._fault, self._once = (fault, match), once

    def recovers(self) -> None:
        self._fault = None

    def send_late(self, send: Callable[[], object]) -> None:
        """What nobody waits for any more is done all the same, a moment after the caller was cut off."""
        late = threading.Timer(LATE, send)
        self._late.append(late)
        late.start()

    def settle(self) -> None:
        """Until everything late has come."""
        while self._late:
            self._late.pop().join()

    def fault_for(self, method: str, path: str) -> Fault | None:
        if self._fault is None or not self._fault[1](method, path):
            return None
        self.struck += 1
        fault = self._fault[0]
        if self._once:
            self._fault = None
        return fault

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
            self._fail(fault, body)
            return
        self._forward(body)

    def _fail(self, fault: Fault, body: bytes) -> None:
        self.close_connection = True
        if fault == "comes-late":
            self.network.send_late(lambda: self._asked(body))
        if fault in ("loses-answer", "says-500"):
            self._asked(body)
        if fault.startswith("says-"):
            said = REFUSAL if fault == "says-422" else b""
            self.send_response(int(fault[5:]))
            self.send_header("Content-Type", "application/fhir+json")
            self.send_header("Content-Length", str(len(said)))
            self.send_header("Connection", "close")  # else the caller may use the line again while it is being cut
            self.end_headers()
            self.wfile.write(said)

    do_GET = do_POST = do_PUT = do_PATCH = _any

    def _asked(self, body: bytes) -> tuple[http.client.HTTPResponse, bytes]:
        kind = http.client.HTTPSConnection if self.network.encrypted else http.client.HTTPConnection
        host, port = self.network.upstream
        upstream = kind(at_home(host), port, timeout=60)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
        if at_home(host) != host:
            headers["Host"] = f"{host}:{port}"
        upstream.request(self.command, self.path, body or None, headers)
        answer = upstream.getresponse()
        content = answer.read()
        upstream.close()
        return answer, content

    def _forward(self, body: bytes) -> None:
        answer, content = self._asked(body)
        if self.network.rewrite:
            content = self.network.rewrite(self.path, content)
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in HOP_BY_HOP | {"server", "date"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """A path may hold what a log may not."""
