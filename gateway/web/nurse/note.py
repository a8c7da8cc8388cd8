"""The note's page: what was agreed, the doctor's name, approval, or another quarter of an hour."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from gateway.domain.errors import InvalidField
from gateway.web import guards
from gateway.web.bodies import json_object, text_of
from gateway.web.guards import open_to
from gateway.web.nurse import acts
from gateway.web.nurse.queue import back
from gateway.web.nurse.screens import context_of
from gateway.web.problems import field_message
from gateway.web.rendering import page

blueprint = Blueprint("note", __name__)


@blueprint.post("/konsultation/<uuid:id>/notat-kladde")
@open_to("employee")
def keep(id: UUID) -> ResponseReturnValue:
    """What is being typed, in the call's panel or on the note's page."""
    body = json_object()
    acts.keep_text(id, text_of(body, "text"), _case(text_of(body, "case")))
    return "", 204


@blueprint.post("/konsultation/<uuid:id>/godkend")
@open_to("employee")
def approve(id: UUID) -> ResponseReturnValue:
    try:
        acts.approve(
            id, request.form.get("text", ""), request.form.get("clinician", ""), _case(request.form.get("case", ""))
        )
    except InvalidField as fault:
        consultation = guards.my_consultation(id)
        guards.record_read("page-note", consultation)
        errors = {fault.field: field_message(fault.field, fault.reason)}
        return page("nurse/note.html", 422, part=False, errors=errors, **context_of(consultation))
    return back(id)


def _case(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise InvalidField("case", "malformed") from None


@blueprint.post("/konsultation/<uuid:id>/skrevet-selv")
@open_to("employee")
def written_by_hand(id: UUID) -> ResponseReturnValue:
    """ "Jeg har skrevet det selv", or "Notatet er fjernet": nothing more is asked of anybody."""
    acts.write_by_hand(id, _case(request.form.get("case", "")))
    return back(id)


@blueprint.post("/konsultation/<uuid:id>/laegens-navn")
@open_to("employee")
def name_afterwards(id: UUID) -> ResponseReturnValue:
    """The note went by itself without it; a new version with the name replaces it."""
    acts.name_afterwards(id, request.form.get("clinician", ""))
    return back(id)


@blueprint.post("/konsultation/<uuid:id>/forkert-borger")
@open_to("employee")
def wrong_citizen(id: UUID) -> ResponseReturnValue:
    """Found out in the talk, while reviewing or after the note has gone."""
    acts.withdraw(id, "wrong-citizen")
    return back(id)


@blueprint.post("/konsultation/<uuid:id>/vent")
@open_to("employee")
def keep_writing(id: UUID) -> ResponseReturnValue:
    acts.keep_writing(id)
    return back(id)
