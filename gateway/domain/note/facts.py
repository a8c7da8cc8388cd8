"""What the system knows about one citizen's part of a consultation, frozen into the note when it is sent (D12)."""

from __future__ import annotations

from datetime import datetime

from gateway.domain.consultation.aggregate import Consultation, Ending, Kind
from gateway.domain.consultation.case import CitizenCase, ConsentAnswer
from gateway.domain.consultation.queue_entry import QueueEntry
from gateway.domain.note.note import Modality, NoteFacts
from gateway.domain.people import ParticipantRole


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
    """Who took part: of the clinicians those who were in the talk, not whoever had laid the call back before. A
    relative in a round belongs to one of the citizens, so no note of another names her."""
    if refused and consultation.kind is Kind.ROUND:
        return ()
    alone = (ParticipantRole.RELATIVE,) if consultation.kind is Kind.ROUND else ()
    there = (p for p in consultation.participants if p.started or p.role is not ParticipantRole.CLINICIAN)
    return tuple((str(p.role), p.name) for p in there if p.role not in alone)


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
