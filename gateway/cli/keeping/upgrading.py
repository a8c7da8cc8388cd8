"""``laegebro upgrade``: the database brought to the present schema; an upgrade announced beforehand (AD23)."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.connecting.maintenance import hours_of
from gateway.cli.opening import Reason, acting, reading, who
from gateway.cli.printing import say
from gateway.connecting import upgrading
from gateway.domain.errors import ConfigFault, InvalidField
from gateway.store.migrations.steps import missing
from gateway.store.migrations.steps import upgrade as upgrade_database

app = typer.Typer(invoke_without_command=True)
DryRun = Annotated[bool, typer.Option("--dry-run", help="say which steps it would run, and change nothing")]


@app.callback()
def upgrade(context: typer.Context, reason: Reason = "", dry_run: DryRun = False) -> None:
    """Bring the database to the present schema."""
    if context.invoked_subcommand is not None:
        return
    if dry_run:
        steps = missing(reading().engine)
        say("\n".join(["It would run:", *steps]) if steps else "The database is up to date.", highlight=False)
        return
    granted = upgrade_database(acting(context, reason, as_owner=True).engine)
    say("The database is up to date.")
    if granted:
        say(f"Granted what is theirs to {', '.join(granted)}.", highlight=False)


@app.command()
def announce(
    context: typer.Context,
    when: Annotated[str, typer.Option(help='"2026-12-08 22:00-23:00", Danish time')],
    words: Annotated[str, typer.Option(help="what everybody reads on their pages until then")],
    reason: Reason = "",
) -> None:
    """Say on everybody's pages that Lægebro itself is upgraded then."""
    gateway = acting(context, reason or words)
    try:
        window = upgrading.announce(gateway, hours_of(when), words, who(context))
    except InvalidField as fault:
        raise ConfigFault(f"{fault.field}: {fault.reason}") from None
    now = gateway.figures.under_way()
    say(f"Announced for {when}, from version {window.upgrades_from}.", highlight=False)
    say(f"Now: {now.calls} calls in progress, {now.waiting} waiting.", highlight=False)


@app.command("take-back")
def take_back(context: typer.Context, reason: Reason = "") -> None:
    """It is not upgraded then: nobody reads of it any more."""
    upgrading.take_back(acting(context, reason))
