"""Øvekald: begun from the start page or the help; from there on the pages are the real ones."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from gateway.domain.consultation import rehearsal
from gateway.domain.launch import Launch, LaunchChannel
from gateway.domain.people import EmployeeIdentity
from gateway.launching import launch_audit
from gateway.services.changing import Together
from gateway.services.launch import LaunchPorts, begin_rehearsal
from gateway.web import guards
from gateway.web.acts import pressed
from gateway.web.forms import Nothing
from gateway.web.guards import current_gateway

blueprint = Blueprint("rehearsal", __name__)


@pressed(blueprint, "/oevekald", "employee", audit="launch")
def rehearse(_form: Nothing) -> ResponseReturnValue:
    """One a person at a time: a second press leads to the one that is open."""
    gateway, session = current_gateway(), guards.current_session()
    grant = session.grant
    employee = EmployeeIdentity(grant.subject, grant.name, grant.right, grant.authorisation, grant.role)
    key = f"rehearsal:{session.person}"
    launch = Launch(guards.my_tenant(), LaunchChannel.REHEARSAL, "", key, employee, rehearsal.citizen())
    audit = Together(audit=[launch_audit(gateway, launch, session.person, "launch", "write")])
    ports = LaunchPorts(gateway.store, gateway.clock, gateway.ids, gateway.providers)
    consultation = begin_rehearsal(launch, session.person, ports, audit)
    gateway.access.see_citizen(session, consultation.id)
    return redirect(url_for("consultation.show", id=consultation.id), 303)
