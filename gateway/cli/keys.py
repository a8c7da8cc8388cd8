"""``laegebro keys``: which key has sealed how much, and the rotation to a new one."""

from __future__ import annotations

import typer
from rich.table import Table

from gateway.cli.opening import Reason, acting, reading
from gateway.cli.printing import say
from gateway.store.watch.resealing import SqlResealing
from gateway.wiring import Gateway

app = typer.Typer(no_args_is_help=True)


@app.command()
def show() -> None:
    """The present key, the former ones, how many values each has sealed, and how far a rotation is. A former key may
    go when it has sealed nothing any more, and the audit rows of its time have gone too."""
    gateway = reading()
    keys, book = _known(gateway), SqlResealing(gateway.engine, gateway.vault)
    say(f"Present key: {gateway.vault.current}. Former: {', '.join(keys[1:]) or 'none'}.", highlight=False)
    progress = {each.table: each for each in book.progress()}
    table = Table("table", *(f"key {key}" for key in keys), "rotation", box=None)
    for name, counts in book.count(keys).items():
        own = progress.get(name)
        state = "" if own is None else f"to {own.key}: {'done' if own.done else f'{own.rows} rows so far'}"
        lost = f", {own.unreadable} unreadable" if own and own.unreadable else ""
        table.add_row(name, *(str(counts[key]) for key in keys), state + lost)
    say(table)


@app.command()
def rotate(context: typer.Context, reason: Reason = "") -> None:
    """Seal everything under the present key: the relay does it in the background, in batches, and goes on after a
    restart. First write the new key as ``data_key`` with a ``data_key_id`` of its own, keep the one before it under
    ``[former_data_keys]``, and restart every process."""
    gateway = acting(context, reason)
    SqlResealing(gateway.engine, gateway.vault).start()
    if not gateway.settings.former_data_keys:
        say("No former key is known ([former_data_keys]): what another key has sealed is counted and left.")
    say(f"Values are sealed anew under key {gateway.vault.current}: laegebro keys show.", highlight=False)


def _known(gateway: Gateway) -> list[str]:
    former = sorted(set(gateway.settings.former_data_keys) - {gateway.vault.current})
    return [gateway.vault.current, *former]
