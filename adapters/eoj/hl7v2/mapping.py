"""From a note to an MDM message (HL7 v2.5.1 chapter 9). Pure; each text is escaped by its data type.

The original is T02, a later version T10: a replacement that names what it replaces (TXA-13).
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID, uuid5

from adapters.eoj.hl7v2.settings import Settings
from adapters.wire.er7 import components, ft, moment, segment, st
from adapters.wire.note.text import note_text, title_of
from adapters.wire.v2.people import msh, person, pid
from gateway.domain.note.note import NoteStatus
from gateway.domain.peers.messages import NoteMessage

NAMESPACE = "LAEGEBRO"
PIECE = 12_000  # characters; an FT holds 65,536, and one of ours may become five
ORIGINAL, REPLACEMENT = "T02", "T10"


def control_id(key: UUID, trigger: str) -> str:
    """MSH-10, at most 20 characters (§2.14.9.10): the same for every attempt to say the same thing."""
    return uuid5(key, trigger).hex[:20]


def segments(message: NoteMessage, trigger: str, settings: Settings, at: datetime) -> list[str]:
    """MDM_T02 (§9.6.2), the structure of T10 as well (§9.6.10)."""
    assert message.citizen is not None
    control = control_id(message.key, trigger)
    return [
        msh(settings, ("MDM", trigger, "MDM_T02"), control, at),
        segment("EVN", ["", moment(at)]),
        pid(message.citizen, own=(_record_id(message), settings.peer_facility)),
        segment("PV1", {1: "1", 2: "V", 19: components(str(message.consultation), "", "", NAMESPACE)}),
        _txa(message, trigger, settings, at),
        *_content(message, settings),
    ]


def _record_id(message: NoteMessage) -> str:
    return message.record_ref.rpartition("/")[2]


def _txa(message: NoteMessage, trigger: str, settings: Settings, at: datetime) -> str:
    """§9.8.2. TXA-12 is the note's key; TXA-17 says whether a person has approved it (table 0271)."""
    note, facts = message.note, message.note.facts
    talked = (facts.started_at if facts else None) or note.created_at
    approved = note.status is NoteStatus.APPROVED and bool(note.approved_by)
    former = str(message.supersedes) if trigger == REPLACEMENT and message.supersedes else ""
    return segment(
        "TXA",
        {
            1: "1",
            2: settings.document_type,
            3: "FT" if settings.content == "text" else "TX",
            4: moment(talked),
            5: person(facts.clinician) if facts else "",
            6: moment(note.created_at),
            8: moment(at) if former else "",
            9: (person(note.approved_by) if approved else "") or "^Lægebro",
            12: components(str(message.key), NAMESPACE),
            13: components(former, NAMESPACE) if former else "",
            14: components(str(message.consultation), NAMESPACE),
            17: "AU" if approved else "DO",
            19: "AV",
            22: _authentication(note.approved_by, note.approved_at) if approved else "",
        },
    )


def _authentication(name: str, at: datetime | None) -> str:
    """PPN: who, and in its last component when."""
    parts = person(name).split("^")
    return components(*parts, *[""] * (14 - len(parts)), moment(at)) if at else components(*parts)


def _content(message: NoteMessage, settings: Settings) -> Iterator[str]:
    """One OBX, or as many as a long text needs; all of the same document (OBX-4 numbers them)."""
    text, code = note_text(message), components("11488-4", st(title_of(message.note)), "LN")
    if settings.content == "document":
        data = base64.b64encode(text.encode()).decode()
        yield _obx(1, "ED", code, components("", "TEXT", "plain", "Base64", data))
        return
    for number, piece in enumerate(_pieces(text), 1):
        yield _obx(number, "FT", code, ft(piece))


def _obx(number: int, kind: str, code: str, value: str) -> str:
    return segment("OBX", {1: str(number), 2: kind, 3: code, 4: str(number), 5: value, 11: "F"})


def _pieces(text: str) -> Iterator[str]:
    for start in range(0, len(text), PIECE):
        yield text[start : start + PIECE]
