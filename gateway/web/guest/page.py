"""The guest's page: the link's code is taken from the fragment and posted, then she waits, talks, and it is over.

A browser that holds a guest's session and no login of its own gets this page and nothing else: every other address
answers 404. It names no citizen, so it owes the audit no row.
"""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from gateway.access import actor
from gateway.domain.consultation import guests
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.errors import NotFound, TransitionRefused
from gateway.domain.scope import TenantScope
from gateway.domain.session import Session
from gateway.services.act import acting, perform
from gateway.services.practice_side.guests import KIND, guest_view, meant_by, sit
from gateway.web import guards
from gateway.web.acts import pressed
from gateway.web.forms import Lost, Nothing, json_object
from gateway.web.guards import GuestConfined, current_gateway, open_to, set_session_cookie
from gateway.web.problems import as_json, wants_json
from gateway.web.refused import Problem
from gateway.web.rendering import page
from gateway.web.seats import require_here, seat_at_media

blueprint = Blueprint("guest", __name__)
BEFORE = {"screen": "enter", "practice": ""}


@blueprint.get("/gaest")
@open_to("public")
def show() -> ResponseReturnValue:
    """The same page before and after the link's code is posted; the code itself never reaches the server's log."""
    return _page(200)


@blueprint.app_errorhandler(GuestConfined)
def confined(_fault: GuestConfined) -> ResponseReturnValue:
    if wants_json():
        return as_json(Problem(404, "not-found", _("Siden findes ikke.")))
    return _page(404)


def _page(status: int) -> ResponseReturnValue:
    session = guards.guest_session()
    view = _view(session) if session else BEFORE
    return page("guest/page.html", status, view=view, csrf_token=session.csrf if session else "")


def _named(session: Session) -> tuple[UUID, UUID]:
    """The consultation and the guest of this session."""
    consultation, _, guest = session.person.partition("/")
    return UUID(consultation), UUID(guest)


def _consultation(session: Session) -> Consultation | None:
    try:
        return current_gateway().store.load(current_gateway().access.scope(session), _named(session)[0])
    except NotFound:
        return None  # erased meanwhile


def _view(session: Session) -> dict[str, str]:
    return guest_view(_consultation(session), _named(session)[1])


@blueprint.post("/gaest/ind")
@open_to("public")
def follow_link() -> ResponseReturnValue:
    """Once: the next one who has the link is told that it is used."""
    gateway = current_gateway()
    now = gateway.clock.now()
    code = str(json_object().get("code", ""))
    secret = gateway.onetime.take(KIND, code, now) if code else None
    if secret is None:
        return as_json(Problem(410, "gone", _("Linket er brugt eller udløbet. Bed klinikken om et nyt.")))
    tenant, consultation, guest = meant_by(secret)
    token, session = gateway.access.open_guest(tenant, consultation, guest, now)
    by = acting(guest, actor(session), gateway.ports)
    try:
        perform(lambda c, by: guests.arrive(c, by.form, *by.stamp), TenantScope(tenant), consultation, by)
    except (NotFound, TransitionRefused):
        gateway.access.end(session)
        return as_json(Problem(410, "gone", _("Linket er brugt eller udløbet. Bed klinikken om et nyt.")))
    response: Response = jsonify(next="/gaest")
    set_session_cookie(response, session, token)
    return response


@blueprint.get("/gaest/tilstand")
@open_to("guest")
def state() -> ResponseReturnValue:
    return jsonify(_view(guards.current_session()))


@pressed(blueprint, "/gaest/billet", "guest", Lost)
def join(form: Lost) -> Response:
    session = guards.current_session()
    found = _consultation(session)
    if found is None:
        raise NotFound("consultation")
    require_here(found)
    by = acting(_named(session)[1], guards.me(), current_gateway().ports)
    return jsonify(seat_at_media(sit(guards.my_scope(), found, by), form.lost))


@pressed(blueprint, "/gaest/slut", "guest", Nothing)
def leave_as_guest(_form: Nothing) -> ResponseReturnValue:
    gateway, session = current_gateway(), guards.current_session()
    consultation, guest = _named(session)
    by = acting(guest, guards.me(), gateway.ports)
    perform(lambda c, by: guests.leave(c, by.form, *by.stamp), guards.my_scope(), consultation, by)
    gateway.access.end(session)
    return jsonify(screen="over", practice="")
