"""The start page: consent, who talks, what about, when agreed, which practice; then one button into the queue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.rounds import is_growing
from gateway.domain.errors import InvalidField, NotFound
from gateway.domain.identifiers import Ydernummer
from gateway.web import guards
from gateway.web.acts import Fault, messages, pressed
from gateway.web.arrival import typed_number
from gateway.web.arrival.beginning import begin_page, confirm_page
from gateway.web.arrival.workstation import known_workstation, workstation_of
from gateway.web.forms import Nothing
from gateway.web.guards import current_gateway, open_to
from gateway.web.nurse.screens import context_of, practice_context, search_practices
from gateway.web.problems import field_message
from gateway.web.rendering import page
from gateway.web.words.findings import show_finding, source_words

blueprint = Blueprint("start", __name__)


def form_context(consultation: Consultation, fields: dict[str, str] | None = None) -> dict[str, Any]:
    """The form's values: as posted, else as saved."""
    gateway = current_gateway()
    values = {"reason": consultation.reason, "form": str(consultation.form), "agreed_with": consultation.agreed_with}
    station = known_workstation()
    where = {"workplace": station.workplace} if station else {}
    return {
        "values": values | workstation_of() | where | (fields or {}),
        "errors": {},
        "wording": gateway.organisation(consultation.tenant).consent_wording,
        "finding": show_finding(consultation),
        "source_words": source_words,
        "rounds": [c for c in _mine() if is_growing(c)] if consultation.sole_case else [],
    }


def _mine() -> Sequence[Consultation]:
    return current_gateway().store.open_of_employee(guards.my_tenant(), guards.current_session().person)


def start_again(fields: dict[str, str], faults: Sequence[Fault], id: UUID, **_more: UUID) -> ResponseReturnValue:
    """The page with what was typed and everything that was wrong."""
    consultation = guards.my_consultation(id)
    guards.record_read("page-start", consultation)
    context = context_of(consultation) | form_context(consultation, fields)
    if fields.get("ydernummer"):
        context |= _named_practice(fields["ydernummer"])
    context["errors"] = messages(faults)
    return page("nurse/start.html", 422, part=False, **context)


def _named_practice(text: str) -> dict[str, Any]:
    try:
        return practice_context(Ydernummer.parse(text))
    except InvalidField:
        return {}


@blueprint.get("/konsultation/<uuid:id>/laeger")
@open_to("employee")
def practices(id: UUID) -> ResponseReturnValue:
    """Practices by ydernummer, name or place; as a list to put into the page."""
    consultation = guards.my_consultation(id)
    found = search_practices(request.args.get("q", ""))
    return page("nurse/parts/practices.html", consultation=consultation, found=found, asked=True)


@pressed(blueprint, "/konsultation/<uuid:id>/nyt-nummer", "employee", audit="citizen-search")
def new_number(_form: Nothing, id: UUID) -> ResponseReturnValue:
    """The citizen has a new number: found in the record by it, and confirmed on a card like a typed one."""
    consultation = guards.my_consultation(id)
    case = consultation.sole_case
    finding, name = (case.finding, case.citizen.name) if case else (None, "")
    if finding is None or finding.renumbered_to is None:
        raise NotFound("new-number")
    try:
        typed_number.note_search(finding.renumbered_to)
        found = typed_number.find(typed_number.identifier_of(finding.renumbered_to.digits), name)
    except InvalidField as fault:
        errors = {"cpr": field_message(fault.field, fault.reason)}
        return begin_page(errors, {}, 422)
    guards.record_read("citizen-search", consultation)
    return confirm_page(found, typed_number.keep_card(found))
