"""``laegebro init DIR``: the secrets and files of a new installation on one machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.document import read
from gateway.cli.installing.answers import Answers, complete
from gateway.cli.installing.files import write_all
from gateway.cli.opening import require_loadable
from gateway.cli.options import grouped
from gateway.peers.building import build
from gateway.starting import require_sound


@grouped
def init(folder: Annotated[Path, typer.Argument(help="a new folder, such as /etc/laegebro")], answers: Answers) -> None:
    """Make the secrets, configuration and start files of an installation on one machine.

    What is not given as an option is asked for at a terminal. No file that stands there already is written over.
    """
    for path in write_all(folder, complete(answers)):
        typer.echo(f"made {path}")
    _require_readable(folder)
    typer.echo("Next: docs/installing.md, then “laegebro check”.")


def _require_readable(folder: Path) -> None:
    """What was just written is what the processes and ``connections apply`` take."""
    require_loadable(folder / "gateway.toml")
    tables = read(folder / "connections.toml").connection
    require_sound(*(lambda each=each: build(each.kind, each.adapter, each.name, each.config) for each in tables))
