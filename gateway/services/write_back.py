"""The note after the talk: approved by the employee or put into the record by her hand; the clock sends what is left
(services/clocks)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from uuid import UUID

from gateway.domain.consultation import ringing, undoing
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.errors import NotFound
from gateway.domain.note import review
from gateway.domain.note.note import Author, NoteStatus
from gateway.services.act import Acting, F


def case_of(consultation: Consultation, named: UUID | None) -> UUID:
    """The case that was named, else the only one there is."""
    if named is not None:
        return named
    if consultation.sole_case is None:
        raise NotFound("case")
    return consultation.sole_case.id


def keep_text(consultation: Consultation, named: UUID | None, text: str, by: Acting[F]) -> Consultation:
    """Save the employee's field as it is typed (U07)."""
    author = Author(by.actor.name, by.actor.role, by.at)
    return review.write_text(consultation, case_of(consultation, named), text, author)


def put_by_hand(consultation: Consultation, case_id: UUID, by: Acting[F]) -> Consultation:
    """ "Jeg har sat det i journalen": what could not be sent stands there by her own hand (N19); or the wrong
    citizen's record is rid of its note again."""
    note = consultation.case(case_id).current_note
    if note is not None and note.status in (NoteStatus.RETRACT, NoteStatus.VOID):
        return undoing.confirm_retracted(consultation, case_id, *by.stamp)
    return undoing.written_by_hand(consultation, case_id, *by.stamp)


def approve_some(
    consultation: Consultation, texts: Mapping[UUID, str], chosen: Collection[UUID], clinician: str, by: Acting[F]
) -> Consultation:
    """Every text is kept and the chosen notes are approved and owed to the record, all in one transaction. A case
    without a text keeps what was saved as it was typed; ``clinician`` names who talked, where nobody else has. A
    second click changes nothing."""
    changed = _named(consultation, clinician, by)
    for case in (c for c in consultation.cases if c.id in texts and c.id not in chosen):
        if case.current_note is not None and case.current_note.status is NoteStatus.DRAFT:
            changed = review.write_text(changed, case.id, texts[case.id])
    organisation = by.organisation(consultation).name
    for case_id in chosen:
        note = changed.case(case_id).current_note
        text = texts.get(case_id, note.employee_text if note else "")
        changed = review.approve(changed, case_id, text, organisation, *by.stamp)
    return changed


def _named(consultation: Consultation, clinician: str, by: Acting[F]) -> Consultation:
    known = consultation.entry.clinician if consultation.entry else ""
    if clinician.strip() in ("", known):
        return consultation
    return ringing.name_clinician(consultation, clinician, *by.stamp)
