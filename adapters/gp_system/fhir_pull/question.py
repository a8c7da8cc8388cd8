"""A proven call at our FHIR door, with what its operation needs; and the calls that claim nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from adapters.gp_system.fhir_pull.login import Caller
from gateway.domain.errors import NotFound
from gateway.domain.peers.messages import Envelope
from gateway.ports.doors import DoorPorts, Reply, Said


@dataclass(frozen=True, slots=True)
class Asked:
    """``base`` is the door's own address."""

    call: Envelope = field(repr=False)
    who: Caller
    use: DoorPorts
    base: str

    def id_of(self, what: str) -> UUID:
        """The id in the address; ``NotFound`` for one that is none of ours."""
        try:
            return UUID(self.call.variables["id"])
        except ValueError:
            raise NotFound(what) from None


class Question:
    """A search, a read, a subscription: answered by the door itself."""

    def __init__(self, connection: str, work: Callable[[], Reply]) -> None:
        self.connection = connection
        self._work = work

    def read(self) -> Said:
        return Said()

    def answer(self, heard: bool) -> Reply:
        return self._work()
