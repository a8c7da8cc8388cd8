"""What the practice must be told so that it knows what our row says: announced, corrected, cancelled. Pure.

A message cannot be taken back and moves nothing at the practice, so only what a person there must know is said: that a
consultation is agreed, that its text was put right, that it will not take place. Who took the call and when it was held
is seen where it is held.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid5

from babel.dates import format_datetime

from adapters.gp_system.medcom import words
from adapters.wire.medcom.exchange.content import content_of, patient_of, plain
from gateway.domain.consultation.queue_entry import EntryStatus
from gateway.domain.errors import PeerCannot
from gateway.domain.peers.announcing import can_be_named, is_planned
from gateway.domain.peers.letter import Letter, LetterKind, said_last
from gateway.domain.peers.messages import EntryMessage
from gateway.domain.practice import COPENHAGEN

_OFF = frozenset((EntryStatus.WITHDRAWN, EntryStatus.EXPIRED, EntryStatus.TRANSFERRED, EntryStatus.REJECTED))


@dataclass(frozen=True, slots=True)
class Saying:
    """``content``: text, author and citizen, as ``Letter.content`` keeps them."""

    kind: LetterKind
    content: dict[str, Any] = field(repr=False)

    def written(self, message: EntryMessage, connection: str, number: int, at: datetime) -> Letter:
        """As the letter of that number in the thread: its ids follow from the entry's key, so that a repeated attempt
        writes the same letter."""
        id = uuid5(message.key, f"{connection}:{number}")
        return Letter(
            id, message.entry.id, self.kind, at, uuid5(id, "segment"), json.dumps(self.content, ensure_ascii=False)
        )


def next_saying(thread: Sequence[Letter], message: EntryMessage, connection: str) -> Saying | None:
    """None where nothing is left to say. ``PeerCannot`` for what must not go by message."""
    entry, last = message.entry, said_last(thread)
    if last is None:
        return None if entry.status.ended else _announced(message, connection)
    if last.kind in (LetterKind.CANCELLED, LetterKind.WITHHELD):
        return None
    if entry.status in _OFF:
        return _cancelled(message, last)
    if entry.status.waits and _is_outdated(last, message):
        return Saying(LetterKind.CORRECTED, {**_author(message), **_about(message, words.CORRECTED), **_citizen(last)})
    return None


def _announced(message: EntryMessage, connection: str) -> Saying:
    citizen = message.citizen
    # The profile's own description: not to be used for cases of an acute nature.
    if not is_planned(message.agreed_at, message.entry.requested_at):
        raise PeerCannot(connection, "acute")
    # Patient is 1..1 with an identifier and an official name (CC-2, medcom-core-patient).
    if citizen is None or citizen.identifier is None:
        raise PeerCannot(connection, "citizen-without-number")
    if not can_be_named(citizen):
        raise PeerCannot(connection, "citizen-without-name")
    lines = [words.ANNOUNCED, f"Fra {message.employee}, {message.workplace}, {message.organisation}."]
    lines += [words.AGREED.format(who=message.agreed_with)] if message.agreed_with else []
    lines += [words.FORMS[message.form]]
    lines += [message.consent] if message.consent else []
    about = _about(message, "\n".join(lines))
    return Saying(LetterKind.ANNOUNCED, {**_author(message), **about, "patient": patient_of(citizen)})


def _about(message: EntryMessage, heading: str) -> dict[str, Any]:
    text = f"{worded(heading, message)}\n\n{words.ABOUT}{plain(_wanted(message))}{words.ENTRANCE}{message.entry_link}"
    return {"text": text, "wording": wording(_wanted(message)), "when": when(message)}


def _wanted(message: EntryMessage) -> str:
    """What it is about, and what the employee has written since."""
    said = message.remarks_in_words
    return f"{message.reason}\n\n{words.REMARKS}\n{said}" if said else message.reason


def _cancelled(message: EntryMessage, last: Letter) -> Saying:
    """Where it was about the wrong citizen, nothing that was said before travels along."""
    wrong = message.entry.ended_reason == "wrong-citizen"
    said = words.WRONG_CITIZEN if wrong else words.CANCELLED[message.entry.status]
    text = worded(said, message)
    return Saying(LetterKind.CANCELLED, {**_author(message), "text": text, "alone": wrong, **_citizen(last)})


def _author(message: EntryMessage) -> dict[str, Any]:
    return {
        "author": message.employee or message.organisation,
        "role": message.role or "Medarbejder",
        "phone": message.phone,
    }


def _citizen(last: Letter) -> dict[str, Any]:
    """The citizen whom the thread is about, also where our row no longer knows her."""
    return {"patient": content_of(last).get("patient")}


def _is_outdated(last: Letter, message: EntryMessage) -> bool:
    """The text has been put right, or another time agreed; what the letter does not say is not compared."""
    said = content_of(last)
    present = {"wording": wording(_wanted(message)), "when": when(message)}
    return any(isinstance(said.get(name), str) and said[name] != value for name, value in present.items())


def wording(reason: str) -> str:
    """Tells one text from another, without keeping it twice."""
    return hashlib.sha256(plain(reason).encode()).hexdigest()


def worded(text: str, message: EntryMessage) -> str:
    """With the time that was agreed, and the id by which both sides speak of it on the telephone."""
    return text.replace("{when}", when(message)).replace("{number}", message.short_id)


def when(message: EntryMessage) -> str:
    """``tirsdag den 24. november 2026 kl. 10.30``."""
    if message.agreed_at is None:
        return ""
    return str(format_datetime(message.agreed_at, "EEEE 'den' d. MMMM y 'kl.' HH.mm", COPENHAGEN, "da"))
