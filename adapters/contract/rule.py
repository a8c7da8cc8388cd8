"""The rule every delivery follows (requirements.md R5): unknown → quiet period → probe → note or resend."""

from __future__ import annotations

from adapters.contract.bench import GpBench
from gateway.domain.capability import Capability
from gateway.domain.errors import PeerError
from gateway.domain.peers.delivery import Outcome, Receipt
from gateway.domain.peers.messages import EntryMessage
from gateway.domain.peers.verdict import judged

ATTEMPTS = 4


def delivered(bench: GpBench, message: EntryMessage) -> Receipt:
    """Enqueue by the rule; a definite refusal, or trouble without end, is raised."""
    unknown = False
    fault: PeerError | None = None
    for _ in range(ATTEMPTS):
        try:
            found = _probed(bench, message) if unknown else None
            return found or acknowledged(bench, message)
        except PeerError as met:
            fault = met
        outcome = judged(fault).outcome
        if outcome is Outcome.REFUSED:
            raise fault
        unknown = unknown or outcome is Outcome.UNKNOWN
        bench.quiet()
    assert fault is not None
    raise fault


def acknowledged(bench: GpBench, message: EntryMessage) -> Receipt:
    """Enqueue; where the acknowledgement comes later, as a message of its own, wait for it."""
    receipt = bench.system.enqueue(message)
    if not receipt.awaited:
        return receipt
    assert Capability.ANNOUNCES in bench.system.capabilities, "only a peer that answers by message may answer later"
    found: list[Receipt] = []

    def came() -> bool:
        found[:] = [each for each in (bench.system.probe(message),) if each is not None]
        return bool(found)

    assert bench.until(came), "no acknowledgement came"
    return found[0]


def _probed(bench: GpBench, message: EntryMessage) -> Receipt | None:
    return bench.system.probe(message) if Capability.PROBE in bench.system.capabilities else None
