"""The promise that nothing the suite leaves out is missed: an entry goes out, and an accept comes home, through the
processes that do it in production."""

from __future__ import annotations

from collections.abc import Callable

from adapters.contract.bench import GpBench
from gateway.domain.capability import Capability
from gateway.domain.consultation.queue_entry import EntryStatus

STARTING = 3  # times as long as a peer may take: the processes have to come up first


def _comes(bench: GpBench, condition: Callable[[], bool]) -> bool:
    return any(bench.until(condition) for _ in range(STARTING))


def an_accept_comes_home_through_relay_and_worker(bench: GpBench) -> None:
    """The adapter is built from its stanza, as in every process; nothing of it is used but what its port promises."""
    with bench.running() as gateway:
        message = gateway.place(bench.ydernummer)
        entry = message.entry.id
        delivered = _comes(bench, lambda: gateway.entry(entry).received_at is not None)
        assert delivered, f"the relay never delivered the entry ({gateway.faults(entry) or 'nothing was attempted'})"
        assert bench.copies(message) == 1, "delivered, and the entry does not stand there exactly once"
        if Capability.POLLABLE not in bench.system.capabilities:
            return  # what this practice does it brings to our own door
        who = bench.accept(message)
        home = _comes(bench, lambda: gateway.entry(entry).status is EntryStatus.ACCEPTED)
        assert home, "accepted there, and our row never heard of it"
        assert gateway.entry(entry).accepted_name == who, "our row names another one than who took it"


def what_is_agreed_is_sent_through_relay_and_worker(bench: GpBench) -> None:
    """To a practice that is only told; its acknowledgement comes as a message of its own."""
    with bench.running() as gateway:
        message = gateway.place(bench.ydernummer)
        assert _comes(bench, lambda: bench.copies(message) > 0), "the relay never sent the message"
        assert bench.copies(message) == 1, "the message stands there more than once"
