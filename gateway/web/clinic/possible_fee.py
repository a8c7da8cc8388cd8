"""Which fee of the general practitioners' agreement a talk may give: a hint on the card after it, never a claim
(requirements.md C11). Codes and their words are those of the agreement's fee guide of 31 January 2022.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from gateway.domain.consultation.aggregate import Consultation, Kind
from gateway.domain.people import ParticipantRole
from gateway.domain.practice import danish_day


@dataclass(frozen=True, slots=True)
class Fee:
    """``valid_until`` is the last day on which the code may be used; None: no end is known."""

    code: str
    name: str
    valid_from: date
    valid_until: date | None = None

    def valid_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)


_GUIDE: Final = date(2022, 1, 31)
VIDEO: Final = Fee("0125", lazy_gettext("videokonsultation"), _GUIDE)
CONFERENCE: Final = Fee("0126", lazy_gettext("videokonference – mindst tre deltagere"), _GUIDE)
TELEPHONE: Final = Fee("0201", lazy_gettext("telefonkonsultation"), _GUIDE)


def possible_fee(consultation: Consultation) -> str:
    """The hint in words; empty before the end, without a talk, and where several citizens or none were talked about."""
    entry = consultation.entries[-1]
    if entry.ended_at is None or consultation.kind not in (Kind.ONE_CITIZEN, Kind.WITHOUT_NUMBER):
        return ""
    fee = _fee_of(consultation)
    if fee is None or not fee.valid_on(danish_day(entry.ended_at)):
        return ""
    hint: str = _("Mulig ydelse: %(code)s %(name)s", code=fee.code, name=fee.name)
    return hint


def _fee_of(consultation: Consultation) -> Fee | None:
    if consultation.modality == "phone":
        return TELEPHONE
    if consultation.modality != "video":
        return None
    with_citizen = consultation.form is not consultation.form.EMPLOYEE_ONLY
    professionals = consultation.form.employee_takes_part + _colleagues(consultation)
    if professionals and professionals + with_citizen >= 2:  # and the doctor: three
        return CONFERENCE
    return VIDEO if with_citizen else None


def _colleagues(consultation: Consultation) -> int:
    """Professionals beside the employee and the doctor: named by the employee, or let in by the doctor."""
    named = sum(each.role is ParticipantRole.COLLEAGUE for each in consultation.participants)
    let_in = sum(g.role is ParticipantRole.COLLEAGUE and g.admitted_at is not None for g in consultation.guests)
    return named + let_in
