"""``laegebro connections …``: who is connected, applied from TOML as versioned rows (D15)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.applying import Applier
from gateway.cli.document import read
from gateway.cli.opening import acting, reading, who
from gateway.cli.printing import say

app = typer.Typer(no_args_is_help=True)


@app.command()
def apply(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    why: str = "applied from file",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say what would change, and change nothing")] = False,
) -> None:
    """Write organisations, connections and practices: the whole file or nothing of it.

    Unknown keys, owners nobody declared and settings an adapter does not know are refused before anything is written.
    The same file twice makes no new revision.
    """
    document = read(file)
    for line in Applier(acting(context, why), who(context), why).apply(document, keep=not dry_run):
        say(line, highlight=False)
    if dry_run:
        say("Nothing was changed.", highlight=False)


@app.command()
def history(name: str) -> None:
    """Every revision of a connection, the newest first."""
    for revision in reading().connections.history(name):
        say(f"{revision.number:>4} {revision.state} {revision.at:%Y-%m-%d %H:%M} {revision.by} {revision.why}")


@app.command()
def pause(context: typer.Context, name: str, why: str) -> None:
    """Planned standstill: deliveries stay due; WHY is what the nurses read."""
    gateway = acting(context, why)
    gateway.connections.pause(name, who(context), why, gateway.clock.now())


@app.command()
def resume(context: typer.Context, name: str, why: str = "resumed") -> None:
    """Take a paused connection into use again."""
    gateway = acting(context, why)
    gateway.connections.resume(name, who(context), why, gateway.clock.now())
