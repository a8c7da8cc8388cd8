"""The record she stood before has been replaced by another: told in words, and whether to start from it is hers to say.

Nothing is stored and the practice is not contacted. Whose record the other one is stands on the same card as after a
typed number, and she confirms it there. What was found waits sealed, for ten minutes, bound to her session.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from gateway.domain.launch import Launch, LaunchChannel
from gateway.domain.peers.messages import FoundCitizen
from gateway.domain.session import OneTimeSecret, Session
from gateway.web import guards
from gateway.web.acts import pressed
from gateway.web.arrival import typed_number
from gateway.web.arrival.beginning import confirm_page
from gateway.web.arrival.drafting import launch_audit
from gateway.web.forms import Form
from gateway.web.guards import current_gateway, open_to
from gateway.web.rendering import page

blueprint = Blueprint("replaced_record", __name__)

KIND = "replaced-record"
WAITS = timedelta(minutes=10)


class Other(Form):
    """``token`` stands for the record that replaced hers."""

    token: str = ""


def offer(launch: Launch, session: Session) -> str:
    """The address of the page that says so."""
    assert launch.citizen is not None
    gateway = current_gateway()
    found = FoundCitizen(launch.citizen, launch.record_ref, launch.practice)
    waiting = json.dumps(typed_number.card(found, launch.channel, launch.connection))
    token = gateway.ids.secret()
    gateway.onetime.keep(OneTimeSecret(KIND, gateway.clock.now() + WAITS, waiting, str(session.id)), token)
    return url_for("replaced_record.tell", valg=token)


@blueprint.get("/start/anden-journal")
@open_to("employee")
def tell() -> ResponseReturnValue:
    gateway = current_gateway()
    token = request.args.get("valg", "")
    if gateway.onetime.peek(KIND, token, gateway.clock.now()) != "fresh":
        return redirect(url_for("mine.begin"), 303)
    return page("arrival/replaced_record.html", 409, token=token)


@pressed(blueprint, "/start/anden-journal", "employee", Other, audit="replaced-record")
def show_replacement(form: Other) -> ResponseReturnValue:
    """The card with whose record it is; that she looked is written first (D14)."""
    gateway = current_gateway()
    session = guards.current_session()
    kept = gateway.onetime.take(KIND, form.token, gateway.clock.now(), str(session.id))
    if kept is None:
        return redirect(url_for("mine.begin"), 303)
    launch = typed_number.launch_on(json.loads(kept.payload))
    row = launch_audit(launch, session.person, "replaced-record", "read")
    citizen = launch.citizen
    assert citizen is not None
    gateway.store.record_audit(replace(row, citizen=citizen.identifier))
    found = FoundCitizen(citizen, launch.record_ref, launch.practice)
    token = typed_number.keep_card(found, LaunchChannel(launch.channel), launch.connection)
    return confirm_page(found, token)
