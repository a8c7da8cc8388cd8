"""Where every launch ends: what it proved becomes the draft of its consultation, with who did it in the audit."""

from __future__ import annotations

from dataclasses import replace

from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.launch import Launch
from gateway.domain.people import Actor, ActorKind
from gateway.domain.records import AuditRow
from gateway.services.changing import ALONE, Together
from gateway.services.launch import LaunchPorts, Opener, accept_launch
from gateway.services.standing import Met
from gateway.web.guards import current_gateway


def accept(launch: Launch, employee: str, *, together: Together = ALONE, met: Met | None = None) -> Consultation:
    """The draft of this launch, with its audit row and what else is committed with it. ``met``: what is open already,
    where that has been read."""
    gateway = current_gateway()
    row = launch_audit(launch, employee, "launch", "write")
    opener = Opener(employee, gateway.organisation(launch.tenant))
    sources = gateway.sources(launch.tenant)
    ports = LaunchPorts(gateway.store, gateway.clock, gateway.ids, gateway.providers, sources)
    return accept_launch(launch, opener, ports, together=replace(together, audit=[row]), met=met)


def launch_audit(launch: Launch, employee: str, what: str, verb: str) -> AuditRow:
    gateway = current_gateway()
    return AuditRow(
        at=gateway.clock.now(),
        actor=Actor(ActorKind.EMPLOYEE, employee, launch.employee.name, launch.employee.role_hint),
        organisation=gateway.organisation(launch.tenant).name,
        verb=verb,
        what=what,
        basis="treatment",
        channel=str(launch.channel),
        tenant=launch.tenant,
    )
