"""A launch about a citizen with whom something is open already: go on with it, take it over, or start another (N17).

The launch waits sealed and for ten minutes, bound to the employee's session; the page's address holds only its token.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from gateway.domain.consultation import transferring
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.errors import NotFound
from gateway.domain.launch import Agreement, Launch, LaunchChannel
from gateway.domain.peers.messages import FoundCitizen
from gateway.domain.session import OneTimeSecret, Session
from gateway.services import standing
from gateway.services.act import acting, perform
from gateway.services.changing import ALONE, Together
from gateway.services.launch import require_matching_world
from gateway.services.standing import Met
from gateway.web import guards
from gateway.web.acts import pressed
from gateway.web.arrival import typed_number
from gateway.web.arrival.drafting import accept, launch_audit
from gateway.web.arrival.workstation import known_workstation, shares
from gateway.web.forms import Form
from gateway.web.guards import current_gateway, open_to
from gateway.web.rendering import page

blueprint = Blueprint("second_launch", __name__)

KIND = "second-launch"


class Choice(Form):
    """``token`` stands for the launch that waits for the answer."""

    token: str = ""


WAITS = timedelta(minutes=10)


def asked_about(launch: Launch, employee: str, together: Together = ALONE) -> Met:
    """What is open already. Where the employee must choose, the token is burnt and the audit says that she was told."""
    gateway = current_gateway()
    organisation = gateway.organisation(launch.tenant)
    require_matching_world(launch.citizen.identifier if launch.citizen else None, organisation)
    met = standing.met(launch, employee, store=gateway.store, colleagues=gateway.workplaces)
    if met.other is not None:
        row = launch_audit(launch, employee, "launch-asked", "read")
        standing.note_asked(met.other, replace(together, audit=[row]), store=gateway.store)
    return met


def question(session: Session, waiting: Mapping[str, Any]) -> str:
    """The address of the question; ``waiting`` is what ``written`` made of the launch."""
    gateway = current_gateway()
    token = gateway.ids.secret()
    expires = gateway.clock.now() + WAITS
    gateway.onetime.keep(OneTimeSecret(KIND, expires, json.dumps(waiting), str(session.id)), token)
    return url_for("second_launch.ask", id=UUID(waiting["standing"]), valg=token)


def written(launch: Launch, found: Consultation) -> dict[str, Any]:
    """The launch as text, without its employee: she is the session's."""
    assert launch.citizen is not None
    agreement = launch.agreement
    return {
        "standing": str(found.id),
        "channel": str(launch.channel),
        "connection": launch.connection,
        "found": typed_number.written(FoundCitizen(launch.citizen, launch.record_ref, launch.practice)),
        "agreement": [agreement.with_whom, agreement.at.isoformat() if agreement.at else ""] if agreement else None,
    }


def _read(waiting: Mapping[str, Any]) -> Launch:
    """The launch again, as a new consultation: its key is nobody else's."""
    found, agreed = typed_number.read(waiting["found"]), waiting["agreement"]
    at = datetime.fromisoformat(agreed[1]) if agreed and agreed[1] else None
    return Launch(
        tenant=guards.my_tenant(),
        channel=LaunchChannel(waiting["channel"]),
        connection=waiting["connection"],
        key=f"another:{current_gateway().ids.secret()}",
        employee=typed_number.employee(),
        citizen=found.citizen,
        record_ref=found.record_ref,
        practice=found.practice,
        agreement=Agreement(agreed[0], at) if agreed else None,
    )


def onward_from(launch: Launch, session: Session) -> str:
    """The address the launch leads to: its consultation, or the question which of two it means."""
    met = asked_about(launch, session.person)
    if met.other is not None:
        return question(session, written(launch, met.other))
    consultation = accept(launch, session.person, met=met)
    current_gateway().access.see_citizen(session, consultation.id)
    return url_for("consultation.show", id=consultation.id)


@blueprint.get("/i-gang/<uuid:id>")
@open_to("employee")
def ask(id: UUID) -> ResponseReturnValue:
    gateway = current_gateway()
    token = request.args.get("valg", "")
    kept = gateway.onetime.read(KIND, token, gateway.clock.now(), str(guards.current_session().id))
    waiting: dict[str, Any] = json.loads(kept) if kept else {}
    if waiting.get("standing") != str(id):
        return redirect(url_for("mine.overview"), 303)
    found = gateway.store.load(guards.my_scope(), id)
    hers = found.responsible == guards.current_session().person
    if not hers and known_workstation() is None:  # the practice is told whom it meets and where to ring
        return redirect(url_for("mine.workstation", til=id, valg=token), 303)
    guards.record_read("page-second-launch", found)
    return page("arrival/second_launch.html", standing=found, hers=hers, token=token, far=_is_far(found, waiting))


def _is_far(found: Consultation, waiting: Mapping[str, Any]) -> bool:
    """Whether a colleague's is out of her reach: she has typed a number, no record vouches for her, and it was made
    at a workplace she was not granted."""
    if waiting["channel"] != LaunchChannel.LOGIN or found.responsible == guards.current_session().person:
        return False
    return not shares(found.workstation)


def _taken(token: str) -> dict[str, Any]:
    gateway = current_gateway()
    session = str(guards.current_session().id)
    kept = gateway.onetime.take(KIND, token, gateway.clock.now(), session)
    if kept is None:
        raise NotFound("launch")
    waiting: dict[str, Any] = json.loads(kept.payload)
    return waiting


def _onward(id: UUID) -> ResponseReturnValue:
    current_gateway().access.see_citizen(guards.current_session(), id)
    return redirect(url_for("consultation.show", id=id), 303)


@pressed(blueprint, "/i-gang/fortsaet", "employee", Choice)
def go_on(form: Choice) -> ResponseReturnValue:
    """ "Fortsæt den": her own."""
    return _onward(guards.my_consultation(UUID(_taken(form.token)["standing"])).id)


@pressed(blueprint, "/i-gang/overtag", "employee", Choice, audit="take-over")
def take_over_standing(form: Choice) -> ResponseReturnValue:
    """ "Overtag": whoever stands before the citizen's record herself is asked for no workplace; whoever has only typed
    the number is."""
    waiting = _taken(form.token)
    found = current_gateway().store.load(guards.my_scope(), UUID(waiting["standing"]))
    if _is_far(found, waiting):
        raise NotFound("consultation")
    return _onward(taken_over(found).id)


def taken_over(found: Consultation) -> Consultation:
    """Responsibility and place pass to whoever is logged in; whoever had them finds it on her list."""
    by = acting(known_workstation(), guards.me(), current_gateway().ports)
    rows = [guards.audit_row("write", "take-over", found)]
    return perform(
        lambda c, by: transferring.take_over(c, by.form, *by.stamp), guards.my_scope(), found, by, audit=rows
    )


@pressed(blueprint, "/i-gang/ny", "employee", Choice, audit="launch")
def start_another(form: Choice) -> ResponseReturnValue:
    """ "Start en ny": one more beside the open one, by her own decision."""
    return _onward(accept(_read(_taken(form.token)), guards.current_session().person).id)
