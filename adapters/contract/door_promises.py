"""What every door keeps, as plain functions; a broken promise is an ``AssertionError``. Those about claims are asked of
doors that bring some; all of them run over every door found by discovery."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol
from uuid import UUID

from gateway.domain.consultation.queue_entry import EntryStatus, QueueEntry
from gateway.domain.peers.messages import Envelope
from gateway.ports.doors import Address, Reply

NOISE = (b"", b"{", b"[" * 5_000, b"<a", b"MSH|^~\\&|", b"\xff\xfe\x00", b"0" * 5_000)


class DoorBench(Protocol):
    """One door over a store of its own, with a peer that has proved itself at it before."""

    addresses: Sequence[Address]

    def call(self, call: Envelope) -> Reply | None:
        """As it is mounted; None where the answer is left to the process that mounts it."""

    def place(self) -> UUID:
        """An entry that waits at the peer's practice."""

    def place_elsewhere(self) -> UUID:
        """One that was sent over another connection."""

    def accepting(self, entry: UUID) -> Envelope | None:
        """A proven call by which somebody takes the entry; None at a door that brings no claims."""

    def row(self, entry: UUID) -> QueueEntry: ...

    def history(self, entry: UUID) -> Sequence[str]: ...


def _strangers(addresses: Sequence[Address]) -> Iterator[Envelope]:
    """Calls at every address by every method that prove nothing."""
    variables = {"connection": "nobody", "id": "0", "rest": "nothing-here"}
    for address in addresses:
        for method in address.methods:
            for body in NOISE:
                yield Envelope({}, {}, body, method, address.path, variables)


def a_stranger_changes_nothing_and_breaks_nothing(bench: DoorBench) -> None:
    """Whatever comes: an answer in the peer's language, or a refusal of ours; never a fault of ours."""
    entry = bench.place()
    for call in _strangers(bench.addresses):
        reply = bench.call(call)
        claims_fault = reply is not None and reply.status >= 500 and not reply.reason
        assert not claims_fault, f"{call.method} {call.address}: a stranger's noise was taken for a fault of ours"
    assert bench.row(entry).status is EntryStatus.REQUESTED, "a stranger changed an entry"


def an_accept_is_one_accept_however_often_it_is_brought(bench: DoorBench) -> None:
    entry = bench.place()
    accept = bench.accepting(entry)
    if accept is None:
        return
    first = bench.call(accept)
    assert first is not None and first.status < 400, "an accept of its own entry was not taken"
    bench.call(accept)
    assert bench.row(entry).status is EntryStatus.ACCEPTED, "taken, and our row never heard of it"
    assert bench.row(entry).accepted_name, "nobody is named who took it"
    assert list(bench.history(entry)).count("accepted") == 1, "brought twice, and accepted twice"


def nobody_takes_an_entry_of_another_connection(bench: DoorBench) -> None:
    entry = bench.place_elsewhere()
    accept = bench.accepting(entry)
    if accept is None:
        return
    bench.call(accept)
    assert bench.row(entry).status is EntryStatus.REQUESTED, "an entry of another connection was taken"


PROMISES: tuple[Callable[[DoorBench], None], ...] = (
    a_stranger_changes_nothing_and_breaks_nothing,
    an_accept_is_one_accept_however_often_it_is_brought,
    nobody_takes_an_entry_of_another_connection,
)
