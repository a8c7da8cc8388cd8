"""``laegebro incident``: whom a fault touched; the number first, the list once a second person has granted it, as the
console's *Hændelse* does (AD18)."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from gateway.cli.audit import write_new
from gateway.cli.connecting.maintenance import hours_of
from gateway.cli.matters import Organisation, organisation_of
from gateway.cli.opening import Reason, acting, note_look, said, signature, who
from gateway.cli.printing import say
from gateway.connecting import second_person
from gateway.domain.errors import ConfigFault, InvalidField, TransitionRefused
from gateway.domain.oversight import Oversight, RiskyAct
from gateway.domain.people import Actor, ActorKind
from gateway.domain.records import AuditRow
from gateway.matters import incidents
from gateway.matters.access import plain
from gateway.matters.incidents import Line, Span
from gateway.store.people.organisations import Tenant
from gateway.wiring import Gateway

app = typer.Typer(no_args_is_help=True)
When = Annotated[str, typer.Option(help='"2026-06-03 09:00-11:00", Danish time')]
Connection = Annotated[str, typer.Option(help="its name; left out: all")]


@app.command()
def count(
    context: typer.Context, organisation: Organisation, when: When, connection: Connection = "", reason: Reason = ""
) -> None:
    """How many consultations and citizens had messages under way; nobody is named."""
    gateway = acting(context, reason)
    tenant = organisation_of(gateway, organisation)
    span = _span(gateway, tenant, when, connection)
    note_look(context, gateway, reason, tenant=tenant.id)
    found = incidents.count(gateway, tenant.id, span)
    say(f"{found.citizens} citizens in {found.consultations} consultations; {found.failed} with a message that failed")


@app.command()
def ask(
    context: typer.Context, organisation: Organisation, when: When, connection: Connection = "", reason: Reason = ""
) -> None:
    """Ask a second person to grant the list (``laegebro approvals grant``, or the console)."""
    gateway = acting(context, said(reason))
    tenant = organisation_of(gateway, organisation)
    span = _span(gateway, tenant, when, connection)
    wanted = second_person.Wanted(RiskyAct.LIST_AFFECTED, connection, span.detail, reason, tenant.id)
    asked = second_person.ask(gateway, wanted, who(context), who(context))
    say(f"waits for a second person: {asked.id}", highlight=False)


@app.command("list")
def listed(
    context: typer.Context, id: UUID, organisation: Organisation,
    to: Annotated[Path, typer.Option(help="file to write; what is there is not written over")], reason: Reason = "",
) -> None:  # fmt: skip
    """The citizens with names and numbers as CSV in a file that only its owner may read, for whoever asked and within a
    day of it. Each citizen's own log says so."""
    gateway = acting(context, reason)
    tenant = organisation_of(gateway, organisation)
    try:
        granted = second_person.require_granted(gateway, tenant.id, id, RiskyAct.LIST_AFFECTED, who(context))
    except TransitionRefused:
        raise ConfigFault("ID: no second person has granted it to you, or it has run out") from None
    by = signature(context, reason)
    actor, basis = Actor(ActorKind.ADMIN, by.by, role=by.account), f"incident {granted.reason}"
    row = AuditRow(gateway.clock.now(), actor, tenant.name, "read", by.act, basis=basis, channel=by.channel)
    lines = incidents.listed(gateway, tenant.id, Span.of(granted.subject, granted.detail), row)
    write_new(to, _as_csv(lines).encode())
    say(f"{to}: {len(lines)} citizens written.", highlight=False)


def _span(gateway: Gateway, tenant: Tenant, when: str, connection: str) -> Span:
    if connection and connection not in {line.name for line in gateway.overview.lines(Oversight(tenant.id))}:
        raise ConfigFault("--connection: the organisation has no such connection")
    try:
        return Span.within(connection, hours_of(when))
    except InvalidField:
        raise ConfigFault("--when: ends before it begins") from None


def _as_csv(lines: Sequence[Line]) -> str:
    out = StringIO()
    written = csv.writer(out, delimiter=";", lineterminator="\r\n")
    written.writerow(("consultation", "name", "number", "begun", "failed", "erased"))
    written.writerows((e.short_id, plain(e.name), e.number, e.begun.isoformat(), e.failed, e.erased) for e in lines)
    return out.getvalue()
