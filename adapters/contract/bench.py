"""What a promise needs of the world: the adapter, the peer behind it, and hands on the peer's side.

Our tests implement this over the simulators; for a vendor's own system the hands are a person's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from gateway.domain.capability import Capability
from gateway.domain.consultation.queue_entry import QueueEntry, RejectReason
from gateway.domain.errors import Phase
from gateway.domain.peers.messages import EntryMessage, Envelope
from gateway.ports.peers import GpSystem


class Trouble(StrEnum):
    """What a peer can do to the next entry that is sent to it."""

    ERROR_AFTER_EFFECT = "error-after-effect"  # done, but answers 500
    REPLY_LOST = "reply-lost"  # done, but the answer never arrives
    APPLIED_LATE = "applied-late"  # no answer, and done only afterwards
    REFUSED = "refused"  # a definite no
    BUSY = "busy"  # nothing done, come back


class GpBench(Protocol):
    """One adapter against one peer. ``on_the_wire`` is False where the adapter reaches nobody over a network."""

    on_the_wire: bool
    ydernummer: str

    @property
    def system(self) -> GpSystem: ...

    def parse_notification(self, envelope: Envelope) -> list[UUID]:
        """The adapter's own reading of what arrived at its door."""

    def copies(self, message: EntryMessage) -> int:
        """How many entries with this key stand in the peer's own store."""

    def text_at_peer(self, message: EntryMessage) -> str:
        """The reason as the practice reads it; "" where none is left."""

    def waits_at_peer(self, message: EntryMessage) -> bool:
        """Does the practice still see the entry as one to be taken?"""

    def trouble(self, kind: Trouble) -> None:
        """The next *enqueue* meets this."""

    def unreachable(self, phase: Phase) -> AbstractContextManager[GpSystem]:
        """The same adapter behind a network that fails in that phase of the next write."""

    def without(self, capability: Capability) -> GpSystem | None:
        """The same adapter without this ability, where its settings can leave it out."""

    def accept(self, message: EntryMessage) -> str:
        """A clinician takes it on the practice's own screen; returns her name."""

    def reject(self, message: EntryMessage, reason: RejectReason, text: str) -> None: ...

    def put_back(self, message: EntryMessage) -> None: ...

    def clutter(self, message: EntryMessage) -> None:
        """The peer adds to the entry whatever its standard allows and we have never heard of."""

    def listen(self) -> AbstractContextManager[Listening]:
        """A door for notifications."""

    def running(self) -> AbstractContextManager[Running]:
        """A gateway with its worker, connected to the peer by the adapter's stanza; its relay may be started."""

    def quiet(self) -> None:
        """Let the peer's longest time to apply a request pass."""

    def until(self, condition: Callable[[], bool]) -> bool:
        """Wait for something that must come; False where it never did."""


class Running(Protocol):
    """Our side, as it runs: rows in, rows out."""

    start_relay: Callable[[], None]  # from now on the peer is asked

    def place(self, ydernummer: str) -> EntryMessage:
        """A new entry owed to the connection, as the hands at the peer know it."""

    def entry(self, id: UUID) -> QueueEntry: ...

    def faults(self, id: UUID) -> str:
        """What its deliveries met, as codes."""


class Listening(Protocol):
    """``endpoint`` for ``keep_subscribed``, and what arrived there with the right token."""

    endpoint: str
    token: str

    def heard(self) -> Sequence[Envelope]: ...
