"""The note's last steps: the employee's text, approval, or sending by itself marked as not reviewed (D12)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from gateway.domain.consultation.aggregate import Consultation, Ending, Kind, Status
from gateway.domain.consultation.case import CitizenCase
from gateway.domain.consultation.events import Debt, DebtKind
from gateway.domain.consultation.ringing import name_clinician
from gateway.domain.errors import InvalidField, NotFound, TransitionRefused
from gateway.domain.identifiers import require_no_number
from gateway.domain.note.facts import compose
from gateway.domain.note.note import Author, NoteStatus, NoteVersion
from gateway.domain.note.rules import STANDARD, NoteRules
from gateway.domain.people import Actor

TEXT_LENGTH = 2000
CLINIC_FINISHES = timedelta(minutes=15)  # for a text somebody in the clinic has begun
LATER_TEXT = timedelta(hours=24)  # the clinic's afterthoughts (D20)


def write_text(consultation: Consultation, case_id: UUID, text: str, author: Author | None = None) -> Consultation:
    """Keep the employee's field as it is typed, in the call or in review (N12, N15)."""
    if consultation.status not in (Status.IN_CALL, Status.REVIEW):
        raise TransitionRefused("write", str(consultation.status))
    _require_employee_section(consultation, text)
    case = consultation.case(case_id)
    note = case.current_note or NoteVersion(1, NoteStatus.DRAFT, consultation.created_at)
    if note.status is not NoteStatus.DRAFT:
        raise TransitionRefused("write", str(note.status))
    if text == note.employee_text:
        return consultation
    kept = (*case.notes[:-1], replace(note, employee_text=text, employee_author=author))
    return consultation.with_case(replace(case, notes=kept))


def _require_employee_section(consultation: Consultation, text: str) -> None:
    if len(text) > TEXT_LENGTH:
        raise InvalidField("text", "too-long")
    if text.strip() and not consultation.form.employee_takes_part:
        raise InvalidField("text", "employee-not-present")


def keep_writing(
    consultation: Consultation, at: datetime, rules: NoteRules = STANDARD, minutes: int = 15
) -> Consultation:
    """ "Vent – jeg skriver videre": another quarter, up to the organisation's limit after the talk."""
    if consultation.status is not Status.REVIEW or consultation.review_until is None:
        raise TransitionRefused("keep-writing", str(consultation.status))
    ended = consultation.entry.ended_at if consultation.entry else None
    latest = (ended or consultation.created_at) + rules.longest
    wished = min(latest, at + timedelta(minutes=minutes))
    return replace(consultation, review_until=max(consultation.review_until, wished))


def approve(
    consultation: Consultation, case_id: UUID, text: str, organisation: str, at: datetime, actor: Actor
) -> Consultation:
    """The employee approves one case's note; a second click is a no-op."""
    case = consultation.case(case_id)
    note = case.current_note
    if note is not None and note.is_finished:
        return consultation
    if consultation.status is not Status.REVIEW or note is None:
        raise TransitionRefused("approve", str(consultation.status))
    _require_employee_section(consultation, text)
    if _needs_clinician(consultation) and not _clinician(consultation):
        raise InvalidField("clinician", "required")
    if consultation.kind is not Kind.ONE_CITIZEN:
        require_no_number("text", text)  # it may be the number of another
    approved = replace(
        note,
        employee_text=text.strip(),
        employee_author=_author_of(note, text.strip(), at, actor),
        approved_by=actor.name,
        approved_at=at,
        facts=compose(consultation, case, organisation),
    )
    if note.clinic_is_writing:
        return _held_back(consultation, case, approved, at, actor)
    gone = _sending(consultation, case, replace(approved, status=NoteStatus.APPROVED))
    return _close_when_all_sent(gone.noting("note-approved", at, actor, case=str(case.id)), at, actor)


def _author_of(note: NoteVersion, text: str, at: datetime, actor: Actor) -> Author | None:
    if not text:
        return None
    if text == note.employee_text.strip() and note.employee_author is not None:
        return note.employee_author
    return Author(actor.name, actor.role, at)


def _held_back(
    consultation: Consultation,
    case: CitizenCase,
    approved: NoteVersion,
    at: datetime,
    actor: Actor,
) -> Consultation:
    """Approved while the clinic writes: it goes with the clinic's text, or at the review's end without waiting more."""
    before = case.notes[-1]
    if before.approved_by and before.employee_text == approved.employee_text:
        return consultation
    held = consultation.with_case(replace(case, notes=(*case.notes[:-1], approved)))
    return held.noting("note-approved", at, actor, case=str(case.id))


def end_review(
    consultation: Consultation, organisation: str, at: datetime, actor: Actor, rules: NoteRules = STANDARD
) -> Consultation:
    """The review time is out: the clinic's text is awaited once more where it has been begun, else everything goes."""
    awaited = [c for c in consultation.cases if _is_first_awaited(c.current_note)]
    longer = consultation.status is Status.REVIEW and awaited and rules.review + CLINIC_FINISHES <= rules.longest
    if not longer:
        return send_unreviewed(consultation, organisation, at, actor)
    changed = replace(consultation, review_until=at + CLINIC_FINISHES)
    for case in awaited:
        marked = replace(case.notes[-1], clinic_awaited=True)
        changed = changed.with_case(replace(case, notes=(*case.notes[:-1], marked)))
    return changed.noting("clinic-text-awaited", at, actor)


def _is_first_awaited(note: NoteVersion | None) -> bool:
    return note is not None and note.clinic_is_writing and not note.clinic_awaited


def send_unreviewed(consultation: Consultation, organisation: str, at: datetime, actor: Actor) -> Consultation:
    """The review time is out: what is not approved goes as "ikke gennemgået af medarbejderen"."""
    if consultation.status is not Status.REVIEW:
        raise TransitionRefused("send", str(consultation.status))
    changed = consultation
    for case in consultation.cases:
        note = case.current_note
        if note is None or note.status is not NoteStatus.DRAFT:
            continue
        if note.is_approved_and_waits:
            changed = _sending(changed, case, replace(note, status=NoteStatus.APPROVED))
            continue
        sent = replace(note, status=NoteStatus.UNREVIEWED, approved_at=at, facts=compose(changed, case, organisation))
        changed = _sending(changed, case, sent).noting("note-sent-unreviewed", at, actor, case=str(case.id))
    return _close_when_all_sent(changed, at, actor)


def document_ending(
    consultation: Consultation, organisation: str, at: datetime, actor: Actor, rules: NoteRules = STANDARD
) -> Consultation:
    """A closed consultation whose ending owes a note without a review (refused, not answered, and what the
    organisation has chosen beside): facts only."""
    if consultation.status is not Status.CLOSED or not rules.owes(consultation.ending):
        return consultation
    changed = consultation
    for case in consultation.cases:
        if case.notes or (consultation.kind is Kind.ROUND and not case.may_be_discussed):
            continue
        note = NoteVersion(1, NoteStatus.APPROVED, at, approved_at=at, facts=compose(changed, case, organisation))
        changed = _sending(changed, case, note).noting("note-owed", at, actor, case=str(case.id))
    return changed


def owe_refusal(
    consultation: Consultation, case: CitizenCase, organisation: str, at: datetime, actor: Actor
) -> Consultation:
    """The note that this one citizen declined; in a round nothing else ends (D3)."""
    facts = compose(consultation, case, organisation)
    note = NoteVersion(len(case.notes) + 1, NoteStatus.APPROVED, at, approved_at=at, facts=facts)
    return _sending(consultation, case, note).noting("note-owed", at, actor, case=str(case.id))


def add_clinic_text(consultation: Consultation, case_id: UUID, text: str, at: datetime, actor: Actor) -> Consultation:
    """Optional text by the clinic: into the draft, or a new version that replaces what was sent, for a day."""
    if len(text) > TEXT_LENGTH:
        raise InvalidField("text", "too-long")
    case = consultation.case(case_id)
    note = case.current_note
    if consultation.kind is Kind.ROUND and case.discussed_from is None:
        raise NotFound("case")  # the clinic was never shown this citizen
    if note is None and consultation.status is Status.IN_CALL and consultation.kind is Kind.ROUND:
        note = NoteVersion(1, NoteStatus.DRAFT, at)
    if note is None or not (note.status is NoteStatus.DRAFT or note.is_finished):
        raise TransitionRefused("clinic-text", str(consultation.status))
    author = Author(actor.name, actor.role, at) if text.strip() else None
    if note.status is NoteStatus.DRAFT:
        return _clinic_finished(
            consultation, case, replace(note, clinic_text=text.strip(), clinic_author=author), at, actor
        )
    if note.clinic_text == text.strip():
        return consultation
    if at > (note.approved_at or note.created_at) + LATER_TEXT:
        raise TransitionRefused("clinic-text", str(consultation.status), "too-late")
    status = note.status if note.is_owed else NoteStatus.APPROVED  # after a note by hand we try once more
    later = replace(
        note,
        version=note.version + 1,
        status=status,
        created_at=at,
        clinic_text=text.strip(),
        clinic_author=author,
    )
    return _sending(consultation, case, later).noting("clinic-text-added", at, actor, case=str(case.id))


def _clinic_finished(
    consultation: Consultation, case: CitizenCase, note: NoteVersion, at: datetime, actor: Actor
) -> Consultation:
    """Into the draft; a note that was only waiting for it goes at once."""
    if note.is_approved_and_waits:
        gone = _sending(consultation, case, replace(note, status=NoteStatus.APPROVED))
        return _close_when_all_sent(gone.noting("clinic-text-added", at, actor, case=str(case.id)), at, actor)
    known = case.current_note
    if known is not None and known.clinic_text == note.clinic_text and known.clinic_author is not None:
        return consultation
    return consultation.with_case(replace(case, notes=(*case.notes[:-1], note)))


def name_afterwards(
    consultation: Consultation, clinician: str, organisation: str, at: datetime, actor: Actor
) -> Consultation:
    """A note that went without the doctor's name is replaced by one that has it (STPK 182801)."""
    lacking = [c for c in consultation.cases if c.current_note is not None and c.current_note.lacks_clinician]
    if not lacking:
        return consultation
    changed = name_clinician(consultation, clinician, at, actor)
    for case in lacking:
        note = case.notes[-1]
        named = replace(
            note,
            version=note.version + 1,
            status=NoteStatus.APPROVED,
            created_at=at,
            approved_by=actor.name,
            approved_at=at,
            facts=compose(changed, case, organisation),
        )
        changed = _sending(changed, case, named).noting("note-approved", at, actor, case=str(case.id))
    return changed


def _needs_clinician(consultation: Consultation) -> bool:
    return consultation.ending in (Ending.HELD_ON_VIDEO, Ending.HELD_BY_PHONE, Ending.BROKEN_OFF)


def _clinician(consultation: Consultation) -> str:
    return consultation.entry.clinician if consultation.entry else ""


def _sending(consultation: Consultation, case: CitizenCase, note: NoteVersion) -> Consultation:
    """Store the version; owe it to the record where there is one (otherwise it waits for a hand). The note of a
    rehearsal is written nowhere and asks nobody."""
    if consultation.is_rehearsal:
        note = replace(note, status=NoteStatus.BY_HAND)
    older = tuple(n for n in case.notes if n.version != note.version)
    changed = consultation.with_case(replace(case, notes=(*older, note)))
    if not case.can_be_filed:
        return changed
    return changed.owing([Debt(DebtKind.NOTE, case.eoj_connection, case.id, note.version)])


def _close_when_all_sent(consultation: Consultation, at: datetime, actor: Actor) -> Consultation:
    if any(_unwritten(consultation, case) for case in consultation.cases):
        return consultation
    return consultation.moved("close", Status.CLOSED, at, actor).noting("closed", at, actor)


def _unwritten(consultation: Consultation, case: CitizenCase) -> bool:
    """Of whom a round did not come to speak, nothing is written."""
    if case.current_note is None:
        return consultation.kind is not Kind.ROUND
    return case.current_note.status is NoteStatus.DRAFT
