"""From an entry message to the Task as this adapter creates it at a practice's server (requirements.md S2). Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from adapters.wire.task.content import content, instant
from adapters.wire.task.words import Json, Said
from gateway.domain.peers.messages import EntryMessage


def first_task(message: EntryMessage, at: datetime) -> Json:
    """The Task as it is created: always *requested*, whatever our row has come to since."""
    entry = message.entry
    said = Said(entry.revision, "requested", entry.received_at is not None, entry.seen_at is not None)
    return {
        "resourceType": "Task",
        "id": str(entry.id),
        **content(message, said),
        "status": "requested",
        "lastModified": instant(at),
    }


def bare(message: EntryMessage) -> EntryMessage:
    """The same entry with nothing about a person: what a Task holds that is created only to be ended."""
    return replace(message, citizen=None, reason="", consent="", participants=(), agreed_with="", remarks=())
