"""A bench over a vendor's own care system: hands do and see, and a network of ours in between makes the faults."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from adapters.contract.bench import Trouble
from adapters.contract.launch_promises import LaunchBench
from gateway.certify.eoj.hands import NoteHands
from gateway.certify.hands import NotTried
from gateway.certify.running import RunningGateway, RunningRecordGateway, running_gateway
from gateway.certify.vendor import Reach
from gateway.certify.waiting import comes
from gateway.domain.citizen.citizen import Citizen
from gateway.domain.errors import ConfigFault, InvalidField, Phase
from gateway.domain.identifiers import Cpr
from gateway.domain.peers.messages import NoteMessage
from gateway.ports.peers import EojSystem


@dataclass(frozen=True, slots=True)
class TestRecord:
    """Official test persons of the vendor's test system: one with a record, and a number that has none."""

    record: str
    citizen: Citizen
    nobody: str

    @classmethod
    def parse(cls, told: Mapping[str, Any]) -> TestRecord:
        """From ``[certification]`` in the settings file: ``record``, ``cpr``, ``name`` and ``nobody``."""
        lacking = [name for name in ("record", "cpr", "name", "nobody") if not isinstance(told.get(name), str)]
        if lacking:
            raise ConfigFault(*(f"certification.{name}: say it in the settings file" for name in lacking))
        try:
            number = Cpr.parse(told["cpr"], "certification.cpr")
            Cpr.parse(told["nobody"], "certification.nobody")
        except InvalidField as fault:
            raise ConfigFault(f"{fault.field}: {fault.reason}") from None
        return cls(told["record"], Citizen(number, told["name"]), told["nobody"])


class VendorRecord:
    """``adapters.contract.eoj_bench.EojBench`` over a system that is not ours."""

    on_the_wire = True
    index_lags = None

    def __init__(self, adapter: str, reach: Reach, hands: NoteHands, test: TestRecord) -> None:
        self.record, self.citizen, self.nobody = test.record, test.citizen, test.nobody
        self.system: Any = reach.system
        self._adapter, self._reach, self._hands = adapter, reach, hands

    @property
    def launches(self) -> LaunchBench:
        raise NotTried("a launch begins with a person in the vendor's own record page")

    def copies(self, message: NoteMessage) -> int:
        return self._hands.copies(message)

    def pictures(self, message: NoteMessage) -> int:
        return self._hands.pictures(message)

    def in_force(self, message: NoteMessage) -> bool:
        return self._hands.in_force(message)

    def text_at_peer(self, message: NoteMessage) -> str:
        return self._hands.text_at_peer(message)

    def trouble(self, kind: Trouble) -> None:
        if not self._reach.makes(kind):
            self._hands.trouble(kind)

    def reading_fails(self) -> None:
        self._hands.reading_fails()

    def unreachable(self, phase: Phase) -> AbstractContextManager[EojSystem]:
        return self._reach.unreachable(phase)

    def running(self) -> AbstractContextManager[RunningGateway]:
        return running_gateway(self._adapter, self.system.name, self._reach.stanza, RunningRecordGateway)

    def quiet(self) -> None:
        self._reach.settle()

    def until(self, condition: Callable[[], bool]) -> bool:
        """Every half second, as the gateway asks."""
        return comes(condition, every=0.5)
