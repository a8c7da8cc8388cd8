"""``laegebro keys``: which key has sealed how much, the rotation to a new one, and consultations' own keys copied."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from gateway.cli.opening import Reason, acting, reading, signature
from gateway.cli.printing import say
from gateway.domain.errors import ConfigFault
from gateway.domain.people import Actor, ActorKind
from gateway.domain.records import RESTORE_TRIED, AuditRow
from gateway.store.watch.key_copies import SqlKeyCopies
from gateway.store.watch.resealing import SqlResealing
from gateway.wiring import Gateway

app = typer.Typer(no_args_is_help=True)
LEFT_CLOSED = 3  # exit code: consultations without a key


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
def drilled(context: typer.Context, reason: Reason = "") -> None:
    """Note that a dump was restored on another machine and found whole; --reason says which, and how long it took. The
    console shows the last time."""
    gateway, by = acting(context, reason), signature(context, reason)
    if not reason.strip():
        raise ConfigFault("--reason: say which dump, where it was restored, and what was found")
    actor = Actor(ActorKind.ADMIN, by.by, role=by.account)
    row = AuditRow(gateway.clock.now(), actor, "", "write", RESTORE_TRIED, basis=by.reason, channel=by.channel)
    gateway.store.record_audit(row)
    say("noted")


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


@app.command()
def copy(to: Annotated[Path, typer.Option(help="file to write; the copy before it is replaced")]) -> None:
    """Copy consultations' own keys, which no dump holds: after each dump, and each hour. Only the newest copy is worth
    keeping: an older one still holds the keys of what was erased since."""
    gateway = reading()
    part = to.with_name(to.name + ".part")
    try:
        part.unlink(missing_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.writelines(f"{line}\n" for line in SqlKeyCopies(gateway.engine, gateway.vault).lines())
            file.flush()
            os.fsync(file.fileno())
        part.replace(to)
    except OSError as fault:
        raise ConfigFault(f"--to: cannot be written ({fault.strerror})") from fault
    say(f"{to}: written.", highlight=False)


@app.command(name="put-back")
def put_back(
    context: typer.Context,
    source: Annotated[Path, typer.Option("--from", help="the newest copy there is")],
    reason: Reason = "",
) -> None:
    """Into a database that was restored from a dump, before any process starts: consultations' own keys. What was
    erased after the dump was taken is erased again. What the dump holds as owed may have been delivered since: every
    peer is asked before anything is sent again. Ends with 3 where consultations are left without a key: the copy is
    older than the dump."""
    gateway, began = acting(context, reason), time.monotonic()
    try:
        with source.open(encoding="ascii") as file:
            done = SqlKeyCopies(gateway.engine, gateway.vault).put_back(file)
    except OSError as fault:
        raise ConfigFault(f"--from: cannot be read ({fault.strerror})") from fault
    say(f"{done.keys} keys put back, {done.erased} consultations erased again.", highlight=False)
    say(f"{done.asked} deliveries will be asked about at their peers before they are sent.", highlight=False)
    say(f"Done in {time.monotonic() - began:.1f} s.", highlight=False)
    if done.closed:
        say(f"{done.closed} consultations have no key: the copy is older than the dump.", highlight=False)
        raise typer.Exit(LEFT_CLOSED)


def _known(gateway: Gateway) -> list[str]:
    former = sorted(set(gateway.settings.former_data_keys) - {gateway.vault.current})
    return [gateway.vault.current, *former]
