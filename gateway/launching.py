"""Where every launch ends, whoever brought it: what it proved becomes the draft of its consultation, with who did it in
the audit. Launches that no browser brings end at ``Desk``."""

from __future__ import annotations

from dataclasses import replace

from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.errors import AccessRefused
from gateway.domain.launch import Launch, UsedToken
from gateway.domain.people import Actor, ActorKind
from gateway.domain.records import AuditRow
from gateway.domain.session import Grant
from gateway.rate_limits import Per, What
from gateway.services import standing
from gateway.services.changing import ALONE, Together
from gateway.services.launch import LaunchPorts, Opener, accept_launch, require_matching_world
from gateway.services.standing import Met
from gateway.wiring import Gateway


def accept(
    gateway: Gateway, launch: Launch, employee: str, *, together: Together = ALONE, met: Met | None = None
) -> Consultation:
    """The draft of this launch, with its audit row and what else is committed with it. ``met``: what is open already,
    where that has been read."""
    row = launch_audit(gateway, launch, employee, "launch", "write")
    opener = Opener(employee, gateway.organisation(launch.tenant))
    sources = gateway.sources(launch.tenant)
    ports = LaunchPorts(gateway.store, gateway.clock, gateway.ids, gateway.providers, sources)
    return accept_launch(launch, opener, ports, together=replace(together, audit=[row]), met=met)


def launch_audit(gateway: Gateway, launch: Launch, employee: str, what: str, verb: str) -> AuditRow:
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


def grant_of(gateway: Gateway, launch: Launch) -> Grant:
    """What the care system proved about its employee, in the shape every channel shares (D16)."""
    who = launch.employee
    organisation = gateway.organisation(launch.tenant).name
    return Grant(
        who.subject,
        who.name,
        who.role_hint,
        organisation,
        who.has_right,
        launch.connection,
        who.authorisation,
        workplaces=who.workplaces,
    )


class Desk:
    """``ports.calling.LaunchDesk``."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def open(self, launch: Launch, used: UsedToken) -> bool:
        g = self._gateway
        g.rate_limits.require(What.LAUNCH, {Per.SYSTEM: launch.connection})
        grant = grant_of(g, launch)
        if not grant.right:
            raise AccessRefused("start-consultations", tenant=str(launch.tenant))
        person, recognition = g.employees.recognition(launch.tenant, grant, g.clock.now())
        together = Together([used], beside=lambda _: [recognition])
        citizen = launch.citizen
        require_matching_world(citizen.identifier if citizen else None, g.organisation(launch.tenant))
        met = standing.met(launch, person, store=g.store, colleagues=g.workplaces)
        if met.other is None:
            accept(g, launch, person, together=together, met=met)
        elif met.other.responsible == person:
            self._note_again(launch, person, met.other, together)
        return met.other is None or met.other.responsible == person

    def _note_again(self, launch: Launch, person: str, open_one: Consultation, together: Together) -> None:
        """It stands on her list already."""
        row = launch_audit(self._gateway, launch, person, "launch-asked", "read")
        standing.note_asked(open_one, replace(together, audit=[row]), store=self._gateway.store)
