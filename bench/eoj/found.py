"""The care systems that take notes, each with its simulator as its own process and a gateway with worker and relay; and
the citizens whose records are there."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from importlib import import_module
from itertools import cycle
from pathlib import Path
from typing import Any

from adapters.contract.note_samples import Subject
from adapters.discovery import adapter_names, find_adapter
from gateway.certify.running import RunningGateway
from gateway.domain.capability import Capability
from gateway.domain.citizen.citizen import Citizen
from gateway.domain.identifiers import Cpr
from simulators.eoj import records


def adapters() -> Sequence[str]:
    return [name for name in adapter_names("eoj") if hasattr(find_adapter("eoj", name).adapter, "file_note")]


@contextmanager
def running(adapter: str) -> Iterator[tuple[Any, RunningGateway]]:
    """The bench of ``gateway.certify.eoj`` over the simulator, and our side."""
    with tempfile.TemporaryDirectory(prefix="laegebro-eoj-") as folder:
        module = import_module(f"gateway.certify.eoj.{adapter}")
        with module.bench(Path(folder)) as bench, bench.running() as gateway:
            gateway.start_relay()
            yield bench, gateway


class StandingStill:
    """A simulator's store that changes no more: each address is read once, however many notes are looked for."""

    def __init__(self, hand: Any) -> None:
        self._hand, self._seen = hand, dict[str, Any]()

    def get(self, address: str, **more: Any) -> _Seen:
        key = f"{address} {more}"
        if key not in self._seen:
            self._seen[key] = _Seen(self._hand.get(address, **more))
        return self._seen[key]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._hand, name)


class _Seen:
    def __init__(self, answer: Any) -> None:
        self._answer, self._found = answer, None

    def json(self) -> Any:
        self._found = self._answer.json() if self._found is None else self._found
        return self._found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._answer, name)


def can_be_read(bench: Any) -> bool:
    return Capability.READ_BACK in bench.system.capabilities


def citizens(bench: Any) -> Iterator[Subject]:
    """Those with a number and an open record, one after the other, round and round: a record that takes all notes of a
    day is no record. Their references as the bench's own: ``Patient/r-1002`` or ``Patient/1002``."""
    own = bench.record.removeprefix("Patient/")
    prefix = "r-" if own.startswith("r-") else ""
    ordinary = [each for each in records.load().record if each.cpr and not (each.protected or each.replaced_by)]
    return cycle(
        Subject(
            f"Patient/{prefix}{each.reference.removeprefix('r-')}",
            Citizen(Cpr(each.cpr or ""), each.name, date.fromisoformat(each.birth_date), each.gender),
        )
        for each in ordinary
    )
