"""What the employee's pages and scripted clients read as JSON; what they do stands in ``acts.py``."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from gateway.services import presence
from gateway.web import guards
from gateway.web.acts import answers
from gateway.web.answers import SessionFacts
from gateway.web.guards import open_to
from gateway.web.nurse.acts import document
from gateway.web.nurse.answers import ConsultationState

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")


@blueprint.get("/session")
@open_to("anyone")
@answers(SessionFacts)
def session() -> ResponseReturnValue:
    """Who is logged in at this browser, and the token its unsafe requests must carry."""
    current = guards.current_session()
    return jsonify(
        csrf=current.csrf,
        name=current.grant.name,
        kind=str(current.kind),
        organisation=current.grant.organisation,
        consultation=str(current.citizen_consultation) if current.citizen_consultation else None,
    )


@blueprint.get("/consultations/<uuid:id>/state")
@open_to("employee")
@answers(ConsultationState)
def state(id: UUID) -> ResponseReturnValue:
    """The live document: codes and times, never who the citizen is. Whoever asks has the page open."""
    gateway, consultation = guards.current_gateway(), guards.my_consultation(id)
    presence.page_opened(consultation, store=gateway.store, book=gateway.presence, clock=gateway.clock)
    return jsonify(document(guards.my_consultation(id)))
