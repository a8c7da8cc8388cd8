"""The ring and the call: join, ask for more time, hang up, stop at the citizen's wish, or go on by telephone."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from gateway.domain.errors import InvalidField
from gateway.web import guards
from gateway.web.guards import open_to
from gateway.web.nurse import acts
from gateway.web.nurse.queue import back
from gateway.web.nurse.screens import context_of, not_here
from gateway.web.problems import field_message
from gateway.web.rendering import page

blueprint = Blueprint("call", __name__)


@blueprint.post("/konsultation/<uuid:id>/deltag")
@open_to("employee")
def answer(id: UUID) -> ResponseReturnValue:
    acts.answer(id)
    return back(id)


@blueprint.post("/konsultation/<uuid:id>/mere-tid")
@open_to("employee")
def extend(id: UUID) -> ResponseReturnValue:
    acts.extend(id)
    return back(id)


@blueprint.post("/konsultation/<uuid:id>/laeg-paa")
@open_to("employee")
def hang_up(id: UUID) -> ResponseReturnValue:
    acts.hang_up(id)
    return back(id)


@blueprint.post("/konsultation/<uuid:id>/afbryd")
@open_to("employee")
def break_off(id: UUID) -> ResponseReturnValue:
    acts.break_off(id, request.form.get("cause", ""))
    return back(id)


@blueprint.get("/konsultation/<uuid:id>/telefon")
@open_to("employee")
def by_phone(id: UUID) -> ResponseReturnValue:
    """The fallback most used: the number, and afterwards whether it was carried through (N14)."""
    return _phone_page(id, {}, 200)


def _phone_page(id: UUID, errors: dict[str, str], status: int) -> ResponseReturnValue:
    consultation = guards.my_consultation(id)
    if not guards.shown_here(consultation):
        return not_here(consultation)
    guards.record_read("page-phone", consultation)
    return page("nurse/phone.html", status, part=False, errors=errors, **context_of(consultation))


@blueprint.post("/konsultation/<uuid:id>/telefon-uden-svar")
@open_to("employee")
def unreached_by_phone(id: UUID) -> ResponseReturnValue:
    """ "Nej, vi fik ikke fat i dem"."""
    acts.phone_unreached(id)
    return back(id)


@blueprint.post("/konsultation/<uuid:id>/telefon")
@open_to("employee")
def held_by_phone(id: UUID) -> ResponseReturnValue:
    try:
        acts.hold_by_phone(id, request.form.get("clinician", ""))
    except InvalidField as fault:
        return _phone_page(id, {fault.field: field_message(fault.field, fault.reason)}, 422)
    return back(id)
