"""From a citizen's note to the letters of its thread: one letter for each version, in the order of the versions. Pure.

A thread is about one case. Its letters' ids follow from the notes' keys, so that a repeated attempt writes the same.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from adapters.eoj.medcom import words
from adapters.wire.medcom.exchange.content import content_of, patient_of, plain
from adapters.wire.medcom.exchange.parties import Party
from adapters.wire.note.text import note_text, title_of
from gateway.domain.citizen.citizen import Citizen
from gateway.domain.peers.letter import Letter, LetterKind
from gateway.domain.peers.messages import NoteMessage

Json = dict[str, Any]


def standing(thread: Sequence[Letter]) -> list[Letter]:
    """Without what was refused for good: to the municipality it was never said."""
    return [each for each in thread if not each.is_refused]


def letter_of(message: NoteMessage, thread: Sequence[Letter], connection: str) -> tuple[UUID, Letter | None]:
    """The letter that carries this version, and the id it has or will have: one that was refused is written anew under
    another id."""
    known, number = {each.id: each for each in thread}, 0
    while (found := known.get(_id(message, connection, number))) is not None and found.is_refused:
        number += 1
    return _id(message, connection, number), found


def _id(message: NoteMessage, connection: str, number: int) -> UUID:
    return uuid5(message.key, f"{connection}:{number}")


def version_of(letter: Letter) -> int:
    """0 for what is no note, and for one whose text is erased."""
    return int(content_of(letter).get("version", 0)) if letter.kind is LetterKind.NOTE else 0


def note_letter(message: NoteMessage, id: UUID, unit: Party, former: Letter | None, at: datetime) -> Letter:
    """``former``: the version that the municipality has before this one. Where that went to another unit, the thread is
    forwarded to this one."""
    content = content_for(message, unit)
    if former is not None and content_of(former).get("unit", {}).get("sor", unit.sor) != unit.sor:
        content["forwarded"] = True
    text = json.dumps(content, ensure_ascii=False)
    return Letter(id, message.case, LetterKind.NOTE, at, uuid5(id, "segment"), text)


def content_for(message: NoteMessage, unit: Party) -> Json:
    facts = message.note.facts
    assert message.citizen is not None
    return {
        "version": message.note.version,
        "text": plain(note_text(message)).strip(),
        "author": plain((facts.employee if facts else "") or message.note.approved_by).strip() or words.NOBODY,
        "role": plain(facts.employee_role if facts else "").strip() or words.ROLE,
        "phone": plain(message.phone),
        "topic": title_of(message.note),
        "patient": {**patient_of(message.citizen), "name": name_of(message.citizen)},
        "unit": unit.model_dump(),
    }


def name_of(citizen: Citizen) -> str:
    """The profile asks for a name (medcom-core-patient); one that is protected or not known here is not told."""
    if citizen.protected:
        return words.PROTECTED
    return plain(citizen.name).strip() or words.UNNAMED
