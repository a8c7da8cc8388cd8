"""What a care system writes back about a citizen's note: it stays with the consultation until somebody has read it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.people import Actor


def arrive(consultation: Consultation, case_id: UUID, at: datetime, actor: Actor) -> Consultation:
    """The newest one counts; its text is a letter beside the consultation."""
    told = consultation.with_case(replace(consultation.case(case_id), reply_at=at))
    return told.noting("care-system-wrote", at, actor, case=str(case_id))


def read(consultation: Consultation, until: datetime, at: datetime, actor: Actor) -> Consultation:
    """An employee has read what was written back ``until`` then: what came meanwhile she has not. Once more changes
    nothing."""
    unread = [case for case in consultation.cases if case.reply_at is not None and case.reply_at <= until]
    if not unread:
        return consultation
    for case in unread:
        consultation = consultation.with_case(replace(case, reply_at=None))
    return consultation.noting("reply-read", at, actor)
