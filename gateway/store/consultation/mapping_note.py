"""Note versions ↔ rows. The frozen facts are one sealed JSON document: they are read whole or not at all."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from gateway.domain.note.note import Author, Modality, NoteFacts, NoteStatus, NoteVersion
from gateway.store.ground.sealing import Place, Row, Values

_MOMENTS = ("started_at", "ended_at", "consent_declared_at")
_SEALED = ("employee_text", "clinic_text", "approved_by")


def note_values(place: Place, note: NoteVersion) -> Values:
    return {
        "version": note.version,
        "status": str(note.status),
        "created_at": note.created_at,
        "approved_at": note.approved_at,
        **place.seal(
            facts=facts_text(note.facts),
            authors=authors_text(note),
            **{name: getattr(note, name) for name in _SEALED},
        ),
    }


def note_from(place: Place, row: Row) -> NoteVersion:
    opened: dict[str, Any] = {name: place.open(row, name) for name in _SEALED}
    opened |= authors_from(place.open(row, "authors"))
    return NoteVersion(
        version=row["version"],
        status=NoteStatus(row["status"]),
        created_at=row["created_at"],
        approved_at=row["approved_at"],
        facts=facts_from(place.open(row, "facts")),
        **opened,
    )


def authors_text(note: NoteVersion) -> str:
    """Who wrote which section; "" where nobody has."""
    told = {"employee_author": note.employee_author, "clinic_author": note.clinic_author}
    said: dict[str, Any] = {name: [a.name, a.role, a.at.isoformat()] for name, a in told.items() if a is not None}
    if note.clinic_awaited:
        said["clinic_awaited"] = True
    return json.dumps(said, ensure_ascii=False) if said else ""


def authors_from(text: str) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(text) if text else {}
    for name in ("employee_author", "clinic_author"):
        if name in said:
            who, role, at = said[name]
            said[name] = Author(who, role, datetime.fromisoformat(at))
    return said


def facts_text(facts: NoteFacts | None) -> str:
    if facts is None:
        return ""
    document = asdict(facts)
    for name in _MOMENTS:
        document[name] = document[name].isoformat() if document[name] else None
    return json.dumps(document, ensure_ascii=False)


def facts_from(text: str) -> NoteFacts | None:
    if not text:
        return None
    document: dict[str, Any] = json.loads(text)
    for name in _MOMENTS:
        document[name] = datetime.fromisoformat(document[name]) if document[name] else None
    document["participants"] = tuple((role, name) for role, name in document["participants"])
    document["modality"] = Modality(document["modality"])
    return NoteFacts(**document)
