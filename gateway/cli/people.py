"""``laegebro people``: where an employee may see what colleagues share, granted, taken back and shown."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer

from gateway.cli.opening import Reason, acting, reading
from gateway.cli.printing import say
from gateway.domain.errors import ConfigFault, InvalidField
from gateway.domain.identifiers import contains_citizen_number
from gateway.store.people.workplace_grants import ADMINISTRATOR
from gateway.wiring import Gateway

app = typer.Typer(no_args_is_help=True)
Organisation = Annotated[str, typer.Option(help="CVR of the organisation that employs her")]
Subject = Annotated[str, typer.Option(help="the id her logins and launches carry (subject_claim)")]
Workplace = Annotated[str, typer.Option(help="its name, SOR code or id")]
NO_SUCH_PLACE = "--workplace: the organisation lists no such workplace"


@app.command()
def show(organisation: Organisation, subject: Subject) -> None:
    """Her workplaces, and who says so."""
    gateway = reading()
    if not _told(gateway, _tenant(gateway, organisation, subject), subject):
        say("no workplace")


@app.command()
def grant(
    context: typer.Context, organisation: Organisation, subject: Subject, workplace: Workplace, reason: Reason = ""
) -> None:
    """Let her see the list of a workplace and take over from colleagues there; also before her first login."""
    gateway = acting(context, reason)
    tenant = _tenant(gateway, organisation, subject)
    try:
        gateway.workplace_grants.grant(tenant, subject, workplace, gateway.clock.now())
    except InvalidField:
        raise ConfigFault(NO_SUCH_PLACE) from None
    say(f"{workplace}: granted")


@app.command()
def revoke(
    context: typer.Context, organisation: Organisation, subject: Subject, workplace: Workplace, reason: Reason = ""
) -> None:
    """Take an administrator's grant back. What her login says stands until it says otherwise."""
    gateway = acting(context, reason)
    tenant = _tenant(gateway, organisation, subject)
    try:
        taken = gateway.workplace_grants.revoke(tenant, subject, workplace)
    except InvalidField:
        raise ConfigFault(NO_SUCH_PLACE) from None
    say(f"{workplace}: revoked" if taken else f"{workplace}: no administrator has granted it")
    _told(gateway, tenant, subject)


def _told(gateway: Gateway, tenant: UUID, subject: str) -> bool:
    """Say what she has been granted; whether that was anything."""
    granted = gateway.workplace_grants.of(tenant, gateway.employees.id_of(tenant, subject))
    for each in granted:
        by = "an administrator" if each.source == ADMINISTRATOR else each.source
        say(f"{each.place.name}: granted by {by} since {each.granted_at:%Y-%m-%d %H:%M} UTC")
    return bool(granted)


def _tenant(gateway: Gateway, organisation: str, subject: str) -> UUID:
    """``ConfigFault`` for an unknown organisation, and for an id that would write a person's number down."""
    if contains_citizen_number(subject):
        raise ConfigFault("--subject: looks like a CPR number; it does not belong in a command")
    found = gateway.organisations.tenant_by_cvr(organisation)
    if found is None:
        raise ConfigFault("--organisation: no organisation has that CVR")
    return found.id
