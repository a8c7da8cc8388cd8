"""The queue page's buttons: correct the text, step away, leave, go to another practice, or stop."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from gateway.web.guards import open_to
from gateway.web.nurse import acts

blueprint = Blueprint("queue", __name__)


def back(id: UUID) -> ResponseReturnValue:
    """To the consultation's page, whatever it is by now."""
    return redirect(url_for("consultation.show", id=id), 303)


@blueprint.post("/konsultation/<uuid:id>/ret-tekst")
@open_to("employee")
def correct(id: UUID) -> ResponseReturnValue:
    acts.correct_reason(id, request.form.get("reason", ""))
    return back(id)


@blueprint.post("/konsultation/<uuid:id>/ved-skaermen")
@open_to("employee")
def step(id: UUID) -> ResponseReturnValue:
    acts.step(id, request.form.get("availability", ""))
    return back(id)


@blueprint.post("/konsultation/<uuid:id>/forlad")
@open_to("employee")
def leave(id: UUID) -> ResponseReturnValue:
    acts.withdraw(id, request.form.get("reason", ""))
    return back(id)


@blueprint.post("/konsultation/<uuid:id>/vaelg-ny")
@open_to("employee")
def place_again(id: UUID) -> ResponseReturnValue:
    acts.place_again(id, request.form.get("ydernummer", ""), request.form.get("basis", ""))
    return back(id)


@blueprint.post("/konsultation/<uuid:id>/send-videre")
@open_to("employee")
def transfer(id: UUID) -> ResponseReturnValue:
    acts.transfer(id, request.form.get("ydernummer", ""))
    return back(id)


@blueprint.post("/konsultation/<uuid:id>/stop")
@open_to("employee")
def give_up(id: UUID) -> ResponseReturnValue:
    acts.give_up(id)
    return back(id)
