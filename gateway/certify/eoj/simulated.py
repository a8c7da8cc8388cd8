"""What the benches over our own care systems share: the citizen whose record notes go to, and who has none."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from datetime import date
from typing import ClassVar

import httpx

from adapters.contract.launch_promises import LaunchBench
from adapters.wire.transport import system_trust
from gateway.certify.running import RunningGateway, RunningRecordGateway
from gateway.certify.simulated_peer import ReachedOverHttp, SimulatedPeer
from gateway.domain.citizen.citizen import Citizen
from gateway.domain.identifiers import Cpr
from gateway.domain.peers.messages import NoteMessage

KARLA = Citizen(Cpr("0201609996"), "Karla Testmose", date(1960, 1, 2), "female")
NOBODY = "3101229995"


class SimulatedRecord(SimulatedPeer):
    """A care system."""

    record = "Patient/r-1002"
    citizen = KARLA
    nobody = NOBODY
    runs: ClassVar[type[RunningGateway]] = RunningRecordGateway
    index_lags: Callable[[], None] | None = None
    launches: LaunchBench | None = None

    @abstractmethod
    def copies(self, message: NoteMessage) -> int: ...

    def contacts(self, message: NoteMessage) -> int | None:
        """How many contacts stand beside the note; None where this channel has none of its own."""
        return None


class RecordOverHttp(ReachedOverHttp, SimulatedRecord):
    """A care system reached at an address."""


def hand_at(address: str) -> httpx.Client:
    return httpx.Client(base_url=address, timeout=30, trust_env=False, verify=system_trust())
