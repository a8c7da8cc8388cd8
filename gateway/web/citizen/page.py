"""The citizen's page: picture, own picture, three buttons, and the code that brings the employee back (B02–B07).

A browser that holds a citizen's session gets this page and nothing else: every other address answers 404 with it.
It names no citizen, so it owes the audit no row.
"""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, jsonify, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from gateway.access import EMPLOYEE_COOKIE, actor
from gateway.domain.consultation.aggregate import Availability, Consultation
from gateway.domain.errors import InvalidField, NotFound, TransitionRefused
from gateway.domain.people import ParticipantRole
from gateway.domain.session import Session
from gateway.services import call, device, queue
from gateway.services.device import citizen_view
from gateway.web import guards, rendering
from gateway.web.arrival.login import asked_again
from gateway.web.guards import Confined, current_gateway, open_to
from gateway.web.problems import Problem, as_json, wants_json
from gateway.web.rendering import page
from gateway.web.seats import signed_ticket

blueprint = Blueprint("citizen", __name__)


@blueprint.get("/borger")
@open_to("citizen")
def show() -> ResponseReturnValue:
    return _page(200)


@blueprint.app_errorhandler(Confined)
def confined(_fault: Confined) -> ResponseReturnValue:
    """Whatever was typed, dragged or shared: there is only this page here."""
    if wants_json():
        return as_json(Problem(404, "not-found", _("Siden findes ikke.")))
    return _page(404)


def _page(status: int, code_fault: bool = False) -> ResponseReturnValue:
    return page("citizen/page.html", status, view=_view(), code_fault=code_fault)


def _consultation() -> Consultation | None:
    """The one consultation of this session; None once it goes on elsewhere."""
    id = guards.current_session().citizen_consultation
    return current_gateway().store.load(guards.my_scope(), id) if id else None


def _view() -> dict[str, object]:
    return citizen_view(_consultation(), current_gateway().clock.now())


@blueprint.get("/borger/tilstand")
@open_to("citizen")
def state() -> ResponseReturnValue:
    return jsonify(_view())


def _done() -> ResponseReturnValue:
    """The page's script gets the new state, a form the page."""
    return jsonify(_view()) if wants_json() else redirect(url_for(".show"), 303)


def _id() -> UUID:
    id = guards.current_session().citizen_consultation
    if id is None:
        raise NotFound("consultation")
    return id


@blueprint.post("/borger/tal-med-laegen")
@open_to("citizen")
def answer() -> ResponseReturnValue:
    """The one tap the ring needs (B05)."""
    gateway = current_gateway()
    call.answer(guards.my_scope(), _id(), guards.me(), store=gateway.store, clock=gateway.clock)
    return _done()


@blueprint.post("/borger/her")
@open_to("citizen")
def here() -> ResponseReturnValue:
    """After a missed ring: somebody sits at the screen again."""
    gateway, now_here = current_gateway(), Availability.HERE
    queue.step_away(guards.my_scope(), _id(), now_here, guards.me(), store=gateway.store, clock=gateway.clock)
    return _done()


@blueprint.post("/borger/billet")
@open_to("citizen")
def ticket() -> ResponseReturnValue:
    """The citizen's own seat; it follows the device that was handed over."""
    gateway, session = current_gateway(), guards.current_session()
    if _view()["screen"] != "call":
        raise TransitionRefused("join", str(_view()["screen"]), "no-call")
    seat = call.take_seat(
        guards.my_scope(),
        _id(),
        ParticipantRole.CITIZEN,
        guards.me(),
        store=gateway.store,
        clock=gateway.clock,
        ids=gateway.ids,
        device=str(session.id),
        move=True,
    )
    return jsonify(signed_ticket(seat))


@blueprint.post("/borger/slut")
@open_to("citizen")
def finish() -> ResponseReturnValue:
    """ "Slut samtalen": blank at once (B07)."""
    gateway, consultation = current_gateway(), _consultation()
    if consultation is not None:
        review = gateway.organisation(consultation.tenant).review
        device.finish(guards.my_scope(), consultation.id, guards.me(), review, store=gateway.store, clock=gateway.clock)
    return _done()


@blueprint.post("/borger/sprog")
@open_to("citizen")
def choose_language() -> ResponseReturnValue:
    chosen = request.form.get("language", "")
    if chosen not in rendering.LANGUAGES:
        raise InvalidField("language", "unknown")
    response = redirect(url_for(".show"), 303)
    response.set_cookie(rendering.LANGUAGE_COOKIE, chosen, max_age=365 * 24 * 3600, samesite="Lax", httponly=True)
    return response


@blueprint.post("/borger/tilbage")
@open_to("citizen")
def take_back() -> ResponseReturnValue:
    """The employee's code: five tries, then a login (B07)."""
    gateway, citizen = current_gateway(), guards.current_session()
    verdict, token, employee = gateway.access.take_back(citizen, request.form.get("code", ""), gateway.clock.now())
    if verdict == "wrong":
        return _page(422, code_fault=True)
    if employee is None:
        return _to_login()
    return _returned(employee, token)


def _to_login() -> Response:
    response = make_response(redirect(url_for("login.choose", hvorfor="kode"), 303))
    guards.drop_cookie(response, EMPLOYEE_COOKIE)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def _returned(employee: Session, token: str) -> Response:
    """Her page again: the note with facts only, or wherever the consultation is by now."""
    gateway, id = current_gateway(), employee.citizen_consultation
    if id is not None:
        scope = gateway.access.scope(employee)
        device.give_back(scope, id, actor(employee), store=gateway.store, clock=gateway.clock)
    onward = url_for("consultation.show", id=id) if id else url_for("mine.overview")
    response = make_response(redirect(onward, 303))
    guards.set_session_cookie(response, employee, token)
    asked_again(response)
    return response
