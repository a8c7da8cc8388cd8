"""Letters: what is told by messages to a practice, or to a care system, that is reached no other way, and what comes
back. Pure.

A letter is one message of a thread: about one queue entry at a practice, about one citizen's note in a care system. It
is sent until it is acknowledged, by MedCom's governance for reliable messaging (043 §1, 040 §6): the same letter goes
again after half an hour's silence, at most twice; a definite refusal ends it, and what is to be said after that is new.
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
    """*Withheld*: nothing was said, and nothing may be said any more. *Note*: a version of a citizen's note. *Written*:
    the other side's own. *Enclosed*: an attachment of such a text, kept beside it so that nobody reads megabytes to
    show a line."""

    ANNOUNCED = "announced"
    CORRECTED = "corrected"
    CANCELLED = "cancelled"
    WITHHELD = "withheld"
    NOTE = "note"
    WRITTEN = "written"
    ENCLOSED = "enclosed"


@dataclass(frozen=True, slots=True)
class Letter:
    """``id`` is the MessageHeader's, the same for every send; ``entry`` whose thread it is in, of an entry or of a
    citizen case; ``content`` is the adapter's notation of what is said and about whom, sealed at rest and empty once it
    is erased. ``given_up``: an operator has been told."""

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
        return self.kind not in (LetterKind.WRITTEN, LetterKind.ENCLOSED)

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


Numbers = frozenset[tuple[str, str]]  # (system, value) of one person


def is_about(people: Sequence[Numbers], citizen: tuple[str, str]) -> bool:
    """Whether everybody a message is about is this citizen: named by her number, and by no other of its kind."""
    system, value = citizen
    return bool(people) and all(
        citizen in numbers and not any(kind == system and other != value for kind, other in numbers)
        for numbers in people
    )


def names_another(people: Sequence[Numbers], citizen: tuple[str, str]) -> bool:
    """Whether anybody it is about has another number of the citizen's kind."""
    system, value = citizen
    return any(kind == system and other != value for numbers in people for kind, other in numbers)


@dataclass(frozen=True, slots=True)
class Enclosure:
    """An attachment, ``content`` in the adapter's notation."""

    id: UUID
    content: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class IncomingLetter:
    """A message from the other side: an acknowledgement (``answer``) or a text of its own. ``practice``: the ydernummer
    it comes from, "" where it comes from a care system.

    ``envelope`` stands for the Bundle's id, new for every send; ``header`` for the MessageHeader's. ``answers``: the
    letter of ours that is acknowledged. ``thread``: every message it says it follows, newest first. ``about``: the
    numbers of everybody it is about. ``fault``: why it must be refused. ``may_open``: it need not follow a letter of
    ours, where it is about the citizen of a consultation that is open there.
    """

    envelope: UUID
    header: UUID
    at: datetime
    practice: str
    answers: UUID | None = None
    answer: Answer | None = None
    code: str = ""
    thread: tuple[UUID, ...] = ()
    about: tuple[Numbers, ...] = field(default=(), repr=False)
    segment: UUID = field(default_factory=lambda: UUID(int=0))
    content: str = field(default="", repr=False)
    enclosures: tuple[Enclosure, ...] = field(default=(), repr=False)
    fault: str = ""
    may_open: bool = False
