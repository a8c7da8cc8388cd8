"""Letters kept in memory, for what needs no database: ``ports_letters.LetterBook``."""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from gateway.domain.peers.letter import Answer, Letter, LetterKind

DEFINITE = (Answer.OK, Answer.FATAL)


class MemoryLetters:
    def __init__(self) -> None:
        self._lock = threading.RLock()
        self.letters: dict[tuple[str, UUID], Letter] = {}

    def thread(self, connection: str, entry: UUID) -> Sequence[Letter]:
        with self._lock:
            return [each for (name, _), each in self.letters.items() if name == connection and each.entry == entry]

    def every(self) -> Sequence[Letter]:
        with self._lock:
            return list(self.letters.values())

    def keep(self, connection: str, letter: Letter) -> bool:
        with self._lock:
            known = (connection, letter.id) in self.letters
            self.letters.setdefault((connection, letter.id), letter)
            return not known

    def note_send(self, connection: str, id: UUID, at: datetime) -> None:
        sends = self.letters[connection, id].sends + 1
        self._change(connection, id, sends=sends, sent_at=at, given_up=False)

    def give_up(self, connection: str, id: UUID) -> None:
        self._change(connection, id, given_up=True)

    def note_answer(self, connection: str, id: UUID, answer: Answer, code: str, at: datetime) -> bool:
        with self._lock:
            letter = self.letters.get((connection, id))
            if letter is None:
                return False
            if letter.answer not in DEFINITE:
                self._change(connection, id, answer=answer, answer_code=code, answered_at=at)
            if letter.kind is LetterKind.CANCELLED and answer is Answer.OK:
                for each in self.thread(connection, letter.entry):
                    self._change(connection, each.id, content="")
            return True

    def entries_of(self, connection: str, ids: Collection[UUID]) -> Sequence[UUID]:
        known = (self.letters.get((connection, id)) for id in ids)
        return list(dict.fromkeys(letter.entry for letter in known if letter is not None))

    def consultation_of(self, connection: str, entry: UUID) -> UUID | None:
        """There are no consultations here."""
        return None

    def _change(self, connection: str, id: UUID, **fields: Any) -> None:
        with self._lock:
            self.letters[connection, id] = replace(self.letters[connection, id], **fields)
