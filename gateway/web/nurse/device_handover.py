""" "Giv enheden til borgeren": the operating system's lock, a code to come back by, and the employee steps aside (B01).

From here the browser holds a citizen's session (``web/citizen``); her own one sleeps until the code is typed.
"""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from gateway.domain.consultation import device_handover
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.errors import InvalidField
from gateway.domain.session import Session
from gateway.services import device
from gateway.web import guards
from gateway.web.arrival.login import ask_again
from gateway.web.guards import current_gateway, open_to
from gateway.web.nurse.screens import not_here, screen_of
from gateway.web.problems import field_message
from gateway.web.rendering import page

blueprint = Blueprint("handover", __name__)

# Safari on an iPad calls itself a Macintosh; the page's script tells the two apart by the touch screen.
_SYSTEMS = (("iPhone", "apple"), ("iPad", "apple"), ("Android", "android"), ("Windows", "windows"))


@blueprint.get("/konsultation/<uuid:id>/giv-enheden")
@open_to("employee")
def prepare(id: UUID) -> ResponseReturnValue:
    return _page(id, {}, 200)


@blueprint.post("/konsultation/<uuid:id>/giv-enheden")
@open_to("employee")
def give(id: UUID) -> ResponseReturnValue:
    try:
        token, citizen = _hand_over(id, request.form.get("code", ""), request.form.get("locked") == "yes")
    except InvalidField as fault:
        return _page(id, {fault.field: field_message(fault.field, fault.reason)}, 422)
    response = make_response(redirect(url_for("citizen.show"), 303))
    guards.set_session_cookie(response, citizen, token)
    ask_again(response)  # whoever gets out of the citizen's page must not get in by the provider's single sign-on
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def _page(id: UUID, errors: dict[str, str], status: int) -> ResponseReturnValue:
    consultation = guards.my_consultation(id)
    if not guards.shown_here(consultation):
        return not_here(consultation)
    return page(
        "nurse/hand_over.html",
        status,
        consultation=consultation,
        screen_now=screen_of(consultation),
        errors=errors,
        system=_system(),
        settings=_settings(consultation),
    )


def _system() -> str:
    said = request.headers.get("User-Agent", "")
    return next((system for word, system in _SYSTEMS if word in said), "other")


def _settings(consultation: Consultation) -> dict[str, object]:
    """``unlocked_handover`` (may the device go unlocked?), ``lock_guide`` and ``lock_guide_link`` of the tenant."""
    tenant = current_gateway().organisations.tenant(consultation.tenant)
    return dict(tenant.settings) if tenant else {}


def _hand_over(id: UUID, code: str, locked: bool) -> tuple[str, Session]:
    gateway = current_gateway()
    consultation, session = guards.my_consultation(id), guards.current_session()
    device_handover.require_code(code)
    if not locked and not _settings(consultation).get("unlocked_handover"):
        raise InvalidField("locked", "required")
    device.hand_over(
        guards.my_scope(),
        id,
        locked,
        guards.me(),
        store=gateway.store,
        clock=gateway.clock,
        audit=[guards.audit_row("write", "hand-over", consultation)],
    )
    gateway.access.see_citizen(session, id)  # any other device of hers goes quiet
    return gateway.access.hand_over(session, id, code, gateway.clock.now(), id=gateway.ids.new())
