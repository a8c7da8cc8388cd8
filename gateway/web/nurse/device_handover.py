""" "Giv enheden til borgeren": the operating system's lock, a code to come back by, and the employee steps aside (B01).

From here the browser holds a citizen's session (``web/citizen``); her own one sleeps until the code is typed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar
from uuid import UUID

from flask import Blueprint, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from gateway.domain.consultation import device_handover
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.errors import InvalidField
from gateway.domain.session import Session
from gateway.services.act import acting, perform
from gateway.web import guards
from gateway.web.acts import Fault, messages, pressed
from gateway.web.arrival.login import ask_again
from gateway.web.forms import Form, codes
from gateway.web.guards import current_gateway, open_to
from gateway.web.nurse.screens import not_here, screen_of
from gateway.web.rendering import page

blueprint = Blueprint("handover", __name__)

# Safari on an iPad calls itself a Macintosh; the page's script tells the two apart by the touch screen.
_SYSTEMS = (("iPhone", "apple"), ("iPad", "apple"), ("Android", "android"), ("Windows", "windows"))


@blueprint.get("/konsultation/<uuid:id>/giv-enheden")
@open_to("employee")
def prepare(id: UUID) -> ResponseReturnValue:
    return _page({}, [], id)


class Handing(Form):
    """The code to come back by, and whether the operating system's own lock is on."""

    code: str = ""
    locked: Annotated[str, codes(("yes", ""))] = ""
    needed: ClassVar = ("code",)


def _page(_typed: dict[str, str], faults: Sequence[Fault], id: UUID) -> ResponseReturnValue:
    consultation = guards.my_consultation(id)
    if not guards.shown_here(consultation):
        return not_here(consultation)
    return page(
        "nurse/hand_over.html",
        422 if faults else 200,
        consultation=consultation,
        screen_now=screen_of(consultation),
        errors=messages(faults),
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


@pressed(blueprint, "/konsultation/<uuid:id>/giv-enheden", "employee", Handing, "hand-over", _page)
def hand_over(form: Handing, id: UUID) -> ResponseReturnValue:
    token, citizen = _hand_over(form, id)
    response = make_response(redirect(url_for("citizen.show"), 303))
    guards.set_session_cookie(response, citizen, token)
    ask_again(response)  # whoever gets out of the citizen's page must not get in by the provider's single sign-on
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def _hand_over(form: Handing, id: UUID) -> tuple[str, Session]:
    gateway = current_gateway()
    consultation, session = guards.my_consultation(id), guards.current_session()
    device_handover.require_code(form.code)
    locked = form.locked == "yes"
    if not locked and not _settings(consultation).get("unlocked_handover"):
        raise InvalidField("locked", "required")
    rows, by = [guards.audit_row("write", "hand-over", consultation)], acting(locked, guards.me(), gateway.ports)
    perform(
        lambda c, by: device_handover.hand_over(c, by.form, *by.stamp),
        guards.my_scope(),
        consultation,
        by,
        audit=rows,
    )
    gateway.access.see_citizen(session, id)  # any other device of hers goes quiet
    return gateway.access.hand_over(session, id, form.code, gateway.clock.now(), id=gateway.ids.new())
