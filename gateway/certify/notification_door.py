"""A door where a peer's notifications arrive: keeps each one that carries the right token."""

from __future__ import annotations

import secrets
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from gateway.domain.messages import Envelope


class NotificationDoor:
    """On a free port; ``heard`` gives what arrived, oldest first."""

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe(24)
        self._heard: list[Envelope] = []
        self._lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"door": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}/notify"

    def heard(self) -> list[Envelope]:
        with self._lock:
            return list(self._heard)

    def take(self, envelope: Envelope) -> int:
        if envelope.headers.get("authorization") != f"Bearer {self.token}":
            return 401
        with self._lock:
            self._heard.append(envelope)
        return 204

    def __enter__(self) -> NotificationDoor:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    door: NotificationDoor

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.send_response(self.door.take(Envelope(headers, {}, body)))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""
