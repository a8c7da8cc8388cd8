"""``laegebro dump``: a back-up of an installation on SQLite."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.opening import reading
from gateway.cli.printing import say
from gateway.store.watch.dumping import write_dump


def dump(to: Annotated[Path, typer.Option(help="file to write; what is there is not written over")]) -> None:
    """Copy the SQLite database while processes run, without consultations' own keys and without sessions. On
    PostgreSQL the command for pg_dump is named. Then: laegebro keys copy."""
    write_dump(reading().engine, to)
    say(f"{to}: written. Now the keys: laegebro keys copy.", highlight=False)
