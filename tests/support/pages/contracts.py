"""Runs of a connection's contract in each state, as a relay would have left them."""

from __future__ import annotations

from dataclasses import replace

from gateway.certify.connected.telling import promise_of
from gateway.certify.suites import SUITES
from gateway.domain.peers.contract_run import ContractRun, ContractState, Tried, Verdict
from gateway.wiring import Gateway


def a_run(gateway: Gateway, name: str, tried: int | None = None, *, by: str = "Ida Iversen") -> ContractRun:
    """Of every promise, two of them not kept; or under way, with so many tried."""
    kind, now = gateway.overview.kind_of(name), gateway.clock.now()
    present = gateway.connections.present(name)
    assert present is not None
    promises = SUITES[kind].promises
    asked = ContractRun(
        gateway.ids.new(), name, present.number, "", by, ContractState.ASKED, now, promises=len(promises)
    )
    runs = gateway.contract_runs
    runs.ask(asked, gateway.overview.owner_of(name))
    assert runs.claim(now) is not None
    for number, promise in enumerate(promises[:tried], 1):
        assert promise_of(kind, promise.name) is promise
        runs.trying(asked.id, promise.name, len(promises))
        runs.keep(asked.id, number, _tried(promise.name, number), now)
    if tried is None:
        runs.end(asked.id, ContractState.DONE, now)
    return runs.find(asked.id)


def _tried(name: str, number: int) -> Tried:
    passed = (("POST /fhir/Task\ncontent-type: application/fhir+json\n\n{}", "201\nlocation: Task/1"),)
    tried = Tried(name, Verdict.KEPT, "enqueue: receipt", 1.4, passed)
    odd = {
        2: replace(tried, verdict=Verdict.BROKEN, seen="filed twice; file_note: receipt"),
        3: replace(tried, verdict=Verdict.NOT_TRIED, seen="it needs hands at the peer, and none were named"),
        5: replace(tried, verdict=Verdict.NOT_APPLICABLE, seen="", seconds=0.0, exchanges=()),
    }
    return odd.get(number, tried)
