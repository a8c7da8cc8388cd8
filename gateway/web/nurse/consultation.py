"""A consultation's one address: the page for the state it is in, and the part that changes while she looks."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from gateway.domain.consultation.aggregate import Consultation, Kind
from gateway.domain.errors import NotFound
from gateway.domain.practice import danish_day
from gateway.web import guards
from gateway.web.acts import pressed
from gateway.web.arrival.workstation import known_workstation
from gateway.web.forms import Nothing
from gateway.web.guards import current_gateway, open_to
from gateway.web.nurse import start, workplace
from gateway.web.nurse.again import phone_page
from gateway.web.nurse.device_pairing import show_here
from gateway.web.nurse.screens import (
    chosen_practice,
    context_of,
    not_here,
    screen_of,
    search_practices,
    template_of,
)
from gateway.web.rendering import page
from gateway.web.stills.shown import picture

blueprint = Blueprint("consultation", __name__)

LIVE_PARTS = {
    "call": "nurse/stills/call.html",
    "queue": "nurse/parts/queue_live.html",
    "note": "nurse/parts/rail.html",
    "closed": "nurse/parts/rail.html",
}


@blueprint.get("/konsultation/<uuid:id>")
@open_to("employee")
def show(id: UUID) -> ResponseReturnValue:
    """The whole page, or with ``?del=1`` its main part for a page that is already open."""
    try:
        consultation = guards.my_consultation(id)
    except NotFound:
        return _taken_over(id)
    if not guards.shown_here(consultation):
        return not_here(consultation)
    context = context_of(consultation) | chosen_practice(request.args.get("laege")) | _more(consultation)
    if context["screen"] == "start" and known_workstation() is None:
        return redirect(url_for("mine.workstation", til=id), 303)
    guards.record_read(f"page-{context['screen']}", consultation)
    return page(template_of(consultation), part="del" in request.args, **context)


def _taken_over(id: UUID) -> ResponseReturnValue:
    """A colleague has it now, and whoever had it is told; everybody else never heard of it."""
    for taken in workplace.taken_today():
        if taken.consultation == id:
            return page("nurse/taken_over.html", 409, taken=taken)
    raise NotFound("consultation")


def _more(consultation: Consultation) -> dict[str, Any]:
    """What only one screen needs."""
    screen = screen_of(consultation)
    if screen == "start":
        return start.form_context(consultation)
    if screen == "deciding" and consultation.entry is not None:
        gateway = current_gateway()
        practice = gateway.providers.find(consultation.entry.ydernummer, danish_day(gateway.clock.now()))
        return {"suggestions": search_practices("", practice)}
    return {}


@blueprint.get("/konsultation/<uuid:id>/nyt")
@open_to("employee")
def news(id: UUID) -> ResponseReturnValue:
    """The part that changes by itself; the header says which screen the consultation is on by now."""
    consultation = guards.my_consultation(id)
    if not guards.shown_here(consultation):
        return not_here(consultation)
    screen = screen_of(consultation)
    body = ""
    if consultation.remarks and screen == "queue":
        guards.record_read("remarks", consultation)
    part = (
        "nurse/parts/round_call.html"
        if consultation.kind is Kind.ROUND and screen == "call"
        else LIVE_PARTS.get(screen)
    )
    if part is not None:
        body, _ = page(part, **context_of(consultation))
    response = make_response(body)
    response.headers["X-Screen"] = screen
    return response


@blueprint.get("/konsultation/<uuid:id>/billede/<uuid:still>")
@open_to("employee")
def still(id: UUID, still: UUID) -> ResponseReturnValue:
    """A picture for the note, while it is kept."""
    consultation = guards.my_consultation(id)
    if not guards.shown_here(consultation):
        raise NotFound("consultation")
    return picture(consultation, still)


@blueprint.get("/konsultation/<uuid:id>/telefon")
@open_to("employee")
def by_phone(id: UUID) -> ResponseReturnValue:
    """The fallback most used: the number, and afterwards whether the talk was carried through (N14)."""
    return phone_page({}, [], id)


@pressed(blueprint, "/konsultation/<uuid:id>/aabn", "employee")
def reopen(_form: Nothing, id: UUID) -> ResponseReturnValue:
    """From the list, or "Brug dette vindue": this browser shows this citizen now."""
    show_here(guards.my_consultation(id))
    return redirect(url_for(".show", id=id), 303)


@pressed(blueprint, "/konsultation/<uuid:id>/log-borger-ud", "employee")
def log_citizen_out(_form: Nothing, id: UUID) -> ResponseReturnValue:
    """The citizen's context ends, the employee stays logged in (D5)."""
    consultation = guards.my_consultation(id)
    session = guards.current_session()
    if session.citizen_consultation == consultation.id:
        current_gateway().access.see_citizen(session, None)
    response = redirect(url_for("mine.overview", ud=1), 303)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response
