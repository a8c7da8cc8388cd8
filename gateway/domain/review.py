"""The note's last steps: the employee's text, approval, or sending by itself marked as not reviewed (D12)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from gateway.domain.case import CitizenCase, ConsentAnswer
from gateway.domain.consultation import Consultation, Ending, Kind, Status
from gateway.domain.errors import InvalidField, NotFound, TransitionRefused
from gateway.domain.events import Debt, DebtKind
from gateway.domain.identifiers import contains_citizen_number
from gateway.domain.note import Modality, NoteFacts, NoteStatus, NoteVersion
from gateway.domain.note_rules import STANDARD, NoteRules
from gateway.domain.people import Actor, ParticipantRole
from gateway.domain.queue_entry import QueueEntry

TEXT_LENGTH = 2000
LATER_TEXT = timedelta(hours=24)  # the clinic's afterthoughts (D20)


def write_text(consultation: Consultation, case_id: UUID, text: str) -> Consultation:
    """Keep the employee's field as it is typed, in the call or in review (N12, N15)."""
    if consultation.status not in (Status.IN_CALL, Status.REVIEW):
        raise TransitionRefused("write", str(consultation.status))
    _require_employee_section(consultation, text)
    case = consultation.case(case_id)
    note = case.current_note or NoteVersion(1, NoteStatus.DRAFT, consultation.created_at)
    if note.status is not NoteStatus.DRAFT:
        raise TransitionRefused("write", str(note.status))
    kept = (*case.notes[:-1], replace(note, employee_text=text))
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
    if consultation.kind is not Kind.ONE_CITIZEN and contains_citizen_number(text):
        raise InvalidField("text", "looks-like-cpr")  # U16: it may be the number of another
    approved = replace(
        note,
        status=NoteStatus.APPROVED,
        employee_text=text.strip(),
        approved_by=actor.name,
        approved_at=at,
        facts=compose(consultation, case, organisation),
    )
    noted = _sending(consultation, case, approved).noting("note-approved", at, actor, case=str(case.id))
    return _close_when_all_sent(noted, at, actor)


def send_unreviewed(consultation: Consultation, organisation: str, at: datetime, actor: Actor) -> Consultation:
    """The review time is out: what is not approved goes as "ikke gennemgået af medarbejderen"."""
    if consultation.status is not Status.REVIEW:
        raise TransitionRefused("send", str(consultation.status))
    changed = consultation
    for case in consultation.cases:
        note = case.current_note
        if note is None or note.status is not NoteStatus.DRAFT:
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
    if note.status is NoteStatus.DRAFT:
        kept = (*case.notes[:-1], replace(note, clinic_text=text.strip()))
        return consultation.with_case(replace(case, notes=kept))
    if note.clinic_text == text.strip():
        return consultation
    if at > (note.approved_at or note.created_at) + LATER_TEXT:
        raise TransitionRefused("clinic-text", str(consultation.status), "too-late")
    status = note.status if note.is_owed else NoteStatus.APPROVED  # after a note by hand we try once more
    later = replace(note, version=note.version + 1, status=status, created_at=at, clinic_text=text.strip())
    return _sending(consultation, case, later).noting("clinic-text-added", at, actor, case=str(case.id))


def compose(consultation: Consultation, case: CitizenCase, organisation: str) -> NoteFacts:
    """Everything STPK and the journal order ask for, about this case and no other."""
    refused = consent_of(case) is ConsentAnswer.REFUSED
    entry = None if refused else consultation.entry  # the practice never heard of who said no
    consent = case.consent
    station = consultation.workstation
    return NoteFacts(
        practice=entry.practice_name if entry else "",
        ydernummer=str(entry.ydernummer) if entry else "",
        clinician=entry.clinician if entry else "",
        started_at=(case.discussed_from or entry.started_at or entry.requested_at) if entry else None,
        ended_at=_ended_at(consultation, case, entry),
        participants=_participants(consultation, refused),
        consent=str(consent.answer) if consent else "",
        consent_detail=_consent_detail(case),
        consent_declared_by=consent.declared_by if consent else "",
        consent_declared_at=consent.declared_at if consent else None,
        consent_wording=consent.wording_version if consent else "",
        reason=case.reason if consultation.kind is Kind.ROUND else consultation.reason,
        modality=Modality("none" if refused else consultation.modality or "none"),
        outcome=str(_outcome(consultation, case) or ""),
        technical_failure=consultation.technical_failure,
        employee=_employee(consultation),
        employee_role=station.role if station else "",
        workplace=station.workplace if station else "",
        organisation=organisation,
        form=str(consultation.form),
    )


def consent_of(case: CitizenCase) -> ConsentAnswer | None:
    return case.consent.answer if case.consent else None


def _outcome(consultation: Consultation, case: CitizenCase) -> Ending | None:
    """In a round each citizen has her own: one may refuse, or stop, while the others go on."""
    if consent_of(case) is ConsentAnswer.REFUSED:
        return Ending.CITIZEN_REFUSED
    if consent_of(case) is ConsentAnswer.WITHDRAWN and case.discussed_from is not None:
        return Ending.BROKEN_OFF
    return consultation.ending


def _ended_at(consultation: Consultation, case: CitizenCase, entry: QueueEntry | None) -> datetime | None:
    if entry is not None:
        return case.discussed_to or entry.ended_at
    return case.consent.declared_at if case.consent else consultation.closed_at


def _participants(consultation: Consultation, refused: bool) -> tuple[tuple[str, str], ...]:
    """Who took part. A relative in a round belongs to one of the citizens, so no note of another names her."""
    if refused and consultation.kind is Kind.ROUND:
        return ()
    alone = (ParticipantRole.RELATIVE,) if consultation.kind is Kind.ROUND else ()
    return tuple((str(p.role), p.name) for p in consultation.participants if p.role not in alone)


def _consent_detail(case: CitizenCase) -> str:
    consent = case.consent
    if consent is None:
        return ""
    if consent.representative is not None:
        return f"{consent.representative}: {consent.representative_name}"
    return consent.reason


def _employee(consultation: Consultation) -> str:
    """Who was there; a colleague who took the note over is named as its approver only (D7)."""
    there = (p.name for p in consultation.participants if p.role is ParticipantRole.EMPLOYEE and p.name)
    return next(there, consultation.responsible_name)


def _needs_clinician(consultation: Consultation) -> bool:
    return consultation.ending in (Ending.HELD_ON_VIDEO, Ending.HELD_BY_PHONE, Ending.BROKEN_OFF)


def _clinician(consultation: Consultation) -> str:
    return consultation.entry.clinician if consultation.entry else ""


def _sending(consultation: Consultation, case: CitizenCase, note: NoteVersion) -> Consultation:
    """Store the version; owe it to the record where there is one (otherwise it waits for a hand)."""
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
