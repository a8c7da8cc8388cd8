"""Going on at another device: a code shown here, typed or scanned there, by the same employee (N21, D6).

The code says which consultation, never who may: it is bound to the employee, works once and for two minutes. Whoever
reads it off the screen still has to log in as her, so it may stand in the address that the QR code holds.
"""

from __future__ import annotations

import json
import secrets
from datetime import timedelta
from uuid import UUID

import segno
from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.device_handover import change_device
from gateway.domain.session import OneTimeSecret
from gateway.services.act import acting, perform
from gateway.web import guards
from gateway.web.acts import pressed
from gateway.web.forms import Form, Nothing
from gateway.web.guards import current_gateway, open_to
from gateway.web.nurse.screens import not_here
from gateway.web.problems import field_message
from gateway.web.rendering import page

blueprint = Blueprint("device", __name__)

LIVES = timedelta(minutes=2)
LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # no 0/O, 1/I: typed from another screen without doubt
LENGTH = 8


@pressed(blueprint, "/konsultation/<uuid:id>/anden-enhed", "employee")
def offer(_form: Nothing, id: UUID) -> ResponseReturnValue:
    """The code and its picture; with ``?del=1`` only the part for a dialog, so that a call goes on meanwhile."""
    consultation = guards.my_consultation(id)
    if not guards.shown_here(consultation):
        return not_here(consultation)
    code = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    until = current_gateway().clock.now() + LIVES
    payload = json.dumps({"consultation": str(id)})
    current_gateway().onetime.keep(OneTimeSecret("pairing", until, payload, _whose()), code)
    address = f"{current_gateway().settings.public_url}{url_for('.arrive', code=code)}"
    picture = Markup(segno.make(address, error="m").svg_inline(scale=6, light="#fff"))  # noqa: S704 drawn from our code
    return page(
        "arrival/pairing.html", part="del" in request.args, consultation=consultation, code=code, picture=picture
    )


def _whose() -> str:
    """The secret is bound to the employee, on whichever device she is logged in."""
    return f"{guards.my_tenant()}:{guards.current_session().person}"


@blueprint.get("/hertil")
@blueprint.get("/hertil/<code>")
@open_to("employee")
def arrive(code: str = "") -> ResponseReturnValue:
    """The new device: one tap where the code came by the camera, else it is typed. Looking changes nothing."""
    return page("arrival/arrive.html", code=_plain(code), errors={})


class Pairing(Form):
    code: str = ""


@pressed(blueprint, "/hertil", "employee", Pairing)
def claim(form: Pairing) -> ResponseReturnValue:
    code = _plain(form.code)
    kept = current_gateway().onetime.take("pairing", code, current_gateway().clock.now(), _whose())
    if kept is None:
        return page("arrival/arrive.html", 422, code="", errors={"code": field_message("pairing", "unknown")})
    consultation = guards.my_consultation(UUID(json.loads(kept.payload)["consultation"]))
    show_here(consultation)
    return redirect(url_for("consultation.show", id=consultation.id), 303)


def _plain(typed: str) -> str:
    return "".join(sign for sign in typed.upper() if sign in LETTERS)[:LENGTH]


def show_here(consultation: Consultation) -> None:
    """This browser shows the consultation; whichever showed it before is told, a citizen's page as well."""
    gateway, session = current_gateway(), guards.current_session()
    moved = gateway.access.elsewhere(session, consultation.id, gateway.clock.now())
    gateway.access.see_citizen(session, consultation.id)
    if moved:
        by = acting(None, guards.me(), gateway.ports)
        perform(lambda c, by: change_device(c, *by.stamp), guards.my_scope(), consultation, by)
