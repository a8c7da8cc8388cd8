"""The clinic's own field while they talk: kept as it is typed, in the draft the note is made of (C10, D12)."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from gateway.domain.consultation.aggregate import Consultation, Kind, Status
from gateway.domain.consultation.case import CitizenCase
from gateway.domain.errors import InvalidField, NotFound, TransitionRefused
from gateway.domain.note.note import NoteStatus, NoteVersion
from gateway.domain.note.review import TEXT_LENGTH


def keep_clinic_draft(consultation: Consultation, case_id: UUID, text: str) -> Consultation:
    """No event and no debt: it goes with the note when that is sent. A note that has gone takes a new version only on
    purpose (``review.add_clinic_text``), never because somebody is typing."""
    if len(text) > TEXT_LENGTH:
        raise InvalidField("text", "too-long")
    case = consultation.case(case_id)
    _require_shown(consultation, case)
    note = case.current_note or NoteVersion(1, NoteStatus.DRAFT, consultation.created_at)
    if note.status is not NoteStatus.DRAFT:
        raise TransitionRefused("clinic-draft", str(note.status), "sent")
    if consultation.status not in (Status.IN_CALL, Status.REVIEW):
        raise TransitionRefused("clinic-draft", str(consultation.status))
    author = note.clinic_author if text == note.clinic_text else None  # begun again
    kept = replace(note, clinic_text=text, clinic_author=author)
    return consultation.with_case(replace(case, notes=(*case.notes[:-1], kept)))


def _require_shown(consultation: Consultation, case: CitizenCase) -> None:
    """In a round the clinic writes about the citizen on its screen: while they talk the one they talk about, afterwards
    one they talked about. Whom they never talked about it has never been shown (D2)."""
    if consultation.kind is not Kind.ROUND:
        return
    if case.discussed_from is None:
        raise NotFound("case")
    if consultation.status is Status.IN_CALL and not case.is_discussed:
        raise TransitionRefused("clinic-draft", str(consultation.status), "not-discussed")
