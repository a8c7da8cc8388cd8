"""``laegebro people``: whose access is closed, and where an employee may see what colleagues share."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

import typer

from gateway import barring
from gateway.cli.opening import Reason, acting, note_look, reading, said
from gateway.cli.printing import say
from gateway.domain.errors import ConfigFault, InvalidField, NotFound
from gateway.domain.identifiers import contains_citizen_number
from gateway.domain.uptake.access import USES, Asked
from gateway.matters import access
from gateway.store.people.workplace_grants import ADMINISTRATOR
from gateway.wiring import Gateway

app = typer.Typer(no_args_is_help=True)
Organisation = Annotated[str, typer.Option(help="CVR of the organisation that employs her")]
Subject = Annotated[str, typer.Option(help="the id her logins and launches carry (subject_claim)")]
Employer = Annotated[str, typer.Option("--organisation", help="CVR of the organisation that employs her")]
Connection = Annotated[str, typer.Option(help="the login of a clinic's user or of the operator's")]
Workplace = Annotated[str, typer.Option(help="its name, SOR code or id")]
NO_SUCH_CVR = "--organisation: no organisation has that CVR"
NO_SUCH_PLACE = "--workplace: the organisation lists no such workplace"


@app.command()
def show(organisation: Organisation, subject: Subject) -> None:
    """Whether she is barred; her workplaces, and who says so."""
    gateway = reading()
    tenant = _tenant(gateway, organisation, subject)
    since = gateway.barrings.since(gateway.barrings.person(tenant, "", subject))
    if since is not None:
        say(f"barred since {since:%Y-%m-%d %H:%M} UTC")
    if not _told(gateway, tenant, subject):
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


def _require_no_number(subject: str) -> None:
    if contains_citizen_number(subject):
        raise ConfigFault("--subject: looks like a CPR number; it does not belong in a command")


def _tenant(gateway: Gateway, organisation: str, subject: str) -> UUID:
    """``ConfigFault`` for an unknown organisation, and for an id that would write a person's number down."""
    _require_no_number(subject)
    found = gateway.organisations.tenant_by_cvr(organisation)
    if found is None:
        raise ConfigFault(NO_SUCH_CVR)
    return found.id


@app.command()
def review(
    context: typer.Context,
    organisation: Organisation,
    on: Annotated[str, typer.Option(help="as 2026-03-01: only those who could look on that day")] = "",
    use: Annotated[str, typer.Option(help="lately, before or never: only those")] = "",
    workplace: Workplace = "",
    reason: Reason = "",
) -> None:
    """Everybody who has had access, by workplace, as CSV for the half-yearly review."""
    if use not in ("", *USES):
        raise ConfigFault(f"--use: {', '.join(USES)}")
    gateway, day = acting(context, reason), _day(on)
    found = gateway.organisations.tenant_by_cvr(organisation)
    if found is None:
        raise ConfigFault(NO_SUCH_CVR)
    note_look(context, gateway, reason, tenant=found.id)
    told = access.holders(gateway, found.id, Asked(use, day, _place(gateway, found.id, workplace)))
    typer.echo(access.as_csv(told, gateway.clock.now(), {}), nl=False)


def _place(gateway: Gateway, tenant: UUID, said: str) -> UUID | None:
    try:
        return access.place_of(gateway, tenant, said).id if said else None
    except NotFound:
        raise ConfigFault(NO_SUCH_PLACE) from None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise ConfigFault("--on: write a day as 2026-03-01") from None


@app.command()
def bar(
    context: typer.Context,
    subject: Subject,
    organisation: Employer = "",
    connection: Connection = "",
    reason: Reason = "",
) -> None:
    """Close somebody's access: her sessions end in every process at once, new logins and launches are refused, and her
    open consultations go to her workplace. May be run again at any time."""
    gateway = acting(context, said(reason))
    tenant, person = _person(gateway, organisation, connection, subject)
    ended = gateway.barrings.bar(person, subject, tenant, gateway.clock.now())
    say(f"barred; {ended} sessions ended")
    if tenant is not None:
        say(f"{barring.hand_over(gateway, person, tenant)} open consultations given to the workplace")


@app.command()
def unbar(
    context: typer.Context,
    subject: Subject,
    organisation: Employer = "",
    connection: Connection = "",
    reason: Reason = "",
) -> None:
    """Open it again. What was given to the workplace stays there."""
    gateway = acting(context, said(reason))
    tenant, person = _person(gateway, organisation, connection, subject)
    say("may log in again" if gateway.barrings.lift(person, tenant) else "was not barred")


def _person(gateway: Gateway, organisation: str, connection: str, subject: str) -> tuple[UUID | None, str]:
    """Her organisation and what sessions call her."""
    if bool(organisation) == bool(connection):
        raise ConfigFault("--organisation or --connection: say one of them")
    if organisation:
        tenant = _tenant(gateway, organisation, subject)
        return tenant, gateway.barrings.person(tenant, "", subject)
    known = gateway.connections.active("identity")
    if connection not in {each.name for each in known if each.owner_tenant is None}:
        raise ConfigFault("--connection: no clinic's login is called that; employees are barred by --organisation")
    _require_no_number(subject)
    return None, gateway.barrings.person(None, connection, subject)
