"""Moves of the employee's table that take more than one verb of the domain (services/act.py says what a move is)."""

from __future__ import annotations

from uuid import UUID

from gateway.domain.consultation import arranging, rounds, talking
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.case import ConsentAnswer
from gateway.domain.errors import NotFound
from gateway.domain.note import picturing, review
from gateway.services import queue, write_back
from gateway.services.act import Acting
from gateway.web.acts import Audited
from gateway.web.forms import Clinician
from gateway.web.nurse import forms
from gateway.web.nurse.declaring import consent_of
from gateway.web.nurse.placing import chosen_basis


def agreed_and_placed(consultation: Consultation, by: Acting[forms.Agreed]) -> Consultation:
    """ "Indtast aftalt tid" after a rejection: the same practice, text and consent, at that time."""
    entry = consultation.entry
    if entry is None:
        raise NotFound("entry")
    agreed = by.form.agreed(by.at)
    noted = arranging.note_agreement(consultation, agreed, by.form.with_whom, *by.stamp)
    return queue.place_again(noted, entry.ydernummer, chosen_basis(None), by)


def approved(consultation: Consultation, by: Acting[forms.Approval]) -> Consultation:
    case = write_back.case_of(consultation, by.form.case)
    texts = {} if by.form.text is None else {case: by.form.text}
    consultation = picturing.attach(consultation, case, by.form.stills)
    return write_back.approve_some(consultation, texts, [case], by.form.clinician, by)


def chosen(consultation: Consultation, form: forms.Approvals) -> list[UUID]:
    drafts = [c.id for c in consultation.cases if c.current_note is not None and c.current_note.status == "draft"]
    return drafts if form.case is None else [form.case]


def approved_some(consultation: Consultation, by: Acting[forms.Approvals]) -> Consultation:
    texts = by.form.text if consultation.form.employee_takes_part else {}
    return write_back.approve_some(consultation, texts, chosen(consultation, by.form), by.form.clinician, by)


def approvals(found: Consultation, form: forms.Approvals) -> Audited:
    return [("write", "approve-note", case) for case in chosen(found, form)]


def talked_about(consultation: Consultation, by: Acting[forms.OneCase]) -> Consultation:
    if by.form.case is None:
        return rounds.talk_about_nobody(consultation, *by.stamp)
    return rounds.talk_about(consultation, by.form.case, *by.stamp)


def taken_out(consultation: Consultation, by: Acting[forms.TakingOut]) -> Consultation:
    """She says no, there is no time, or the wrong record was open."""
    case, reason = by.form.case, by.form.reason
    if reason != ConsentAnswer.REFUSED:
        return rounds.take_out(consultation, case, reason, *by.stamp)
    said_no = consent_of(ConsentAnswer.REFUSED, forms.Consenting(), consultation, by)
    return rounds.refuse(consultation, case, said_no, by.organisation(consultation).name, *by.stamp)


def settled(consultation: Consultation, by: Acting[forms.Settling]) -> Consultation:
    """In review: "Vi talte også om …", or that they did not after all."""
    settle = rounds.include if by.form.discussed == "yes" else rounds.leave_out
    return settle(consultation, by.form.case, *by.stamp)


def named_afterwards(consultation: Consultation, by: Acting[Clinician]) -> Consultation:
    """The note went by itself without it; a new version with the name replaces it."""
    organisation = by.organisation(consultation).name
    return review.name_afterwards(consultation, by.form.clinician, organisation, *by.stamp)


def held_by_phone(consultation: Consultation, by: Acting[Clinician]) -> Consultation:
    longest = by.organisation(consultation).review
    return talking.held_by_phone(consultation, by.form.clinician, *by.stamp, longest)
