"""``laegebro practices`` and what else an organisation sees of its own use; the console's pages show the same."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from gateway.cli.opening import reading
from gateway.cli.printing import say
from gateway.domain.errors import ConfigFault
from gateway.domain.identifiers import Ydernummer
from gateway.domain.practice import COPENHAGEN
from gateway.domain.uptake.course import FEW, is_few
from gateway.matters import practices
from gateway.matters import statistics as figures
from gateway.store.people.organisations import Tenant
from gateway.wiring import Gateway

Month = Annotated[str, typer.Option(help="as 2026-10, one that is over; left out: the last one")]
practices_app = typer.Typer(no_args_is_help=True)
Organisation = Annotated[str, typer.Option(help="CVR of the organisation")]


def organisation_of(gateway: Gateway, cvr: str) -> Tenant:
    found = gateway.organisations.tenant_by_cvr(cvr)
    if found is None:
        raise ConfigFault("--organisation: no organisation has that CVR")
    return found


def few(count: int) -> str:
    return f"<{FEW}" if is_few(count) else str(count)


@practices_app.command("list")
def listed(
    organisation: Organisation,
    unconnected: Annotated[bool, typer.Option("--unconnected", help="only those that are not connected")] = False,
) -> None:
    """The practices of the citizens of the last ninety days, and what they did with what they were asked."""
    gateway = reading()
    tenant = organisation_of(gateway, organisation)
    table = Table("ydernummer", "name", "reached by", "last seen", "asked", "≤ 5 min", "rejected", "by phone", box=None)
    for line in practices.lines(gateway, tenant.id, unconnected=unconnected):
        up, looked = line.uptake, line.attended
        seen = f"{looked.astimezone(COPENHAGEN):%Y-%m-%d %H:%M}" if looked else "never"
        soon = "–" if up.soon_percent is None else f"{up.soon_percent} %"
        counts = (few(up.asked), soon, few(up.rejected.total()), few(up.by_phone))
        reached = ", ".join(line.state.connections) or "not connected"
        table.add_row(str(line.ydernummer), line.name, reached, seen, *counts)
    say(table)


@practices_app.command()
def invite(ydernummer: str, organisation: Organisation) -> None:
    """The letter of invitation to a practice, in Danish."""
    gateway = reading()
    tenant = organisation_of(gateway, organisation)
    line = practices.line_of(gateway, tenant.id, Ydernummer.parse(ydernummer))
    say("\n\n".join([line.name, *practices.invitation(line, tenant), tenant.name]), highlight=False)


def statistics(organisation: Organisation, month: Month = "") -> None:
    """A month by week, workplace and practice as CSV; numbers under five are hidden, and nobody is in it."""
    gateway = reading()
    tenant = organisation_of(gateway, organisation)
    told = {f"{first:%Y-%m}": first for first in figures.months(gateway)}
    asked = month or next(iter(told))
    if asked not in told:
        raise ConfigFault(f"--month: one of {', '.join(told)}")
    typer.echo(figures.as_csv(figures.month(gateway, tenant.id, told[asked])), nl=False)
