"""A practice's whole queue is read from a running practice system: ours that have not ended there, and no others."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from uuid import UUID

import pytest

from adapters.contract import samples
from gateway.certify.benches.fhir_r4 import Bench, new_key, practice_system
from gateway.certify.fault_server import FaultServer
from gateway.domain.consultation.queue_entry import EntryStatus
from gateway.ports.peers import GpSystem
from gateway.services.operations.reconcile import compare_queue
from tests.integration.adapters.test_adapter_gp_fhir_r4 import without_update_create
from tests.support.peers.memory_peers import MemoryPeer, MemoryPeers


class Book:
    """Notes what is shown; two entries in a row are news."""

    def __init__(self) -> None:
        self.heard: list[set[UUID]] = []
        self.due = True

    def is_due(self, name: str) -> bool:
        return self.due

    def shown(self, name: str, entries: Collection[UUID]) -> Sequence[tuple[UUID, str]]:
        self.heard.append(set(entries))
        self.due = False
        return [(each, "unknown-here") for each in sorted(entries)][:2]


class Practices(MemoryPeers):
    def __init__(self, system: GpSystem) -> None:
        super().__init__(MemoryPeer())
        self.system = system

    def gp_system(self, connection: str) -> GpSystem:  # type: ignore[override]
        return self.system


@pytest.fixture(params=["our ids", "its own ids"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    pem = new_key()
    with practice_system(tmp_path, pem) as address, FaultServer(address, without_update_create) as network:
        made = Bench(address, pem, network=network.url if request.param == "its own ids" else "")
        yield made
        made.close()


def test_what_waits_is_shown_and_what_has_ended_is_not(bench: Bench) -> None:
    waiting = [samples.message("034835") for _ in range(3)]
    for message in waiting:
        bench.system.enqueue(message)
    bench.system.update(samples.moved(waiting[0], EntryStatus.EXPIRED))
    book, told = Book(), list[str]()
    assert compare_queue("gp", Practices(bench.system), book, lambda _, what: told.append(what))
    assert book.heard == [{message.entry.id for message in waiting[1:]}]
    assert told == ["unknown-here"] * 2
    assert not compare_queue("gp", Practices(bench.system), book, lambda *_: None), "once an hour"


def test_a_practice_that_cannot_be_listed_or_does_not_answer_is_left_alone(bench: Bench) -> None:
    book = Book()
    assert not compare_queue("gp", MemoryPeers(MemoryPeer()), book, lambda *_: None)
    away = bench.connected("http://127.0.0.1:1")
    assert not compare_queue("gp", Practices(away), book, lambda *_: None)
    away.close()
    assert book.heard == [] and book.due
