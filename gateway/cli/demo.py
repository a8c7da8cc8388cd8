"""``laegebro demo``: the whole thing on this machine, by starting the simulators' own demo program."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.opening import acting
from gateway.cli.synthetic.past import live_through
from gateway.settings import load


def demo(
    context: typer.Context,
    once: Annotated[bool, typer.Option(help="Run one whole consultation by itself and check it.")] = False,
    history: Annotated[Path | None, typer.Option(hidden=True, help="invented consultations for a running demo")] = None,
) -> None:
    """Start everything on embedded defaults and print the addresses to open; Ctrl-C ends every process."""
    if history is not None:
        live_through(acting(context), history)
        return
    if load().environment == "production" and os.environ.get("LAEGEBRO_ENVIRONMENT") == "production":
        typer.echo("The demo refuses to run in a production environment.", err=True)
        raise typer.Exit(2)
    command = [sys.executable, "-m", "simulators.demo", *(["--once"] if once else [])]
    os.execv(sys.executable, command)  # noqa: S606 - our own program, no shell
