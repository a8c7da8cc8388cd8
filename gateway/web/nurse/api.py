"""The JSON twin of the nurse's pages: session cookie and ``X-CSRF-Token``, the live document as every answer.

The pages' own scripts and scripted clients use it; it can do nothing the forms cannot.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import jsonify
from flask.typing import ResponseReturnValue

from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.errors import InvalidField
from gateway.services import presence
from gateway.web import guards
from gateway.web.bodies import flattened, json_object, text_of
from gateway.web.guards import open_to
from gateway.web.nurse import acts
from gateway.web.nurse.placing import Faults, place
from gateway.web.nurse.screens import screen_of, state_of
from gateway.web.problems import as_json, problem_of

blueprint = APIBlueprint("api", __name__, url_prefix="/api/v1", tag="Nurse")


def _answer(consultation: Consultation, status: int = 200) -> ResponseReturnValue:
    document: dict[str, Any] = state_of(consultation) | {"screen": screen_of(consultation)}
    return jsonify(document), status


def _case(body: dict[str, Any]) -> UUID | None:
    text = text_of(body, "case")
    try:
        return UUID(text) if text else None
    except ValueError:
        raise InvalidField("case", "malformed") from None


@blueprint.get("/session")
@open_to("anyone")
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
def state(id: UUID) -> ResponseReturnValue:
    """The live document: codes and times, never who the citizen is. Whoever asks has the page open."""
    gateway, consultation = guards.current_gateway(), guards.my_consultation(id)
    presence.page_opened(consultation, store=gateway.store, book=gateway.presence, clock=gateway.clock)
    return _answer(guards.my_consultation(id))


@blueprint.post("/consultations/<uuid:id>/place")
@open_to("employee")
def enqueue(id: UUID) -> ResponseReturnValue:
    """The start page's fields as JSON: ydernummer, consent{answer, representative, representative_name, reason},
    form, reason, role, workplace, phone, agreed_at, agreed_with, other{role, name}. A refusal closes."""
    consultation = guards.my_consultation(id)
    try:
        return _answer(place(consultation, flattened(json_object())))
    except Faults as faults:
        return _faulty(faults)


def _faulty(faults: Faults) -> ResponseReturnValue:
    """The first fault as the problem, all of them under ``errors``."""
    response = as_json(problem_of(faults.faults[0]))
    body = response.get_json() | {"errors": [dict(problem_of(fault).extra) for fault in faults.faults]}
    response.set_data(jsonify(body).get_data())
    return response


@blueprint.post("/consultations/<uuid:id>/answer")
@open_to("employee")
def answer(id: UUID) -> ResponseReturnValue:
    """ "Deltag nu"."""
    return _answer(acts.answer(id))


@blueprint.post("/consultations/<uuid:id>/extend")
@open_to("employee")
def extend(id: UUID) -> ResponseReturnValue:
    """ "2 minutter mere", once per ring."""
    return _answer(acts.extend(id))


@blueprint.post("/consultations/<uuid:id>/hang-up")
@open_to("employee")
def hang_up(id: UUID) -> ResponseReturnValue:
    """End for all; before the talk began, the call goes back to its place."""
    return _answer(acts.hang_up(id))


@blueprint.post("/consultations/<uuid:id>/break-off")
@open_to("employee")
def break_off(id: UUID) -> ResponseReturnValue:
    """``cause``: technical, citizen-wish or acute."""
    return _answer(acts.break_off(id, text_of(json_object(), "cause")))


@blueprint.post("/consultations/<uuid:id>/phone")
@open_to("employee")
def phone(id: UUID) -> ResponseReturnValue:
    """Held by telephone; ``clinician`` is who talked."""
    return _answer(acts.hold_by_phone(id, text_of(json_object(), "clinician")))


@blueprint.post("/consultations/<uuid:id>/withdraw")
@open_to("employee")
def withdraw(id: UUID) -> ResponseReturnValue:
    """``reason``: solved, hospital, no-time, citizen-absent or wrong-citizen."""
    return _answer(acts.withdraw(id, text_of(json_object(), "reason")))


@blueprint.post("/consultations/<uuid:id>/reason")
@open_to("employee")
def correct(id: UUID) -> ResponseReturnValue:
    """``reason``: the corrected text, allowed until the talk begins."""
    return _answer(acts.correct_reason(id, text_of(json_object(), "reason")))


@blueprint.post("/consultations/<uuid:id>/availability")
@open_to("employee")
def availability(id: UUID) -> ResponseReturnValue:
    """``availability``: here or away."""
    return _answer(acts.step(id, text_of(json_object(), "availability")))


@blueprint.post("/consultations/<uuid:id>/device")
@open_to("employee")
def device(id: UUID) -> ResponseReturnValue:
    """``verdict``: good, silent, blocked, or why there is no camera: denied, inuse, none, embedded."""
    return _answer(acts.report_device(id, text_of(json_object(), "verdict")))


@blueprint.post("/consultations/<uuid:id>/place-again")
@open_to("employee")
def place_again(id: UUID) -> ResponseReturnValue:
    """``ydernummer``: another practice gets the same text and consent; ``basis``: why that one."""
    body = json_object()
    return _answer(acts.place_again(id, text_of(body, "ydernummer"), text_of(body, "basis")))


@blueprint.post("/consultations/<uuid:id>/transfer")
@open_to("employee")
def transfer(id: UUID) -> ResponseReturnValue:
    """``ydernummer``: while waiting, on to another practice."""
    return _answer(acts.transfer(id, text_of(json_object(), "ydernummer")))


@blueprint.post("/consultations/<uuid:id>/give-up")
@open_to("employee")
def give_up(id: UUID) -> ResponseReturnValue:
    """Stop after a rejection or expiry."""
    return _answer(acts.give_up(id))


@blueprint.post("/consultations/<uuid:id>/clinician")
@open_to("employee")
def clinician(id: UUID) -> ResponseReturnValue:
    """``clinician``: who talked, where the practice's system did not say."""
    return _answer(acts.name_clinician(id, text_of(json_object(), "clinician")))


@blueprint.post("/consultations/<uuid:id>/approve")
@open_to("employee")
def approve(id: UUID) -> ResponseReturnValue:
    """``text`` (what was agreed; absent keeps the draft), ``clinician``, ``case`` (where there are several)."""
    body = json_object()
    text = text_of(body, "text") if "text" in body else None
    return _answer(acts.approve(id, text, text_of(body, "clinician"), _case(body)))


@blueprint.post("/consultations/<uuid:id>/ticket")
@open_to("employee")
def ticket(id: UUID) -> ResponseReturnValue:
    """A join ticket for the municipal side; the seat follows the device that shows the consultation."""
    return jsonify(acts.ticket(id))


@blueprint.post("/probe-ticket")
@open_to("anyone")
def probe_ticket() -> ResponseReturnValue:
    """A ticket for the device check's throw-away room."""
    return jsonify(acts.probe())
