"""The bench for ``medcom``: the practice's access point and mailbox as a process of its own, and a door for what it
brings home."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from adapters.contract.bench import Trouble
from adapters.gp_system.medcom import Adapter, Settings, words
from adapters.gp_system.medcom.saying import thread_id
from adapters.wire.jose import public_jwks
from gateway.certify.fault_server import FaultServer, refusing_address
from gateway.domain.errors import Phase
from gateway.domain.messages import EntryMessage, Envelope
from gateway.ports import Capability, GpSystem
from gateway.services.letters import Correspondence, take
from simulators.signing import SigningKey
from tests.support.letter_book import MemoryAnswers, MemoryLetters
from tests.support.medcom_samples import NAME, new_key, stanza
from tests.support.memory import HandClock

MODES = {
    Trouble.ERROR_AFTER_EFFECT: "effect-then-500",
    Trouble.REPLY_LOST: "drop-reply",
    Trouble.APPLIED_LATE: "late-apply",
    Trouble.REFUSED: "reject-422",
    Trouble.BUSY: "locked-423",
}
PATIENCE = 60.0


@contextmanager
def access_point(folder: Path, our_jwks: dict[str, Any], push: str) -> Iterator[str]:
    (folder / "our-keys.json").write_text(json.dumps(our_jwks), encoding="utf-8")
    command = [sys.executable, "-m", "simulators.medcom", "--push", push]
    command += ["--client-jwks", str(folder / "our-keys.json"), "--key-file", str(folder / "their-key.json")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            assert line.startswith("listening on "), line
            yield f"http://127.0.0.1:{urlsplit(line.split()[-1]).port}"
        finally:
            process.terminate()
            process.wait(30)


class Door:
    """Where acknowledgements come home; what it refuses is ``refused``."""

    def __init__(self) -> None:
        self.bench: Bench | None = None
        self.refused: list[int] = []
        handler = type("Handler", (_Handler,), {"door": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/messages"

    def __enter__(self) -> Door:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    door: Door

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        envelope = Envelope({name.lower(): value for name, value in self.headers.items()}, {}, body)
        bench = self.door.bench
        status = 202 if bench is not None and bench.hears(envelope, self.door.url) else 401
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


class Bench:
    on_the_wire = True
    ydernummer = "034835"

    def __init__(self, address: str, our_key: str, their_jwks: dict[str, Any], **settings: Any) -> None:
        self.address, self._our_key, self._their_jwks, self._settings = address, our_key, their_jwks, settings
        self.hand = httpx.Client(base_url=address, timeout=30, trust_env=False)
        self.letters = MemoryLetters()
        self.system = self.connected(address)
        self._wanted = 0

    def connected(self, address: str, **settings: Any) -> Adapter:
        words = {"resend_after": 2.0, "total_timeout": 30, **self._settings, **settings}
        made = Settings.model_validate(stanza(address, new_key(), **words) | {"caller_keys": self._their_jwks})
        adapter = Adapter(NAME, made, lambda _: self._our_key)
        adapter.keep_letters_in(self.letters)
        return adapter

    def close(self) -> None:
        self.system.close()
        self.hand.close()

    def hears(self, envelope: Envelope, audience: str) -> bool:
        if not self.system.is_genuine(envelope, audience):
            return False
        found = self.system.incoming(envelope.body)
        use = Correspondence(NAME, self.letters, MemoryAnswers(), None, HandClock())  # type: ignore[arg-type]
        return found.is_acknowledgement and bool(take(found.letter, None, use))

    # --- looking into the peer -----------------------------------------------------------------------------------

    def thread(self, message: EntryMessage) -> dict[str, Any]:
        threads = self.hand.get("/threads").json()
        return dict(threads.get(f"urn:uuid:{thread_id(message.entry.id, NAME)}", {"texts": [], "activities": []}))

    def copies(self, message: EntryMessage) -> int:
        return int(self.thread(message)["activities"].count("new-message"))

    def text_at_peer(self, message: EntryMessage) -> str:
        """The reason as the newest message has it."""
        newest = (self.thread(message)["texts"] or [""])[-1]
        return str(newest.partition(words.ABOUT)[2].rpartition(words.ENTRANCE)[0])

    def waits_at_peer(self, message: EntryMessage) -> bool:
        texts = self.thread(message)["texts"]
        return bool(texts) and not texts[-1].startswith("Aflyst")

    # --- trouble -------------------------------------------------------------------------------------------------

    def trouble(self, kind: Trouble) -> None:
        if kind is Trouble.APPLIED_LATE:
            self._wanted = self._received() + 1
        fault = {"route": "messages", "mode": MODES[kind], "delay": 0.4 if kind is Trouble.APPLIED_LATE else 0}
        assert self.hand.post("/_sim/faults", json=fault).status_code == 201

    def _received(self) -> int:
        return sum(self.hand.get("/_sim/log").json()["received"].values())

    def quiet(self) -> None:
        """The late change is waited for rather than timed."""
        self.until(lambda: self._received() >= self._wanted)

    @contextmanager
    def unreachable(self, phase: Phase) -> Iterator[GpSystem]:
        if phase == "connecting":
            with refusing_address() as nowhere:
                yield self.connected(nowhere)
            return
        with FaultServer(self.address) as network:
            network.fails(
                "stops-reading" if phase == "sending" else "never-answers", lambda method, _: method == "POST"
            )
            system = self.connected(network.url, total_timeout=4)
            yield system
            assert network.struck == 1, "the planned fault happened"
            system.close()

    def without(self, capability: Capability) -> GpSystem | None:
        return None if capability in self.system.capabilities else self.system

    def until(self, condition: Callable[[], bool]) -> bool:
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            if condition():
                return True
            time.sleep(0.05)
        return False


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    our_key, place = new_key(), folder / "medcom"
    place.mkdir()
    their_key = SigningKey.kept_in(str(place / "their-key.json"))
    with Door() as door, access_point(place, public_jwks(our_key), door.url) as address:
        door.bench = Bench(address, our_key, their_key.public_jwks())
        yield door.bench
        door.bench.close()
