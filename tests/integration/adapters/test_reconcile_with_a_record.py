"""What we believe filed is looked for in a real care system (real sockets), and what it has lost is a difference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from adapters.eoj.smart_fhir import Adapter
from gateway.domain.peers.delivery import Outcome
from gateway.services import deliver
from gateway.services.operations.reconcile import MISSING_NOTE, Comparing, compare_some
from simulators import wire
from tests.integration.adapters.test_adapter_eoj_filing import settings_for
from tests.support.peers.adapter_peers import GATEWAY, key_files, simulator
from tests.support.peers.memory_peers import MemoryPeer, MemoryPeers, MemoryShelf
from tests.unit.services.test_note_goes_when import Afterwards
from tests.unit.services.test_reconcile import Book


class RecordPeers(MemoryPeers):
    """The real adapter behind every care system's connection."""

    def __init__(self, adapter: Adapter) -> None:
        super().__init__(MemoryPeer())
        self.adapter = adapter

    def eoj(self, connection: str) -> Adapter:  # type: ignore[override]
        return self.adapter


@pytest.fixture
def record(tmp_path: Path) -> Iterator[tuple[Adapter, str]]:
    pem, jwks = key_files(tmp_path)
    with simulator("eoj", "--gateway-url", GATEWAY, "--client-jwks", str(jwks)) as url:
        yield Adapter("eoj-fjordby", settings_for(url), lambda _: pem), url


def test_a_note_the_record_has_lost_is_found(record: tuple[Adapter, str]) -> None:
    adapter, url = record
    after = Afterwards()
    talk = after.store.kept[after.id]
    after.store.kept[after.id] = replace(talk, cases=(replace(talk.cases[0], record_ref="Patient/r-1008"),))
    after.approve()
    use = deliver.Attempting(
        after.store, after.outbox, RecordPeers(adapter), after.clock, GATEWAY, lambda: 1.0, MemoryShelf()
    )
    debt = after.outbox.claim(timedelta(seconds=30))
    assert debt is not None
    outcome = deliver.attempt(debt, use)
    assert outcome is Outcome.DONE, after.store.rows[debt.id].fault
    (row,) = after.store.rows.values()
    told: list[str] = []

    def compare() -> int:
        comparing = Comparing(after.store, Book([row.delivery]), RecordPeers(adapter), GATEWAY)
        return compare_some("eoj", comparing, lambda one, what: told.append(what))

    assert (compare(), told) == (1, [])
    with wire.client(30) as http:
        local = httpx.URL(url).copy_with(host="127.0.0.1")
        assert http.post(f"{local}/_sim/reset".replace("//_sim", "/_sim")).is_success
    assert (compare(), told) == (1, [MISSING_NOTE])
