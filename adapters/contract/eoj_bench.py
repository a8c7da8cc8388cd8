"""What a promise about notes needs of the world: the adapter, the care system behind it, and eyes on its own store."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from adapters.contract.bench import Trouble
from gateway.domain.citizen.citizen import Citizen
from gateway.domain.errors import Phase
from gateway.domain.peers.messages import NoteMessage
from gateway.ports.peers import EojSystem


class EojBench(Protocol):
    """One adapter against one care system."""

    on_the_wire: bool
    record: str  # reference of a citizen's record that notes may be filed in
    citizen: Citizen  # an official test person: whose record it is
    nobody: str  # an official test number without a record there
    index_lags: Callable[[], None] | None  # what is filed next is found by a search only after a while

    @property
    def system(self) -> EojSystem: ...

    def unreachable(self, phase: Phase) -> AbstractContextManager[EojSystem]:
        """The same adapter behind a network that fails in that phase of the next write."""

    def copies(self, message: NoteMessage) -> int:
        """How many notes with this key stand in the care system's own store."""

    def in_force(self, message: NoteMessage) -> bool:
        """Whether this is the version that counts there."""

    def text_at_peer(self, message: NoteMessage) -> str:
        """The note as it is read there."""

    def pictures(self, message: NoteMessage) -> int:
        """How many pictures with the keys of the message's stand there, whole and in force; asked only of a system that
        takes pictures."""

    def trouble(self, kind: Trouble) -> None:
        """The next note that is filed meets this."""

    def reading_fails(self) -> None:
        """The next reading of a note meets an error; asked only of a system that notes can be read from."""

    def running(self) -> AbstractContextManager[RunningRecord]:
        """A gateway with its relay and worker, connected to the care system by the adapter's stanza."""

    def quiet(self) -> None:
        """Let the longest time the care system may still apply a request pass."""

    def until(self, condition: Callable[[], bool]) -> bool:
        """Wait for something that must come; False where it never did."""


class RunningRecord(Protocol):
    """Our side, as it runs: rows in, rows out. ``hears``: acknowledgements that come as messages are brought to it."""

    hears: bool
    start_relay: Callable[[], None]

    def owe_note(self, record: str, citizen: Citizen) -> NoteMessage:
        """A note owed to the connection."""

    def correct_note(self, message: NoteMessage) -> NoteMessage:
        """Its next version, owed too."""

    def is_done(self, message: NoteMessage) -> bool:
        """Whether our row of that version is settled."""

    def note_faults(self, message: NoteMessage) -> str:
        """What its deliveries met, as codes."""
