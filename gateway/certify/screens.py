"""What the benches over our own practice systems share: a practice, and a clinician's presses on its own screen."""

from __future__ import annotations

from gateway.certify.simulated_peer import ReachedOverHttp, SimulatedPeer
from gateway.domain.capability import Capability
from gateway.domain.consultation.queue_entry import RejectReason
from gateway.domain.peers.messages import EntryMessage
from gateway.ports.peers import GpSystem


class Simulated(SimulatedPeer):
    """A practice system; ``hand`` reaches its screens too."""

    ydernummer = "034835"

    def without(self, capability: Capability) -> GpSystem | None:
        return None if capability in self.system.capabilities else self.system


class OverHttp(ReachedOverHttp, Simulated):
    """A practice system reached at an address."""


class Pressing(Simulated):
    """A screen where each entry has its buttons: ``POST /queue/<entry>/<button>``."""

    def act(self, message: EntryMessage, button: str, **form: str) -> None:
        answer = self.hand.post(f"/queue/{message.entry.id}/{button}", data=form)
        assert answer.status_code == 204, f"{button}: {answer.status_code}"

    def accept(self, message: EntryMessage) -> str:
        self.act(message, "accept", user="lha", name="Lise Hansen")
        return "Lise Hansen"

    def reject(self, message: EntryMessage, reason: RejectReason, text: str) -> None:
        self.act(message, "reject", reason=str(reason), text=text)

    def put_back(self, message: EntryMessage) -> None:
        self.act(message, "put-back")
