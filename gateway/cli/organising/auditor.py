"""``laegebro review refused|erased|processing``: what an auditor asks besides the sample, as in the console's *Afvist
adgang*, *Sletning* and *Fortegnelse*."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from gateway.cli.matters import Month, Organisation, organisation_of
from gateway.cli.opening import Reason, acting, note_look, reading
from gateway.cli.printing import say
from gateway.domain.errors import ConfigFault
from gateway.domain.oversight import Oversight
from gateway.domain.practice import COPENHAGEN, danish_day
from gateway.domain.uptake.statistics import month_days, months_over
from gateway.matters.processing import processing
from gateway.wiring import Gateway

AnyOrganisation = Annotated[str, typer.Option("--organisation", help="CVR; left out: the operator's view of all")]


def seen_by(gateway: Gateway, cvr: str) -> Oversight:
    return Oversight(organisation_of(gateway, cvr).id if cvr else None)


def refused(context: typer.Context, organisation: AnyOrganisation = "", reason: Reason = "") -> None:
    """Who tried what was not theirs to do, the newest first. That it was shown stands in the trail."""
    gateway = acting(context, reason)
    seen = seen_by(gateway, organisation)
    note_look(context, gateway, reason, tenant=seen.tenant)
    table = Table("at", "who", "tried", "why not", box=None)
    for each in gateway.refusals.refused(seen):
        who = f"{each.actor.name or each.actor.id} ({each.actor.kind} {each.actor.role})".replace(" )", ")")
        table.add_row(f"{each.at.astimezone(COPENHAGEN):%Y-%m-%d %H:%M}", who, each.what, each.basis)
    say(table)


def erased(context: typer.Context, organisation: Organisation, month: Month = "", reason: Reason = "") -> None:
    """Whether the texts of a month's consultations are gone, with some of them as proof."""
    gateway = acting(context, reason)
    tenant, today = organisation_of(gateway, organisation), danish_day(gateway.clock.now())
    told = {f"{first:%Y-%m}": first for first in (*months_over(today), today.replace(day=1))}
    asked = month or next(iter(told))
    if asked not in told:
        raise ConfigFault(f"--month: one of {', '.join(told)}")
    note_look(context, gateway, reason, asked, tenant=tenant.id)
    found = gateway.erased_months.of_month(tenant.id, month_days(told[asked]))
    say(f"{asked}: {found.begun} begun, {found.erased} erased, {found.kept} within their time, {found.held} held until")
    say(f"the note is filed, {found.open} not closed, {found.overdue} overdue")
    for each in found.sample:
        say(f"{each.short_id}: erased {each.erased_at:%Y-%m-%d %H:%M} UTC, key replaced {each.key_at or 'never'}")


def record_of_processing(organisation: Organisation) -> None:
    """Receivers, sub-processors and how long what is kept (GDPR art. 30); nobody is in it."""
    gateway = reading()
    told = processing(gateway, organisation_of(gateway, organisation))
    attempts = f"{told.attempt_days} days" if told.attempt_days else "for good"
    say(f"texts: {told.text_days} days; log: {told.audit_months} months; attempts to send: {attempts}")
    for each in told.receivers:
        say(f"receiver {each.name} ({each.kind}): {', '.join(each.hosts) or '–'}", highlight=False)
    for name, what in told.subprocessors or [("none is noted", "setting subprocessors")]:
        say(f"sub-processor {name}: {what}", highlight=False)
