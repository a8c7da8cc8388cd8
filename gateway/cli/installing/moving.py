"""``laegebro move SOURCE``: everything of another database into the one of the settings."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.opening import Reason, acting
from gateway.store.ground.engine import open_engine
from gateway.store.migrations.moving import move as move_rows


def move(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="its address, such as sqlite:////var/lib/laegebro/laegebro.sqlite")],
    reason: Reason = "",
) -> None:
    """Copy every row of SOURCE into the settings' database, which must be empty: all of them or none.

    Stop every process first; the same secrets open the rows there. SOURCE is only read.
    """
    moved = move_rows(open_engine(source), acting(context, reason, as_owner=True).engine)
    for table, count in moved.items():
        if count:
            typer.echo(f"{table}: {count}")
    typer.echo(f"{sum(moved.values())} rows moved.")
