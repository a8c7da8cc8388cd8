"""Hands at an address, as a vendor may offer them to ``laegebro certify --hands``: they work a simulator's screens."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

from adapters.contract import samples
from adapters.contract.bench import Trouble
from gateway.domain.consultation.queue_entry import RejectReason
from gateway.domain.peers.messages import EntryMessage


class _Handler(BaseHTTPRequestHandler):
    bench: Any

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        said = self._done(self.path.rpartition("/")[2], asked)
        body = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _done(self, act: str, asked: dict[str, str]) -> dict[str, Any]:
        if act == "trouble":
            self.bench.trouble(Trouble(asked["kind"]))
            return {}
        message = _meant(asked)
        if act == "look":
            looked = (self.bench.copies(message), self.bench.text_at_peer(message), self.bench.waits_at_peer(message))
            return dict(zip(("copies", "text", "waits"), looked, strict=True))
        if act == "reject":
            self.bench.reject(message, RejectReason(asked["reason"]), asked["text"])
            return {}
        return {"name": getattr(self.bench, act.replace("-", "_"))(message)}

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


def _meant(asked: dict[str, str]) -> EntryMessage:
    """A message that says no more than which entry is meant."""
    made = samples.message("034835", consultation=UUID(int=0))
    entry = samples.after(made, id=UUID(asked["entry"])).entry
    return replace(made, entry=entry, key=UUID(asked["key"]), short_id=asked["name"])


@contextmanager
def hands_over(bench: Any) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"bench": bench}))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hands"
    finally:
        server.shutdown()
        server.server_close()
