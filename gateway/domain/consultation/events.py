"""Facts on the timeline and the debts they cause, as the aggregate hands them to the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from gateway.domain.people import Actor


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the timeline: past participle, codes only in ``detail`` (never a name, number or text).

    ``ydernummer``: the practice it happened at and is told to, where that is not the current entry's."""

    kind: str
    at: datetime
    actor: Actor
    detail: Mapping[str, str] = field(default_factory=dict)
    ydernummer: str = ""


class DebtKind(StrEnum):
    """What we can owe another system."""

    ENQUEUE = "enqueue"  # put the entry into the practice's queue
    ENTRY_UPDATE = "entry-update"  # tell its system the entry's present state and wording
    NOTE = "note"  # file the note in the care record


@dataclass(frozen=True, slots=True)
class Debt:
    """Owed to ``connection`` because of an event; ``subject`` is the entry or the case, ``version`` its revision.

    The store turns it into a Delivery whose key is uuid5(consultation, kind, subject, version): the same for every
    attempt.
    """

    kind: DebtKind
    connection: str
    subject: UUID
    version: int
