"""The bench for ``hl7v2``: a care system that takes documents over MLLP, as its own process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from adapters.eoj.hl7v2 import Adapter, Settings
from gateway.certify.eoj.simulated import SimulatedRecord, hand_at
from gateway.certify.fault_server import refusing_address
from gateway.certify.mllp_network import MllpNetwork
from gateway.certify.simulated import announcing
from gateway.certify.simulated_peer import GIVES_UP
from gateway.certify.ways import MllpWay
from gateway.domain.errors import Phase
from gateway.domain.peers.messages import NoteMessage
from gateway.ports.peers import EojSystem

NAMES = {
    "our_application": "LAEGEBRO",
    "our_facility": "FJORDBY",
    "peer_application": "EOJ",
    "peer_facility": "FJORDBY-EOJ",
    "tenant": "0192f000-0000-7000-8000-00000000c0de",
    "organisation_cvr": "99110007",
}
Json = dict[str, Any]


class Bench(SimulatedRecord):
    adapter = "hl7v2"
    route = "MDM"

    def __init__(self, mllp: tuple[str, int], control: str, **settings: Any) -> None:
        self._mllp, self._settings = mllp, settings
        self.hand = hand_at(control)
        self.system = self.connected(*mllp)

    def connected(self, host: str, port: int, **settings: Any) -> Adapter:
        words = {**self._words(host, port), "total_timeout": 30, **self._settings, **settings}
        return Adapter("hl7-fjordby", Settings.model_validate(words), lambda reference: reference)

    def stanza(self, folder: Path) -> Json:
        return {**self._words(*self._mllp), "quiet_period": 3.0}

    def _words(self, host: str, port: int) -> Json:
        return {"host": host, "port": port, "tls": False, **NAMES}

    @contextmanager
    def unreachable(self, phase: Phase) -> Iterator[EojSystem]:
        if phase == "connecting":
            with refusing_address() as nowhere:
                yield self.connected("127.0.0.1", urlsplit(nowhere).port or 0)
            return
        fault = "stops-reading" if phase == "sending" else "never-answers"
        with MllpNetwork(self._mllp, fault, lambda head: b"MDM^" in head) as network:  # type: ignore[arg-type]
            system = self.connected("127.0.0.1", network.port, total_timeout=GIVES_UP)
            yield system
            assert network.struck == 1, "the planned fault happened"
            system.close()

    # --- looking into the records ----------------------------------------------------------------------------------

    def _seen(self) -> Json:
        return dict(self.hand.get("/_sim/documents").json())

    def _document(self, message: NoteMessage) -> Json:
        return dict(self._seen()["documents"].get(str(message.key), {}))

    def copies(self, message: NoteMessage) -> int:
        return int(self._seen()["created"].get(str(message.key), 0))

    def in_force(self, message: NoteMessage) -> bool:
        return self._document(message).get("replaced") is False

    def text_at_peer(self, message: NoteMessage) -> str:
        return str(self._document(message).get("text", ""))

    def effects(self) -> int:
        return sum(self._seen()["created"].values())

    def reading_fails(self) -> None:
        raise AssertionError("notes cannot be read from it")


WAY = MllpWay(b"MDM^", kind="eoj")


@contextmanager
def care_system(*options: str) -> Iterator[tuple[tuple[str, int], str]]:
    """Its line, and the address of its control."""
    with announcing("hl7record", *options, lines=2) as (mllp, http):
        host, _, port = mllp.rpartition(":")
        yield (host, int(port)), f"http://127.0.0.1:{urlsplit(http).port}"


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    with care_system() as (mllp, control):
        made = Bench(mllp, control)
        yield made
        made.close()
