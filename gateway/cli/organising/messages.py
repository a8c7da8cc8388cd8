"""``laegebro messages``: consultations found by an id, a peer's reference, a practice, or the citizen (AD08); the
console's *Beskeder*."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from gateway.cli.audit import number_typed
from gateway.cli.opening import acting, note_look, reading
from gateway.cli.organising.auditor import AnyOrganisation, seen_by
from gateway.cli.printing import say
from gateway.domain.errors import ConfigFault, InvalidField
from gateway.domain.identifiers import parse_citizen_id
from gateway.domain.oversight import Purpose
from gateway.domain.records import FoundConsultation
from gateway.matters import finding
from gateway.store.watch.finding import SqlFinder
from gateway.wiring import Gateway

app = typer.Typer(no_args_is_help=True)


@app.command()
def find(words: str, organisation: AnyOrganisation = "") -> None:
    """By our short id, an id in full, a ydernummer, or a peer's reference; hits without a person."""
    gateway = reading()
    try:
        finding.require_no_number(words)
    except InvalidField:
        raise ConfigFault("WORDS: looks like a CPR number; use find-citizen") from None
    _print(finding.found_by(_finder(gateway), seen_by(gateway, organisation), words))


@app.command("find-citizen")
def find_citizen(
    context: typer.Context, purpose: Annotated[Purpose, typer.Option()],
    case: Annotated[str, typer.Option(help="the case's number; nothing about the citizen")],
    number_from: Annotated[Path | None, typer.Option(help="file with the number; else it is asked for")] = None,
    organisation: AnyOrganisation = "",
) -> None:  # fmt: skip
    """By the citizen's number, which is never an argument; hits without a person. The citizen's own log says so."""
    try:
        basis = finding.basis(purpose, case)
    except InvalidField:
        raise ConfigFault("--case: say the case's number, and no CPR number") from None
    gateway = acting(context, basis)
    citizen, seen = parse_citizen_id(number_typed(number_from), path="number"), seen_by(gateway, organisation)
    note_look(context, gateway, basis, tenant=seen.tenant, citizen=citizen)
    _print(_finder(gateway).of_citizen(seen, citizen))


def _finder(gateway: Gateway) -> SqlFinder:
    return SqlFinder(gateway.engine, gateway.vault)


def _print(found: Sequence[FoundConsultation]) -> None:
    table = Table("short id", "kind", "state", "begun", box=None)
    for each in found:
        table.add_row(each.short_id, each.kind, each.status, f"{each.created_at:%Y-%m-%d %H:%M} UTC")
    say(table if found else "nothing found")
