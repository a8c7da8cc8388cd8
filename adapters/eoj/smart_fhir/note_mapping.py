"""From a note to the two resources that file it, Encounter and DocumentReference (FHIR R4); pure.

Class and type: v3 ActCode VR with KL's contact class beside it (requirements.md P5.3, version 20250530). Replacement
by ``relatesTo`` (R4 §2.42.8). Ids and business identifiers come of the note's key, so every attempt says the same.
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from adapters.wire.note.text import note_text, title_of
from gateway.domain.identifiers import CVR_SYSTEM, YDERNUMMER_SYSTEM
from gateway.domain.note.note import Modality, NoteFacts, NoteStatus
from gateway.domain.peers.messages import NoteMessage

Json = dict[str, Any]
URI_SYSTEM = "urn:ietf:rfc:3986"
CONTENT_TYPE = "text/plain;charset=utf-8"
_KL = "http://fhir.kl.dk/term/CodeSystem/CareSocialCodes"
_CONTACT_CLASSES = {
    Modality.VIDEO: ("124be95d-6924-4609-9d2a-e7c73ae3ab3d", "Skærmbesøg"),
    Modality.PHONE: ("1b55a4b0-1156-4f58-b2df-b5c6014d9048", "Telefonisk"),
}


def business_identifier(key: UUID) -> str:
    """As a search token: ``system|value``."""
    return f"{URI_SYSTEM}|urn:uuid:{key}"


def identifier_of(key: UUID) -> Json:
    return {"system": URI_SYSTEM, "value": f"urn:uuid:{key}"}


def encounter_key(message: NoteMessage) -> UUID:
    """One contact per citizen of the consultation, however many versions the note gets."""
    return uuid5(message.consultation, f"encounter:{message.case}")


def encounter_of(message: NoteMessage) -> Json | None:
    """None where nobody talked: an attempt is a note, not a contact."""
    facts = message.note.facts
    if facts is None or facts.modality is Modality.NONE:
        return None
    key = encounter_key(message)
    code, display = _CONTACT_CLASSES[facts.modality]
    encounter: Json = {
        "resourceType": "Encounter",
        "id": str(key),
        **meta_of(message),
        "identifier": [identifier_of(key)],
        "status": "finished",
        "class": {
            "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode",
            "code": "VR",
            "display": "virtual",
        },
        "type": [{"coding": [{"system": _KL, "code": code, "display": display}]}],
        "subject": {"reference": message.record_ref},
        "participant": _participants(facts),
        "period": _period(facts),
        "reasonCode": [{"text": facts.reason}] if facts.reason else [],
        "serviceProvider": _practice(facts),
    }
    return {name: value for name, value in encounter.items() if value}


def document_of(message: NoteMessage, encounter: str, custodian_cvr: str, replaces: str) -> Json:
    """``encounter`` and ``replaces`` are references ("" = none) as the server knows them."""
    note, facts = message.note, message.note.facts
    document: Json = {
        "resourceType": "DocumentReference",
        "id": str(message.key),
        **meta_of(message),
        "identifier": [identifier_of(message.key)],
        "status": "current",
        # Not reviewed by a person is exactly what R4's "preliminary" says (composition-status).
        "docStatus": "preliminary" if note.status is NoteStatus.UNREVIEWED else "final",
        "type": {
            "coding": [{"system": "http://loinc.org", "code": "11488-4", "display": "Consult note"}],
            "text": title_of(note),
        },
        "category": [{"text": message.placement}] if message.placement else [],
        "subject": {"reference": message.record_ref},
        "date": instant(note.approved_at or note.created_at),
        "author": _authors(message, custodian_cvr),
        "custodian": custodian_of(message, custodian_cvr),
        "relatesTo": _replacement(message, replaces),
        "description": title_of(note),
        "content": [{"attachment": _attachment(message)}],
        "context": _context(facts, encounter),
    }
    return {name: value for name, value in document.items() if value}


def text_in(document: Json) -> str | None:
    """The text of a filed document, None where it is kept elsewhere or cannot be read."""
    try:
        data = document["content"][0]["attachment"]["data"]
        return base64.b64decode(data, validate=True).decode()
    except (LookupError, TypeError, ValueError):
        return None


def contact_in(document: Json) -> str:
    """Reference of the contact that a filed document names; "" where it names none."""
    try:
        return str(document["context"]["encounter"][0]["reference"])
    except (LookupError, TypeError):
        return ""


def meta_of(message: NoteMessage) -> Json:
    if not message.synthetic:
        return {}
    label = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}
    return {"meta": {"security": [label]}}


def _participants(facts: NoteFacts) -> list[Json]:
    if not facts.clinician:
        return []
    performer = {"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code": "PPRF"}
    return [{"type": [{"coding": [performer]}], "individual": {"display": facts.clinician}}]


def _period(facts: NoteFacts) -> Json:
    both = {"start": facts.started_at, "end": facts.ended_at}
    return {name: instant(at) for name, at in both.items() if at is not None}


def _practice(facts: NoteFacts) -> Json:
    if not facts.ydernummer:
        return {}
    return {
        "identifier": {"system": YDERNUMMER_SYSTEM, "value": facts.ydernummer},
        "display": facts.practice or facts.ydernummer,
    }


def _authors(message: NoteMessage, custodian_cvr: str) -> list[Json]:
    """The system wrote it; the employee is named only where she approved (D12), the clinic where it added text."""
    note, facts = message.note, message.note.facts
    authors = [{"display": "Lægebro"}]
    if note.status is NoteStatus.APPROVED and note.approved_by:
        place = (note.approved_by, facts.employee_role, facts.workplace) if facts else (note.approved_by,)
        if facts and _employed_elsewhere(message, custodian_cvr):
            place = (*place, facts.organisation)
        authors.append({"display": ", ".join(filter(None, place))})
    if note.clinic_text and facts is not None:
        writer = facts.clinician or (note.clinic_author.name if note.clinic_author else "")
        authors.append({"display": ", ".join(filter(None, (writer, facts.practice)))})
    return [each for each in authors if each["display"]]


def _employed_elsewhere(message: NoteMessage, custodian_cvr: str) -> bool:
    """Whether she is another organisation's employee than the record's, as a region's in a municipality's (D13)."""
    return bool(custodian_cvr) and message.organisation_cvr not in ("", custodian_cvr)


def custodian_of(message: NoteMessage, cvr: str) -> Json:
    """Whose record it is. Named where the employee is that organisation's: another employer stands with the author."""
    facts = message.note.facts
    custodian: Json = {"identifier": {"system": CVR_SYSTEM, "value": cvr}} if cvr else {}
    if facts is not None and facts.organisation and not _employed_elsewhere(message, cvr):
        custodian["display"] = facts.organisation
    return custodian


def _replacement(message: NoteMessage, replaces: str) -> list[Json]:
    if message.supersedes is None or not replaces:
        return []
    target = {"reference": replaces, "identifier": identifier_of(message.supersedes)}
    return [{"code": "appends" if message.addendum else "replaces", "target": target}]


def _attachment(message: NoteMessage) -> Json:
    return {
        "contentType": CONTENT_TYPE,
        "language": "da",
        "data": base64.b64encode(note_text(message).encode()).decode(),
        "title": title_of(message.note),
        "creation": instant(message.note.approved_at or message.note.created_at),
    }


def _context(facts: NoteFacts | None, encounter: str) -> Json:
    context: Json = {"encounter": [{"reference": encounter}]} if encounter else {}
    if facts is not None and _period(facts):
        context["period"] = _period(facts)
    return context


def instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
