"""What a bench over one of our own simulators needs, whatever system it plays: trouble planned at ``/_sim/faults``, a
network that falls silent in front of it, and a gateway that runs."""

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
from gateway.domain.errors import Phase

LATE = 0.4  # seconds
MODES = {
    Trouble.ERROR_AFTER_EFFECT: "effect-then-500",
    Trouble.REPLY_LOST: "drop-reply",
    Trouble.APPLIED_LATE: "late-apply",
    Trouble.REFUSED: "reject-422",
    Trouble.BUSY: "locked-423",
}
GIVES_UP = 5  # seconds the adapter waits behind a network that fails


class SimulatedPeer(ABC):
    """``system`` is the adapter, ``hand`` reaches the simulator's control. ``route``: the interaction that carries what
    is owed, as the simulator names it; ``modes``: each trouble in its words; ``runs``: the gateway beside it."""

    on_the_wire = True
    adapter: ClassVar[str]
    route: ClassVar[str]
    modes: ClassVar[Mapping[Trouble, str]] = MODES
    runs: ClassVar[type[RunningGateway]] = RunningGateway
    system: Any
    hand: httpx.Client
    _wanted = 0

    @abstractmethod
    def effects(self) -> int:
        """How many entries or notes were ever made there."""

    @abstractmethod
    def stanza(self, folder: Path) -> Mapping[str, Any]:
        """What stands under ``[connection.settings]``; its secrets are files in the folder."""

    @contextmanager
    def running(self) -> Iterator[RunningGateway]:
        with tempfile.TemporaryDirectory(prefix="laegebro-stanza-") as folder:
            stanza = self.stanza(Path(folder))
            with running_gateway(self.adapter, self.system.name, stanza, self.runs) as gateway:
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


class ReachedOverHttp(SimulatedPeer):
    """Reached at ``address``; ``writes`` picks the requests that carry what is owed."""

    address: str
    local = ""  # the same by number, where the address is a name that only the adapter knows
    writes: ClassVar[Match]

    def standing_before(self, network: FaultServer) -> None:
        """Where the peer's answers lead through its own address, that has to be the network's."""

    @abstractmethod
    def connected(self, address: str, **settings: Any) -> Any:
        """The adapter against that address."""

    @contextmanager
    def unreachable(self, phase: Phase) -> Iterator[Any]:
        if phase == "connecting":
            with refusing_address() as nowhere:
                yield self.connected(nowhere)
            return
        with FaultServer(self.local or self.address) as network:
            self.standing_before(network)
            network.fails("stops-reading" if phase == "sending" else "never-answers", type(self).writes)
            system = self.connected(network.url, total_timeout=GIVES_UP)
            yield system
            assert network.struck == 1, "the planned fault happened"
            system.close()
