"""What the benches over our own simulators share: trouble planned at ``/_sim/faults``, a network that falls silent in
front of them, and a clinician's presses on the practice's own screen."""

from __future__ import annotations

import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import httpx

from adapters.contract.bench import Trouble
from gateway.certify.fault_server import FaultServer, Match, refusing_address
from gateway.certify.running import RunningGateway, running_gateway
from gateway.certify.waiting import comes
from gateway.domain.capability import Capability
from gateway.domain.consultation.queue_entry import RejectReason
from gateway.domain.errors import Phase
from gateway.domain.peers.messages import EntryMessage
from gateway.ports.peers import GpSystem

LATE = 0.4  # seconds
MODES = {
    Trouble.ERROR_AFTER_EFFECT: "effect-then-500",
    Trouble.REPLY_LOST: "drop-reply",
    Trouble.APPLIED_LATE: "late-apply",
    Trouble.REFUSED: "reject-422",
    Trouble.BUSY: "locked-423",
}
GIVES_UP = 5  # seconds the adapter waits behind a network that fails


class Simulated(ABC):
    """``system`` is the adapter, ``hand`` reaches the simulator's screens. ``route``: the interaction that carries an
    entry, as the simulator names it; ``modes``: each trouble in its words."""

    on_the_wire = True
    ydernummer = "034835"
    adapter: ClassVar[str]
    route: ClassVar[str]
    modes: ClassVar[Mapping[Trouble, str]] = MODES
    system: Any
    hand: httpx.Client
    _wanted = 0

    @abstractmethod
    def effects(self) -> int:
        """How many entries were ever made there."""

    @abstractmethod
    def stanza(self, folder: Path) -> Mapping[str, Any]:
        """What stands under ``[connection.settings]``; its secrets are files in the folder."""

    @contextmanager
    def running(self) -> Iterator[RunningGateway]:
        with tempfile.TemporaryDirectory(prefix="laegebro-stanza-") as folder:
            stanza = self.stanza(Path(folder))
            with running_gateway(self.adapter, self.system.name, stanza) as gateway:
                yield gateway

    def close(self) -> None:
        self.system.close()
        self.hand.close()

    def plan(self, route: str, mode: str, **more: Any) -> None:
        assert self.hand.post("/_sim/faults", json={"route": route, "mode": mode, **more}).status_code == 201

    def trouble(self, kind: Trouble) -> None:
        late = kind is Trouble.APPLIED_LATE
        if late:
            self._wanted = self.effects() + 1
        self.plan(self.route, self.modes[kind], delay=LATE if late else 0)

    def quiet(self) -> None:
        """The late change is waited for rather than timed."""
        self.until(lambda: self.effects() >= self._wanted)

    def until(self, condition: Callable[[], bool]) -> bool:
        return comes(condition, every=0.05)

    def without(self, capability: Capability) -> GpSystem | None:
        return None if capability in self.system.capabilities else self.system


class OverHttp(Simulated):
    """Reached at ``address``; ``writes`` picks the requests that carry an entry."""

    address: str
    writes: ClassVar[Match]

    @abstractmethod
    def connected(self, address: str, **settings: Any) -> Any:
        """The adapter against that address."""

    @contextmanager
    def unreachable(self, phase: Phase) -> Iterator[GpSystem]:
        if phase == "connecting":
            with refusing_address() as nowhere:
                yield self.connected(nowhere)
            return
        with FaultServer(self.address) as network:
            network.fails("stops-reading" if phase == "sending" else "never-answers", type(self).writes)
            system = self.connected(network.url, total_timeout=GIVES_UP)
            yield system
            assert network.struck == 1, "the planned fault happened"
            system.close()


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
