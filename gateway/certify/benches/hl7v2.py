"""The bench for ``hl7v2``: the HL7 practice system simulator as its own process, its people's hands over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from adapters.gp_system.hl7v2 import Adapter, Settings
from adapters.wire.transport import system_trust
from gateway.certify.fault_server import refusing_address
from gateway.certify.mllp_network import MllpNetwork
from gateway.certify.screens import Pressing
from gateway.certify.simulated import announcing
from gateway.certify.simulated_peer import GIVES_UP
from gateway.certify.ways import MllpWay
from gateway.domain.capability import Capability
from gateway.domain.errors import Phase
from gateway.domain.peers.messages import EntryMessage
from gateway.ports.peers import GpSystem

NAMES = {
    "our_application": "LAEGEBRO",
    "our_facility": "FJORDBY",
    "peer_application": "GPSYS",
    "peer_facility": "TORVET",
}


@dataclass(frozen=True)
class PracticeSystem:
    mllp: tuple[str, int]
    control: str


@contextmanager
def practice_system(*options: str) -> Iterator[PracticeSystem]:
    with announcing("hl7", *options, lines=2) as (mllp, http):
        host, _, port = mllp.rpartition(":")
        yield PracticeSystem((host, int(port)), f"http://127.0.0.1:{urlsplit(http).port}")


def connected(host: str, port: int, **settings: Any) -> Adapter:
    words = {"tls": False, "total_timeout": 30, **NAMES, **settings}
    return Adapter("torvet-hl7", Settings(host=host, port=port, **words), lambda reference: reference)


class Bench(Pressing):
    adapter = "hl7v2"
    route = "SIU^S12"

    def __init__(self, peer: PracticeSystem, **settings: Any) -> None:
        self.peer = peer
        self.settings = settings
        self.hand = httpx.Client(base_url=peer.control, timeout=30, trust_env=False, verify=system_trust())
        self.system = connected(*peer.mllp, **settings)

    def stanza(self, folder: Path) -> dict[str, Any]:
        host, port = self.peer.mllp
        return {"host": host, "port": port, "tls": False, **NAMES, **self.settings}

    # --- looking into the peer -----------------------------------------------------------------------------------

    def row(self, message: EntryMessage) -> dict[str, Any]:
        return dict(self.hand.get("/queue").json().get(str(message.entry.id), {}))

    def copies(self, message: EntryMessage) -> int:
        return int(self.hand.get("/_sim/log").json()["created"].get(str(message.entry.id), 0))

    def text_at_peer(self, message: EntryMessage) -> str:
        return str(self.row(message).get("notes", {}).get("REASON", ""))

    def waits_at_peer(self, message: EntryMessage) -> bool:
        return self.row(message).get("status") in ("Pending", "Waitlist")

    def effects(self) -> int:
        return sum(self.hand.get("/_sim/log").json()["created"].values())

    @contextmanager
    def unreachable(self, phase: Phase) -> Iterator[GpSystem]:
        if phase == "connecting":
            with refusing_address() as nowhere:
                yield connected("127.0.0.1", urlsplit(nowhere).port or 0)
            return
        fault = "stops-reading" if phase == "sending" else "never-answers"
        with MllpNetwork(self.peer.mllp, fault, lambda head: b"SIU^" in head) as network:  # type: ignore[arg-type]
            system = connected("127.0.0.1", network.port, total_timeout=GIVES_UP, **self.settings)
            yield system
            assert network.struck == 1, "the planned fault happened"
            system.close()

    def without(self, capability: Capability) -> GpSystem | None:
        if capability is Capability.PROBE:
            return connected(*self.peer.mllp, answers_queries=False, claims="brought")
        return super().without(capability)

    def clutter(self, message: EntryMessage) -> None:
        self.act(message, "note", text="Ring først")
        self.act(message, "colour", user="lha", name="Lise Hansen")


WAY = MllpWay(b"SIU^")


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    with practice_system() as peer:
        made = Bench(peer)
        yield made
        made.close()
