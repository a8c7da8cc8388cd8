"""``laegebro connections certify | certified``: the contract tried on a connection to a test system, as in the console
(AD20)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from gateway.certify.connected.asking import ask
from gateway.certify.connected.telling import report_of
from gateway.certify.reporting.report import MARKS, as_html
from gateway.certify.run import spoken
from gateway.cli.opening import Reason, acting, reading, who
from gateway.cli.printing import say
from gateway.domain.errors import ConfigFault, InvalidField
from gateway.domain.peers.contract_run import ContractRun, Obstacle

WHY = {
    Obstacle.REAL: "it leads to a real system; only a connection to a test system is tried",
    Obstacle.NO_ADDRESS: "such a system is not reached by an address of its own",
    Obstacle.NEEDS_DOOR: "it answers by messages: use laegebro certify with --door",
}


def certify(
    context: typer.Context,
    name: str,
    hands: Annotated[str, typer.Option(help="an address that sees and does at the peer")] = "",
    reason: Reason = "",
) -> None:
    """Ask the relay to try every promise on a connection to a test system; it takes minutes."""
    gateway = acting(context, reason)
    try:
        run = ask(gateway, name, who(context), hands)
    except InvalidField as fault:
        told = {str(each): words for each, words in WHY.items()}
        raise ConfigFault(f"{fault.field}: {told.get(fault.reason, fault.reason)}") from None
    say(f"{name}: revision {run.revision}, {run.state}; see laegebro connections certified {name}")


def certified(
    name: str,
    report: Annotated[Path | None, typer.Option(file_okay=False, help="folder for its report as HTML")] = None,
) -> None:
    """What the last run on a connection came to, or how far it is; ends with 0 only when every promise holds."""
    gateway = reading()
    run = next(iter(gateway.contract_runs.listed(name, 1)), None)
    if run is None:
        say(f"{name}: never tried")
        raise typer.Exit(1)
    for each in gateway.contract_runs.verdicts(run.id):
        say(f"{MARKS[each.verdict]} {each.verdict}: {spoken(each.promise)} {escape(each.seen)}".rstrip())
    say(_sentence(run))
    if report is not None:
        report.mkdir(parents=True, exist_ok=True)
        file = report / f"certify-{name}-{run.asked_at:%Y%m%dT%H%M%SZ}.html"
        file.write_text(as_html(report_of(gateway, run)), encoding="utf-8")
        say(f"Written: {file}")
    raise typer.Exit(0 if run.holds else 1)


def _sentence(run: ContractRun) -> str:
    counts = f"{run.kept} of {run.asked} kept, {run.tried} of {run.promises} tried"
    return f"{run.connection}: revision {run.revision}, {run.state}: {counts} {run.fault}".rstrip()
