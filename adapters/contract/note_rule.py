"""The rule every note's delivery follows (requirements.md R5): unknown → quiet period → probe → file again."""

from __future__ import annotations

from adapters.contract.eoj_bench import EojBench
from gateway.domain.capability import Capability
from gateway.domain.errors import PeerError
from gateway.domain.peers.delivery import Outcome, Receipt
from gateway.domain.peers.messages import NoteMessage
from gateway.domain.peers.verdict import judged
from gateway.ports.peers import EojSystem

ATTEMPTS = 5


def filed(bench: EojBench, message: NoteMessage) -> Receipt:
    """By the rule; a definite refusal is raised."""
    unknown = False
    for _ in range(ATTEMPTS):
        try:
            found = bench.system.probe(message) if unknown and can(bench, Capability.PROBE) else None
            return found or acknowledged(bench, message)
        except PeerError as fault:
            verdict = judged(fault)
        if verdict.outcome is Outcome.REFUSED:
            raise AssertionError(f"refused with «{verdict.code}», though nothing was wrong with the note")
        unknown = unknown or verdict.outcome is Outcome.UNKNOWN
        bench.quiet()
    raise AssertionError("the trouble had passed, and the note was still not filed")


def acknowledged(bench: EojBench, message: NoteMessage) -> Receipt:
    """File; where the acknowledgement comes later, as a message of its own, wait for it."""
    receipt = bench.system.file_note(message)
    if not receipt.awaited:
        return receipt
    came: list[Receipt] = []

    def has_come() -> bool:
        came[:] = [each for each in (bench.system.probe(message),) if each is not None]
        return bool(came)

    assert bench.until(has_come), "the note was sent, and no acknowledgement came"
    return came[0]


def fault_of(system: EojSystem, message: NoteMessage) -> PeerError:
    try:
        system.file_note(message)
    except PeerError as fault:
        return fault
    raise AssertionError("trouble, and the adapter took it for a receipt")


def can(bench: EojBench, capability: Capability) -> bool:
    return capability in bench.system.capabilities
