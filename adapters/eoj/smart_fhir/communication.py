"""A note as a Communication (R4 §8.5): the text is its payload. Pure."""

from __future__ import annotations

import re

from adapters.eoj.smart_fhir.note_mapping import (
    URI_SYSTEM,
    Json,
    custodian_of,
    identifier_of,
    instant,
    meta_of,
)
from adapters.eoj.smart_fhir.shape import Kind
from adapters.wire.note.text import text_of, title_of
from gateway.domain.note.note import Modality
from gateway.domain.peers.messages import NoteMessage

_VERSION = re.compile(r"urn:uuid:[0-9a-f-]{36}#([1-9][0-9]{0,3})")
_MODE = "http://terminology.hl7.org/CodeSystem/v3-ParticipationMode"
_MEDIA = {Modality.VIDEO: ("VIDEOCONF", "videoconferencing"), Modality.PHONE: ("PHONE", "telephone")}


class CommunicationShape:
    """Implements ``revised.RevisedShape``. The second identifier is the case's with the version behind a ``#``; those
    of former versions stay beside it as *old*."""

    kind: Kind = "Communication"

    def __init__(self, custodian_cvr: str) -> None:
        self._cvr = custodian_cvr

    def resource_of(self, message: NoteMessage, encounter: str) -> Json:
        facts = message.note.facts
        about = {
            "resourceType": "Communication",
            "id": str(message.case_key),
            **meta_of(message),
            "identifier": [identifier_of(message.case_key), _version_of(message)],
            "subject": {"reference": message.record_ref},
            "encounter": {"reference": encounter} if encounter else {},
            "medium": _medium(facts.modality) if facts else [],
            "recipient": [custodian] if (custodian := custodian_of(message, self._cvr)) else [],
            "sender": {"display": "Lægebro"},
            "category": [{"text": message.placement}] if message.placement else [],
            **_said(message),
        }
        return {name: value for name, value in about.items() if value}

    def revised(self, held: Json, message: NoteMessage) -> Json:
        known = [each for each in held.get("identifier") or [] if each.get("value") != _version_of(message)["value"]]
        former = [{**each, "use": "old"} if _number(each) else each for each in known]
        return {**held, **_said(message), "identifier": [*former, _version_of(message)]}

    def version_in(self, held: Json) -> int:
        return max((_number(each) for each in held.get("identifier") or []), default=0)

    def text_in(self, held: Json) -> str:
        said = held.get("payload") or [{}]
        return str(said[0].get("contentString") or "")

    def counts(self, held: Json) -> bool:
        return held.get("status") == "completed"


def _said(message: NoteMessage) -> Json:
    """What a later version says anew."""
    note = message.note
    return {
        "status": "completed",
        "topic": {"text": title_of(note)},
        "sent": instant(note.approved_at or note.created_at),
        "payload": [{"contentString": text_of(note)}],
    }


def _version_of(message: NoteMessage) -> Json:
    return {"system": URI_SYSTEM, "value": f"urn:uuid:{message.case_key}#{message.note.version}"}


def _number(identifier: Json) -> int:
    found = _VERSION.fullmatch(str(identifier.get("value") or ""))
    return int(found[1]) if found else 0


def _medium(modality: Modality) -> list[Json]:
    if modality not in _MEDIA:
        return []
    code, display = _MEDIA[modality]
    return [{"coding": [{"system": _MODE, "code": code, "display": display}]}]
