"""The promise that nothing the suite leaves out is missed: an entry goes out, and an accept comes home, through the
processes that do it in production."""

from __future__ import annotations

from collections.abc import Callable

from adapters.contract.bench import GpBench, Running
from gateway.domain.capability import Capability
from gateway.domain.consultation.queue_entry import EntryStatus
from gateway.domain.peers.messages import EntryMessage

STARTING = 3  # times as long as a peer may take: the processes have to come up first


def _comes(bench: GpBench, condition: Callable[[], bool]) -> bool:
    return any(bench.until(condition) for _ in range(STARTING))


def an_accept_comes_home_through_relay_and_worker(bench: GpBench) -> None:
    """The adapter is built from its stanza, as in every process; nothing of it is used but what its port promises."""
    with bench.running() as gateway:
        gateway.start_relay()
        message = _delivered(bench, gateway)
        if Capability.POLLABLE not in bench.system.capabilities:
            return  # what this practice does it brings to our own door
        _comes_home(bench, gateway, message, bench.accept(message))


def an_accept_before_the_first_question_comes_home_too(bench: GpBench) -> None:
    """The entry is delivered and taken before the relay has asked that practice for the first time."""
    if Capability.POLLABLE not in bench.system.capabilities:
        return
    with bench.running() as gateway:
        message = _delivered(bench, gateway)
        who = bench.accept(message)
        gateway.start_relay()
        _comes_home(bench, gateway, message, who)


def _delivered(bench: GpBench, gateway: Running) -> EntryMessage:
    message = gateway.place(bench.ydernummer)
    entry = message.entry.id
    delivered = _comes(bench, lambda: gateway.entry(entry).received_at is not None)
    assert delivered, f"the entry was never delivered ({gateway.faults(entry)})"
    assert bench.copies(message) == 1, "delivered, and the entry does not stand there exactly once"
    return message


def _comes_home(bench: GpBench, gateway: Running, message: EntryMessage, who: str) -> None:
    entry = message.entry.id
    home = _comes(bench, lambda: gateway.entry(entry).status is EntryStatus.ACCEPTED)
    assert home, "accepted there, and our row never heard of it"
    assert gateway.entry(entry).accepted_name == who, "our row names another one than who took it"


def what_is_agreed_is_sent_through_relay_and_worker(bench: GpBench) -> None:
    """To a practice that is only told; its acknowledgement comes as a message of its own."""
    with bench.running() as gateway:
        gateway.start_relay()
        message = gateway.place(bench.ydernummer)
        assert _comes(bench, lambda: bench.copies(message) > 0), "the relay never sent the message"
        assert bench.copies(message) == 1, "the message stands there more than once"
