"""The start page: consent, who talks, what about, when agreed, which practice; then one button into the queue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.rounds import is_growing
from gateway.domain.errors import InvalidField, NotFound, PracticeNotFound
from gateway.domain.identifiers import Ydernummer
from gateway.services import launch
from gateway.web import guards
from gateway.web.arrival import typed_number
from gateway.web.arrival.workstation import workstation_of
from gateway.web.bodies import json_object, text_of
from gateway.web.guards import current_gateway, open_to
from gateway.web.nurse import acts
from gateway.web.nurse.placing import Faults, as_fields, place
from gateway.web.nurse.screens import context_of, practice_context, search_practices
from gateway.web.problems import field_message, practice_message
from gateway.web.rendering import age, page
from gateway.web.words.findings import show_finding, source_words

blueprint = Blueprint("start", __name__)


def form_context(consultation: Consultation, fields: dict[str, str] | None = None) -> dict[str, Any]:
    """The form's values: as posted, else as saved."""
    gateway = current_gateway()
    values = {"reason": consultation.reason, "form": str(consultation.form), "agreed_with": consultation.agreed_with}
    return {
        "values": values | workstation_of() | (fields or {}),
        "errors": {},
        "wording": gateway.organisation(consultation.tenant).consent_wording,
        "finding": show_finding(consultation),
        "source_words": source_words,
        "rounds": [c for c in _mine() if is_growing(c)] if consultation.sole_case else [],
        "workplaces": gateway.organisations.workplaces(consultation.tenant),
    }


def _mine() -> Sequence[Consultation]:
    return current_gateway().store.open_of_employee(guards.my_tenant(), guards.current_session().person)


@blueprint.post("/konsultation/<uuid:id>/stil-i-koe")
@open_to("employee")
def enqueue(id: UUID) -> ResponseReturnValue:
    """ "Stil i kø", or "Registrér afslag" when the citizen says no."""
    consultation = guards.my_consultation(id)
    fields = as_fields(request.form)
    try:
        place(consultation, fields)
    except Faults as faults:
        return start_again(consultation, fields, faults.faults)
    return redirect(url_for("consultation.show", id=id), 303)


def start_again(
    consultation: Consultation, fields: dict[str, str], faults: Sequence[InvalidField | PracticeNotFound]
) -> ResponseReturnValue:
    guards.record_read("page-start", consultation)
    context = context_of(consultation) | form_context(consultation, fields)
    if fields.get("ydernummer"):
        context |= _named_practice(fields["ydernummer"])
    context["errors"] = {
        ("ydernummer" if isinstance(f, PracticeNotFound) else f.field): (
            practice_message(f) if isinstance(f, PracticeNotFound) else field_message(f.field, f.reason)
        )
        for f in faults
    }
    return page("nurse/start.html", 422, part=False, **context)


def _named_practice(text: str) -> dict[str, Any]:
    try:
        return practice_context(Ydernummer.parse(text))
    except InvalidField:
        return {}


@blueprint.post("/konsultation/<uuid:id>/ikke-startet")
@open_to("employee")
def leave_unstarted(id: UUID) -> ResponseReturnValue:
    """The practice cannot be reached by video, so nothing begins."""
    acts.leave_unstarted(id, request.form.get("cause", ""))
    return redirect(url_for("consultation.show", id=id), 303)


@blueprint.post("/konsultation/<uuid:id>/kladde")
@open_to("employee")
def keep_draft(id: UUID) -> ResponseReturnValue:
    """What is being typed_number, saved within two seconds (U07)."""
    guards.my_consultation(id)
    text = text_of(json_object(), "reason").replace("\r\n", "\n")
    launch.keep_reason(guards.my_scope(), id, text, store=current_gateway().store)
    return "", 204


@blueprint.get("/konsultation/<uuid:id>/laeger")
@open_to("employee")
def practices(id: UUID) -> ResponseReturnValue:
    """Practices by ydernummer, name or place; as a list to put into the page."""
    consultation = guards.my_consultation(id)
    found = search_practices(request.args.get("q", ""))
    return page("nurse/parts/practices.html", consultation=consultation, found=found, asked=True)


@blueprint.post("/konsultation/<uuid:id>/laege")
@open_to("employee")
def choose(id: UUID) -> ResponseReturnValue:
    """The employee names the practice herself."""
    guards.my_consultation(id)
    ydernummer = Ydernummer.parse(request.form.get("ydernummer", ""))
    gateway = current_gateway()
    launch.choose_practice(guards.my_scope(), id, ydernummer, guards.me(), store=gateway.store, clock=gateway.clock)
    return redirect(url_for("consultation.show", id=id, laege=str(ydernummer)), 303)


@blueprint.post("/konsultation/<uuid:id>/nyt-nummer")
@open_to("employee")
def new_number(id: UUID) -> ResponseReturnValue:
    """The citizen has a new number: found in the record by it, and confirmed on a card like a typed one."""
    consultation = guards.my_consultation(id)
    finding = consultation.sole_case.finding if consultation.sole_case else None
    if finding is None or finding.renumbered_to is None:
        raise NotFound("new-number")
    try:
        typed_number.note_search(finding.renumbered_to)
        found = typed_number.find(typed_number.identifier_of(finding.renumbered_to.digits))
    except InvalidField as fault:
        errors = {"cpr": field_message(fault.field, fault.reason)}
        return page("arrival/begin.html", 422, errors=errors, values={})
    guards.record_read("citizen-search", consultation)
    return page("arrival/confirm.html", found=found, age=age(found.citizen), token=typed_number.keep_card(found))
