"""The bench for ``soap``: the SOAP practice system simulator as its own process, its people's hands over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from adapters.contract.bench import Trouble
from adapters.gp_system.soap import Adapter, Settings
from adapters.wire.transport import system_trust
from gateway.certify.screens import OverHttp, Pressing
from gateway.certify.simulated import simulator
from gateway.certify.simulated_peer import MODES
from gateway.certify.ways import EVERY, HttpWay
from gateway.domain.capability import Capability
from gateway.domain.peers.messages import EntryMessage
from gateway.ports.peers import GpSystem

PATH = "/soap/queue"
OURS = {
    "certificate": "caller.pem",
    "key": "caller.key",
    "organisation_cvr": "99110007",
    "organisation_name": "Fjordby Kommune",
}


def carries_entry(method: str, path: str) -> bool:
    return method == "POST"


class Bench(OverHttp, Pressing):
    adapter = "soap"
    route = "EnqueueConsultation"
    modes = MODES | {Trouble.REFUSED: "refuse", Trouble.BUSY: "busy"}
    writes = carries_entry

    def __init__(self, address: str, keys: Path) -> None:
        self.address, self.keys = address, keys
        self.hand = httpx.Client(base_url=address, timeout=30, trust_env=False, verify=system_trust())
        self.system = self.connected(address)

    def connected(self, address: str, **settings: Any) -> Adapter:
        words = {"address": address + PATH, "total_timeout": 30, "connect_timeout": 30, **OURS, **settings}
        return Adapter("torvet-soap", Settings(**words), lambda name: (self.keys / name).read_text())

    def stanza(self, folder: Path) -> dict[str, Any]:
        ours = {**OURS, **{name: f"file:{self.keys / OURS[name]}" for name in ("certificate", "key")}}
        return {"address": self.address + PATH, **ours}

    # --- looking into the peer -----------------------------------------------------------------------------------

    def row(self, message: EntryMessage) -> dict[str, Any]:
        return dict(self.hand.get("/queue").json().get(str(message.entry.id), {}))

    def heard(self) -> list[dict[str, str]]:
        return list(self.hand.get("/_sim/log").json()["heard"])

    def copies(self, message: EntryMessage) -> int:
        return int(self._created().get(str(message.entry.id), 0))

    def text_at_peer(self, message: EntryMessage) -> str:
        return str(self.row(message).get("texts", {}).get("Reason", ""))

    def waits_at_peer(self, message: EntryMessage) -> bool:
        return self.row(message).get("status") == "waiting"

    def effects(self) -> int:
        return sum(self._created().values())

    def _created(self) -> dict[str, int]:
        return dict(self.hand.get("/_sim/log").json()["created"])

    def without(self, capability: Capability) -> GpSystem | None:
        if capability is Capability.PROBE:
            caller = {"caller_issuer": "GPSYS", "caller_certificates": "caller.pem", "caller_id": "99110007"}
            return Adapter("torvet-soap", Settings(**caller), lambda name: (self.keys / name).read_text())
        return super().without(capability)

    def clutter(self, message: EntryMessage) -> None:
        self.act(message, "colour", user="lha", name="Lise Hansen")


# Only the peer's own fault says a definite no in this language, and a bare 500 may be one it never wrote.
WAY = HttpWay("address", carries_entry, EVERY - {Trouble.REFUSED})


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    keys = folder / "soap-keys"
    with simulator("soap", "--keys", str(keys)) as address:
        made = Bench(f"http://127.0.0.1:{urlsplit(address).port}", keys)
        yield made
        made.close()
