"""Where alarms arrive in tests: a real SMTP server and a real webhook, each on a port of its own."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from simulators.demo.processes import free_port


@dataclass
class Mailbox:
    """Mails as they came; the first ``refuse`` of them are turned away."""

    refuse: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    url: str = ""

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        if self.refuse:
            self.refuse -= 1
            return "451 come back later"
        content = envelope.content
        assert isinstance(content, bytes)
        message = message_from_bytes(content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.mails.append(message)
        self.raw.append(content)
        return "250 kept"


@contextmanager
def mailbox(refuse: int = 0) -> Iterator[Mailbox]:
    kept = Mailbox(refuse)
    controller = Controller(kept, hostname="127.0.0.1", port=free_port(), ready_timeout=60)
    controller.start()
    kept.url = f"smtp://127.0.0.1:{controller.port}"
    try:
        yield kept
    finally:
        controller.stop()


@dataclass
class Hook:
    """Bodies and headers as they came; the first ``refuse`` of them are answered by 503."""

    refuse: int = 0
    bodies: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    url: str = ""


@contextmanager
def webhook(refuse: int = 0) -> Iterator[Hook]:
    kept = Hook(refuse)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            code = 200
            if kept.refuse:
                kept.refuse, code = kept.refuse - 1, 503
            else:
                kept.bodies.append(json.loads(body))
                kept.headers.append(dict(self.headers))
                kept.raw.append(body)
            self.send_response(code)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.url = f"http://127.0.0.1:{server.server_port}/alarms"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
