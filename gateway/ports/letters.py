"""The ports of letters: what is remembered about practices and care systems that are reached by messages only."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable
from uuid import UUID

from gateway.domain.peers.letter import Answer, Letter


class LetterBook(Protocol):
    """Threads, one for each connection and entry at a practice or citizen case in a care system (``Letter.entry``)."""

    def thread(self, connection: str, entry: UUID) -> Sequence[Letter]:
        """In the order in which they were written."""

    def keep(self, connection: str, letter: Letter) -> bool:
        """Before it is sent, so that every send says the same; False where it is kept already."""

    def note_send(self, connection: str, id: UUID, at: datetime) -> None:
        """It may have arrived."""

    def give_up(self, connection: str, id: UUID) -> None:
        """An operator is told; a later send forgets it."""

    def note_answer(self, connection: str, id: UUID, answer: Answer, code: str, at: datetime) -> bool:
        """False for a letter nobody wrote; an answer may come before ``note_send``. The first definite one stays (043
        §1.1.2); a cancellation that was taken ends the thread, and what was said in it is erased."""

    def entries_of(self, connection: str, ids: Collection[UUID]) -> Sequence[UUID]:
        """Whose threads hold one of these letters, in the order of the letters, each once."""

    def consultation_of(self, connection: str, entry: UUID) -> UUID | None:
        """The consultation whose entry or citizen case that thread is about; None where nothing was written in it."""


class AnswerBook(Protocol):
    """Acknowledgements we owe for messages that came in, found again by what came."""

    def find(self, connection: str, envelope: UUID, header: UUID) -> tuple[bytes | None, bool]:
        """What that header was answered, and whether that envelope was used before for another one."""

    def owe(self, connection: str, envelope: UUID, header: UUID, answer: bytes, at: datetime) -> None:
        """To be sent now; owed again, the first answer stays."""


@runtime_checkable
class Corresponding(Protocol):
    """An adapter that writes letters: handed the book they are kept in before its first call."""

    def keep_letters_in(self, letters: LetterBook) -> None: ...
