"""Letters: what a practice is told that is reached by messages only, and what it answers. Pure.

A letter is one message of a thread about one queue entry. It is sent until it is acknowledged, by MedCom's governance
for reliable messaging (043 §1, 040 §6): the same letter goes again after half an hour's silence, at most twice; a
definite refusal ends it, and what is to be said after that is a new letter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

RESENDS = 2  # 043 §1; 040 MR5 says three: the stricter one holds


class Answer(StrEnum):
    """FHIR R4 response-code, as MedCom's Acknowledgement uses it."""

    OK = "ok"
    TRANSIENT = "transient-error"
    FATAL = "fatal-error"


class LetterKind(StrEnum):
    """*Withheld*: nothing was said, and nothing may be said any more. *Written*: the practice's own."""

    ANNOUNCED = "announced"
    CORRECTED = "corrected"
    CANCELLED = "cancelled"
    WITHHELD = "withheld"
    WRITTEN = "written"


@dataclass(frozen=True, slots=True)
class Letter:
    """``id`` is the MessageHeader's, the same for every send; ``content`` is the adapter's notation of what is said
    and about whom, sealed at rest and empty once it is erased. ``given_up``: an operator has been told."""

    id: UUID
    entry: UUID
    kind: LetterKind
    at: datetime
    segment: UUID
    content: str = field(repr=False)
    sends: int = 0
    sent_at: datetime | None = None
    answer: Answer | None = None
    answer_code: str = ""
    answered_at: datetime | None = None
    given_up: bool = False

    @property
    def ours(self) -> bool:
        return self.kind is not LetterKind.WRITTEN

    @property
    def is_refused(self) -> bool:
        """Refused for good and told: to the practice it was never said."""
        return self.answer is Answer.FATAL and self.given_up


class Step(StrEnum):
    """What is to be done about a letter now."""

    DONE = "done"
    WAIT = "wait"
    SEND = "send"
    GIVE_UP = "give-up"


def next_step(letter: Letter, now: datetime, patience: timedelta) -> Step:
    """A letter that was given up without an answer is sent again where somebody asks for it: by hand only (043)."""
    if letter.answer is Answer.OK:
        return Step.DONE
    if letter.answer is Answer.FATAL:
        return Step.GIVE_UP
    if letter.sent_at is None:
        return Step.SEND
    if now - letter.sent_at < patience:
        return Step.WAIT
    return Step.GIVE_UP if letter.sends > RESENDS and not letter.given_up else Step.SEND


def said_last(thread: Sequence[Letter]) -> Letter | None:
    """Our newest letter that the practice may have."""
    ours = [letter for letter in thread if letter.ours and not letter.is_refused]
    return ours[-1] if ours else None


@dataclass(frozen=True, slots=True)
class IncomingLetter:
    """A message from the practice's side: an acknowledgement (``answer``) or a text of its own.

    ``envelope`` is the Bundle's id, new for every send; ``header`` the MessageHeader's. ``answers``: the letter of
    ours that is acknowledged. ``thread``: every message it says it follows. ``fault``: why it must be refused.
    """

    envelope: UUID
    header: UUID
    at: datetime
    practice: str
    answers: UUID | None = None
    answer: Answer | None = None
    code: str = ""
    thread: tuple[UUID, ...] = ()
    segment: UUID = field(default_factory=lambda: UUID(int=0))
    content: str = field(default="", repr=False)
    fault: str = ""
