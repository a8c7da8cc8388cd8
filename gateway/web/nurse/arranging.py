"""What the employee arranges with the clinic while she waits: words, another time (N10, 4.4). Form and JSON."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.errors import InvalidField, NotFound
from gateway.services import arranging
from gateway.web import guards
from gateway.web.bodies import json_object, local_moment, text_of
from gateway.web.guards import current_gateway, open_to
from gateway.web.nurse import acts
from gateway.web.nurse.queue import back
from gateway.web.nurse.screens import screen_of, state_of

blueprint = Blueprint("arranging", __name__)


def _remark(id: UUID, text: str) -> Consultation:
    g, consultation = current_gateway(), guards.my_consultation(id)
    rows = [guards.audit_row("write", "remark", consultation)]
    return arranging.remark(
        guards.my_scope(), id, text, guards.me(), store=g.store, clock=g.clock, ids=g.ids, audit=rows
    )


def _propose(id: UUID, fields: Mapping[str, str]) -> Consultation:
    """``at`` as ISO, or ``date`` and ``time`` from the form."""
    g = current_gateway()
    guards.my_consultation(id)
    whole = fields.get("at") or f"{fields.get('date', '')}T{fields.get('time', '')}"
    if whole == "T":
        raise InvalidField("proposed_at", "required")
    wanted = local_moment("proposed_at", whole)
    return arranging.propose_time(guards.my_scope(), id, wanted, guards.me(), store=g.store, clock=g.clock)


def _agree(id: UUID) -> Consultation:
    g = current_gateway()
    guards.my_consultation(id)
    return arranging.agree_time(guards.my_scope(), id, guards.me(), store=g.store, clock=g.clock)


@blueprint.post("/konsultation/<uuid:id>/besked")
@open_to("employee")
def remark(id: UUID) -> ResponseReturnValue:
    """ "Skriv til klinikken"."""
    _remark(id, request.form.get("text", ""))
    return back(id)


@blueprint.post("/konsultation/<uuid:id>/foreslaa-tid")
@open_to("employee")
def propose(id: UUID) -> ResponseReturnValue:
    """ "Foreslå en anden"."""
    _propose(id, request.form)
    return back(id)


@blueprint.post("/konsultation/<uuid:id>/accepter-tid")
@open_to("employee")
def agree(id: UUID) -> ResponseReturnValue:
    """ "Accepter": the time the clinic proposed."""
    _agree(id)
    return back(id)


@blueprint.post("/konsultation/<uuid:id>/aftalt")
@open_to("employee")
def place_agreed(id: UUID) -> ResponseReturnValue:
    """ "Indtast aftalt tid" after a rejection: the same practice, text and consent, at that time."""
    g, consultation = current_gateway(), guards.my_consultation(id)
    entry = consultation.entry
    if entry is None:
        raise NotFound("entry")
    wanted = local_moment("agreed_at", f"{request.form.get('date', '')}T{request.form.get('time', '')}")
    who = request.form.get("with", "")[:200]
    arranging.note_agreement(guards.my_scope(), id, wanted, who, guards.me(), store=g.store, clock=g.clock)
    acts.place_again(id, str(entry.ydernummer))
    return back(id)


@blueprint.post("/api/v1/consultations/<uuid:id>/remark")
@open_to("employee")
def remark_as_json(id: UUID) -> ResponseReturnValue:
    return _answer(_remark(id, text_of(json_object(), "text")))


@blueprint.post("/api/v1/consultations/<uuid:id>/propose-time")
@open_to("employee")
def propose_as_json(id: UUID) -> ResponseReturnValue:
    return _answer(_propose(id, {"at": text_of(json_object(), "at")}))


@blueprint.post("/api/v1/consultations/<uuid:id>/agree-time")
@open_to("employee")
def agree_as_json(id: UUID) -> ResponseReturnValue:
    return _answer(_agree(id))


def _answer(consultation: Consultation) -> ResponseReturnValue:
    return jsonify(state_of(consultation) | {"screen": screen_of(consultation)})
