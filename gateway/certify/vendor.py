"""A bench over a vendor's own system: hands do and see, and a network of ours in between makes the faults."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol
from urllib.parse import urlsplit
from uuid import UUID

from adapters.contract.bench import Listening, Trouble
from adapters.discovery import find_adapter
from gateway.certify.door import LOOPBACK, Place
from gateway.certify.fault_server import Fault, FaultServer, Match, refusing_address
from gateway.certify.hands import Hands, NotTried
from gateway.certify.message_door import MessageDoor
from gateway.certify.notification_door import NotificationDoor
from gateway.certify.running import RunningGateway, running_gateway
from gateway.certify.waiting import comes
from gateway.domain.capability import Capability
from gateway.domain.consultation.queue_entry import RejectReason
from gateway.domain.errors import Phase
from gateway.domain.peers.messages import EntryMessage, Envelope
from gateway.ports.peers import GpSystem

GIVES_UP = 5.0  # seconds the adapter waits behind a network that fails


class Reach(Protocol):
    """The way to one vendor's system, with a network of ours on it."""

    host: str
    system: Any
    stanza: Mapping[str, Any]  # the connection's settings, with the system's own address

    def makes(self, kind: Trouble) -> bool:
        """Arms the network for the next entry; False where only the peer itself can do that."""

    def unreachable(self, phase: Phase) -> AbstractContextManager[Any]: ...

    def settle(self) -> None:
        """Until everything late has come."""

    def close(self) -> None: ...


Connect = Callable[[str, float | None], Any]  # address of the peer's origin, total timeout → the adapter

_FAULTS: dict[Trouble, Fault] = {
    Trouble.ERROR_AFTER_EFFECT: "says-500",
    Trouble.REPLY_LOST: "loses-answer",
    Trouble.APPLIED_LATE: "comes-late",
    Trouble.REFUSED: "says-422",
    Trouble.BUSY: "says-503",
}


class HttpReach:
    """``writes`` picks the requests that carry an entry."""

    def __init__(
        self, url: str, connect: Connect, writes: Match, by_network: frozenset[Trouble], *, linked: bool = False
    ) -> None:
        self.stanza: Mapping[str, Any] = {}
        parts = urlsplit(url)
        self.host = parts.hostname or ""
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._connect, self._writes, self._by_network = connect, writes, by_network
        self._linked = linked
        self._network = self._standing_before(FaultServer(self._origin))
        self._network.__enter__()
        self.system = connect(self._network.url, None)

    def _standing_before(self, network: FaultServer) -> FaultServer:
        if self._linked:
            network.rewrite = lambda _, body: body.replace(self._origin.encode(), network.url.encode())
        return network

    def makes(self, kind: Trouble) -> bool:
        if kind not in self._by_network:
            return False
        self._network.fails(_FAULTS[kind], self._writes, once=True)
        return True

    @contextmanager
    def unreachable(self, phase: Phase) -> Iterator[Any]:
        if phase == "connecting":
            with refusing_address() as nowhere:
                yield self._connect(nowhere, None)
            return
        with self._standing_before(FaultServer(self._origin)) as network:
            network.fails("stops-reading" if phase == "sending" else "never-answers", self._writes)
            yield self._connect(network.url, GIVES_UP)
            assert network.struck == 1, "the planned fault happened"

    def settle(self) -> None:
        self._network.settle()

    def close(self) -> None:
        self._network.__exit__()


class LetterReach(HttpReach):
    """The same to a system whose answers are messages of its own, brought to ``door``."""

    def __init__(self, url: str, connect: Connect, writes: Match, door: MessageDoor) -> None:
        self._door = door
        door.__enter__()
        super().__init__(url, connect, writes, frozenset(Trouble))

    def close(self) -> None:
        super().close()
        self._door.__exit__()


class VendorBench:
    """``adapters.contract.bench.GpBench`` over a system that is not ours."""

    on_the_wire = True

    def __init__(self, adapter: str, reach: Reach, hands: Hands, ydernummer: str, door: Place) -> None:
        self.ydernummer = ydernummer
        self.system = reach.system
        self._adapter, self._reach, self._hands, self._door = adapter, reach, hands, door

    def parse_notification(self, envelope: Envelope) -> list[UUID]:
        return list(find_adapter("gp_system", self._adapter).module.parse_notification(envelope))

    def copies(self, message: EntryMessage) -> int:
        return self._hands.copies(message)

    def text_at_peer(self, message: EntryMessage) -> str:
        return self._hands.text_at_peer(message)

    def waits_at_peer(self, message: EntryMessage) -> bool:
        return self._hands.waits_at_peer(message)

    def trouble(self, kind: Trouble) -> None:
        if not self._reach.makes(kind):
            self._hands.trouble(kind)

    def unreachable(self, phase: Phase) -> AbstractContextManager[GpSystem]:
        return self._reach.unreachable(phase)

    def without(self, capability: Capability) -> GpSystem | None:
        return None if capability in self.system.capabilities else self.system

    def accept(self, message: EntryMessage) -> str:
        return self._hands.accept(message)

    def reject(self, message: EntryMessage, reason: RejectReason, text: str) -> None:
        self._hands.reject(message, reason, text)

    def put_back(self, message: EntryMessage) -> None:
        self._hands.put_back(message)

    def clutter(self, message: EntryMessage) -> None:
        self._hands.clutter(message)

    @contextmanager
    def listen(self) -> Iterator[Listening]:
        if self._reach.host not in LOOPBACK and not self._door.url:
            raise NotTried("a system elsewhere needs to be told by which address it reaches this machine (--door)")
        with NotificationDoor(self._door) as door:
            yield door

    def running(self) -> AbstractContextManager[RunningGateway]:
        return running_gateway(self._adapter, self.system.name, self._reach.stanza)

    def quiet(self) -> None:
        self._reach.settle()

    def until(self, condition: Callable[[], bool]) -> bool:
        """Every half second, as the gateway asks."""
        return comes(condition, every=0.5)

    def close(self) -> None:
        self._reach.close()
