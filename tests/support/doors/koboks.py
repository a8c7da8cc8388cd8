"""Køboks, the invented practice system of docs/adding-a-system.md, as a real server, with its bench."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from adapters.contract.bench import Trouble
from gateway.certify.fault_server import FaultServer, refusing_address
from gateway.certify.running import RunningGateway, running_gateway
from gateway.domain.consultation.queue_entry import RejectReason
from gateway.domain.errors import Phase
from gateway.domain.peers.messages import EntryMessage


class Koboks:
    """The rows, the events, and the next trouble."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.rows: dict[str, dict[str, Any]] = {}
        self.events: list[dict[str, Any]] = []
        self.trouble: Trouble | None = None
        self.late: list[threading.Timer] = []

    def put(self, identity: str, row: dict[str, Any]) -> dict[str, Any]:
        with self.lock:
            before = self.rows.get(identity, {"revision": 0, "state": "waiting", "number": f"K-{len(self.rows) + 1}"})
            changed = row["revision"] > before["revision"]
            if changed:
                self.rows[identity] = {**before, **row, "at": datetime.now(UTC).isoformat()}
            return {**self.rows[identity], "changed": changed}

    def act(self, identity: str, what: str, state: str, **words: str) -> None:
        with self.lock:
            self.rows[identity]["state"] = state
            at = datetime.now(UTC).isoformat()
            self.events.append({"n": len(self.events) + 1, "id": identity, "what": what, "at": at, **words})

    def listed(self, query: dict[str, list[str]]) -> dict[str, Any]:
        with self.lock:
            last = len(self.events)
            if "entry" in query:
                found = [event for event in self.events if event["id"] == query["entry"][0]]
            else:
                after = query["after"][0]
                found = [] if after == "now" else self.events[int(after) :]
            return {"events": found, "last": last, "colour": "an element nobody has heard of"}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    koboks: Koboks

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/events":
            return self._answer(200, self.koboks.listed(parse_qs(parts.query)))
        row = self.koboks.rows.get(parts.path.rpartition("/")[2])
        return self._answer(200, row) if row else self._answer(404, {})

    def do_PUT(self) -> None:
        identity = self.path.rpartition("/")[2]
        row = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        trouble, self.koboks.trouble = self.koboks.trouble, None
        if trouble in (Trouble.REFUSED, Trouble.BUSY):
            return self._answer(*((422, {"title": "closed"}) if trouble is Trouble.REFUSED else (503, {})))
        if trouble is Trouble.APPLIED_LATE:
            timer = threading.Timer(0.3, self.koboks.put, (identity, row))
            self.koboks.late.append(timer)
            timer.start()
            return self._cut()
        answer = self.koboks.put(identity, row)
        if trouble is Trouble.REPLY_LOST:
            return self._cut()
        return self._answer(500 if trouble else 200, answer)

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/problem+json" if status == 422 else "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _cut(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@contextmanager
def served() -> Iterator[tuple[Koboks, str]]:
    koboks = Koboks()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"koboks": koboks}))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield koboks, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


class Bench:
    on_the_wire = True
    ydernummer = "034835"

    def __init__(self, koboks: Koboks, address: str, module: Any) -> None:
        self._koboks, self._address, self._module = koboks, address, module
        self.system = self._connected(address)

    def _connected(self, address: str, timeout: float = 30) -> Any:
        settings = self._module.Settings(base_url=address, total_timeout=timeout)
        return self._module.Adapter("torvet-koboks", settings, lambda reference: reference)

    def _row(self, message: EntryMessage) -> dict[str, Any]:
        return self._koboks.rows.get(str(message.entry.id), {})

    def copies(self, message: EntryMessage) -> int:
        return sum(row["key"] == str(message.key) for row in self._koboks.rows.values())

    def text_at_peer(self, message: EntryMessage) -> str:
        return str(self._row(message).get("text", ""))

    def waits_at_peer(self, message: EntryMessage) -> bool:
        return self._row(message).get("state") == "waiting"

    @contextmanager
    def running(self) -> Iterator[RunningGateway]:
        with running_gateway("koboks", self.system.name, {"base_url": self._address}) as gateway:
            yield gateway

    def trouble(self, kind: Trouble) -> None:
        self._koboks.trouble = kind

    def quiet(self) -> None:
        for timer in self._koboks.late:
            timer.join()

    @contextmanager
    def unreachable(self, phase: Phase) -> Iterator[Any]:
        if phase == "connecting":
            with refusing_address() as nowhere:
                yield self._connected(nowhere)
            return
        with FaultServer(self._address) as network:
            network.fails("stops-reading" if phase == "sending" else "never-answers", lambda method, _: method == "PUT")
            yield self._connected(network.url, 5)

    def without(self, capability: object) -> Any:
        return None if capability in self.system.capabilities else self.system

    def accept(self, message: EntryMessage) -> str:
        self._koboks.act(str(message.entry.id), "taken", "taken", user="lha", name="Lise Hansen")
        return "Lise Hansen"

    def reject(self, message: EntryMessage, reason: RejectReason, text: str) -> None:
        self._koboks.act(str(message.entry.id), "refused", "ended", reason=str(reason), text=text)

    def put_back(self, message: EntryMessage) -> None:
        self._koboks.act(str(message.entry.id), "returned", "waiting")

    def clutter(self, message: EntryMessage) -> None:
        self._koboks.act(str(message.entry.id), "coloured", "waiting", colour="blå")

    def until(self, condition: Callable[[], bool]) -> bool:
        ends = time.monotonic() + 60
        while time.monotonic() < ends:
            if condition():
                return True
            time.sleep(0.05)
        return False
