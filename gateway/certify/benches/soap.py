"""The bench for ``soap``: the SOAP practice system simulator as its own process, its people's hands over HTTP."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from adapters.contract.bench import Trouble
from adapters.gp_system.soap import Adapter, Settings
from gateway.certify.fault_server import FaultServer, refusing_address
from gateway.certify.simulated import simulator
from gateway.certify.ways import EVERY, HttpWay
from gateway.domain.errors import Phase
from gateway.domain.messages import EntryMessage
from gateway.domain.queue_entry import RejectReason
from gateway.ports import Capability, GpSystem

MODES = {
    Trouble.ERROR_AFTER_EFFECT: "effect-then-500",
    Trouble.REPLY_LOST: "drop-reply",
    Trouble.APPLIED_LATE: "late-apply",
    Trouble.REFUSED: "refuse",
    Trouble.BUSY: "busy",
}
PATIENCE = 60.0
PATH = "/soap/queue"
OURS = {
    "certificate": "caller.pem",
    "key": "caller.key",
    "organisation_cvr": "99110007",
    "organisation_name": "Fjordby Kommune",
}


class Bench:
    on_the_wire = True
    ydernummer = "034835"

    def __init__(self, address: str, keys: Path) -> None:
        self.address, self.keys = address, keys
        self.hand = httpx.Client(base_url=address, timeout=30, trust_env=False)
        self.system = self.connected(address)
        self._wanted = 0

    def connected(self, address: str, **settings: Any) -> Adapter:
        words = {"address": address + PATH, "total_timeout": 30, "connect_timeout": 30, **OURS, **settings}
        return Adapter("torvet-soap", Settings(**words), lambda name: (self.keys / name).read_text())

    def close(self) -> None:
        self.system.close()
        self.hand.close()

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

    def _created(self) -> dict[str, int]:
        return dict(self.hand.get("/_sim/log").json()["created"])

    # --- trouble -------------------------------------------------------------------------------------------------

    def plan(self, route: str, mode: str, **more: Any) -> None:
        assert self.hand.post("/_sim/faults", json={"route": route, "mode": mode, **more}).status_code == 201

    def trouble(self, kind: Trouble) -> None:
        late = kind is Trouble.APPLIED_LATE
        if late:
            self._wanted = len(self._created()) + 1
        self.plan("EnqueueConsultation", MODES[kind], delay=0.4 if late else 0)

    def quiet(self) -> None:
        """The late change is waited for rather than timed."""
        self.until(lambda: len(self._created()) >= self._wanted)

    @contextmanager
    def unreachable(self, phase: Phase) -> Iterator[GpSystem]:
        if phase == "connecting":
            with refusing_address() as nowhere:
                yield self.connected(nowhere)
            return
        with FaultServer(self.address) as network:
            network.fails("stops-reading" if phase == "sending" else "never-answers", lambda *_: True)
            system = self.connected(network.url, total_timeout=5)
            yield system
            assert network.struck == 1, "the planned fault happened"
            system.close()

    def without(self, capability: Capability) -> GpSystem | None:
        if capability is Capability.PROBE:
            caller = {"caller_issuer": "GPSYS", "caller_certificates": "caller.pem", "caller_id": "99110007"}
            return Adapter("torvet-soap", Settings(**caller), lambda name: (self.keys / name).read_text())
        return None if capability in self.system.capabilities else self.system

    # --- the practice's hands --------------------------------------------------------------------------------------

    def act(self, message: EntryMessage, hand: str, **form: str) -> None:
        answer = self.hand.post(f"/queue/{message.entry.id}/{hand}", data=form)
        assert answer.status_code == 204, f"{hand}: {answer.status_code}"

    def accept(self, message: EntryMessage) -> str:
        self.act(message, "accept", user="lha", name="Lise Hansen")
        return "Lise Hansen"

    def reject(self, message: EntryMessage, reason: RejectReason, text: str) -> None:
        self.act(message, "reject", reason=str(reason), text=text)

    def put_back(self, message: EntryMessage) -> None:
        self.act(message, "put-back")

    def clutter(self, message: EntryMessage) -> None:
        self.act(message, "colour", user="lha", name="Lise Hansen")

    def until(self, condition: Callable[[], bool]) -> bool:
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            if condition():
                return True
            time.sleep(0.05)
        return False


# Only the peer's own fault says a definite no in this language, and a bare 500 may be one it never wrote.
WAY = HttpWay("address", lambda method, _: method == "POST", EVERY - {Trouble.REFUSED})


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    keys = folder / "soap-keys"
    with simulator("soap", "--keys", str(keys)) as address:
        made = Bench(f"http://127.0.0.1:{urlsplit(address).port}", keys)
        yield made
        made.close()
