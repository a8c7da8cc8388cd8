"""The citizen's page: picture, own picture, three buttons, and the code that brings the employee back (B02–B07).

A browser that holds a citizen's session gets this page and nothing else: every other address answers 404 with it.
It names no citizen, so it owes the audit no row.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from flask import Blueprint, Response, jsonify, make_response, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from gateway.access import EMPLOYEE_COOKIE, actor
from gateway.domain.consultation import device_handover, queueing, ringing
from gateway.domain.consultation.aggregate import Availability, Consultation
from gateway.domain.errors import InvalidField, NotFound, TransitionRefused
from gateway.domain.people import ParticipantRole
from gateway.domain.session import Session
from gateway.services import call
from gateway.services.act import Acting, acting, perform
from gateway.services.call import Chair
from gateway.services.device import citizen_view
from gateway.web import cookies, guards, languages
from gateway.web.acts import Row, Wing, mount, pressed
from gateway.web.arrival.login import asked_again
from gateway.web.forms import Form, Lost, Nothing, codes
from gateway.web.guards import Confined, current_gateway, open_to
from gateway.web.problems import as_json, wants_json
from gateway.web.refused import Problem
from gateway.web.rendering import page
from gateway.web.seats import require_here, seat_at_media

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
    spoken = {
        "languages": _offered(),
        "machine_made": languages.chosen() in languages.MACHINE_MADE,
        "right_to_left": languages.RIGHT_TO_LEFT,
    }
    return page("citizen/page.html", status, view=_view(), code_fault=code_fault, **spoken)


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


def _done(_done: object) -> ResponseReturnValue:
    """The page's script gets the new state, a form the page."""
    return jsonify(_view()) if wants_json() else redirect(url_for(".show"), 303)


class Code(Form):
    """The employee's code: five tries, then a login (B07)."""

    code: str = ""
    needed: ClassVar = ("code",)


class Language(Form):
    language: Annotated[str, codes(tuple(languages.OF_CITIZEN))] = ""


def _mine() -> Consultation:
    found = _consultation()
    if found is None:
        raise NotFound("consultation")
    return found


@pressed(blueprint, "/borger/billet", "citizen", Lost)
def join(form: Lost) -> Response:
    """The citizen's own seat; it follows the device that was handed over."""
    found, session = _mine(), guards.current_session()
    if _view()["screen"] != "call":
        raise TransitionRefused("join", str(_view()["screen"]), "no-call")
    require_here(found)
    chair = Chair(ParticipantRole.CITIZEN, str(session.id), move=True)
    by = acting(chair, guards.me(), current_gateway().ports)
    return jsonify(seat_at_media(call.take_seat(guards.my_scope(), found, by), form.lost))


@pressed(blueprint, "/borger/slut", "citizen", Nothing, "finish-as-citizen")
def finish_as_citizen(_form: Nothing) -> ResponseReturnValue:
    """ "Slut samtalen": blank at once (B07)."""
    found = _consultation()
    if found is not None:
        by, rows = (
            acting(None, guards.me(), current_gateway().ports),
            [guards.audit_row("write", "finish-as-citizen", found)],
        )
        perform(_finished, guards.my_scope(), found, by, audit=rows)
    return _done(found)


def _finished(consultation: Consultation, by: Acting[None]) -> Consultation:
    return device_handover.finish(consultation, *by.stamp, by.organisation(consultation).review)


def _offered() -> dict[str, str]:
    """Those that the organisation offers; Danish and English always."""
    session = guards.current_session() if guards.with_citizen() else None
    said = (
        current_gateway().tenant(session.tenant).settings.get("citizen_languages")
        if session and session.tenant
        else None
    )
    chosen = {*languages.OF_ALL, *(said or languages.OF_CITIZEN)}
    return {code: name for code, name in languages.OF_CITIZEN.items() if code in chosen}


@pressed(blueprint, "/borger/sprog", "citizen", Language)
def choose_language(form: Language) -> ResponseReturnValue:
    if form.language not in _offered():
        raise InvalidField("language", "unknown")
    response = redirect(url_for(".show"), 303)
    cookies.put(response, languages.CITIZEN_COOKIE, form.language, languages.CITIZEN_KEPT)
    return response


@pressed(blueprint, "/borger/tilbage", "citizen", Code)
def take_back_device(form: Code) -> ResponseReturnValue:
    gateway, citizen = current_gateway(), guards.current_session()
    verdict, token, employee = gateway.access.take_back(citizen, form.code, gateway.clock.now())
    if verdict == "wrong":
        return _page(422, code_fault=True)
    if employee is None:
        return _to_login()
    return _returned(employee, token)


def _to_login() -> Response:
    response = make_response(redirect(url_for("login.choose", hvorfor="kode"), 303))
    cookies.drop(response, EMPLOYEE_COOKIE)
    cookies.drop(response, languages.CITIZEN_COOKIE)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def _returned(employee: Session, token: str) -> Response:
    """Her page again: the note with facts only, or wherever the consultation is by now."""
    gateway, id = current_gateway(), employee.citizen_consultation
    if id is not None:
        by = acting(None, actor(employee), gateway.ports)
        perform(lambda c, by: device_handover.give_back(c, *by.stamp), gateway.access.scope(employee), id, by)
    onward = url_for("consultation.show", id=id) if id else url_for("mine.overview")
    response = make_response(redirect(onward, 303))
    guards.set_session_cookie(response, employee, token)
    cookies.drop(response, languages.CITIZEN_COOKIE)
    asked_again(response)
    return response


CITIZEN = Wing(who="citizen", json="", page="/borger", subject=_mine, then=_done)
ROWS: tuple[Row[Any], ...] = (
    Row("answer", Nothing, lambda c, by: ringing.answer(c, *by.stamp), page="tal-med-laegen"),
    Row("be-here", Nothing, lambda c, by: queueing.step_away(c, Availability.HERE, *by.stamp), page="her"),
)
mount(blueprint, CITIZEN.acts(ROWS))
