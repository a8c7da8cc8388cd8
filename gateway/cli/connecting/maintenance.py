"""``laegebro maintenance …``: connections taken out for a while on purpose, as in the console (AD12)."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated
from uuid import UUID

import typer

from gateway.cli.opening import Reason, acting, reading, who
from gateway.cli.printing import say
from gateway.connecting import maintaining
from gateway.domain.errors import ConfigFault, InvalidField, NotFound
from gateway.domain.peers.maintenance import Hours, Plan, Repeat, Window
from gateway.domain.practice import COPENHAGEN
from gateway.wiring import Gateway

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_() -> None:
    """Every window, the latest first, with what each connection came to."""
    for window in reading().maintenance.listed():
        starts, ends = (each.astimezone(COPENHAGEN) for each in (window.starts_at, window.ends_at))
        repeat = f", again {window.repeat.code}" if window.repeat else ""
        say(f"{window.id} {window.stage} {starts:%Y-%m-%d %H:%M}–{ends:%Y-%m-%d %H:%M}{repeat} by {window.by}")
        for held in window.connections:
            say(f"  {held.connection}: {held.held} held, {len(held.changes)} differences {held.fault}".rstrip())
            for change in held.changes:
                say(f"    {change.fact}: {change.before or '–'} -> {change.after or '–'}", highlight=False)


@app.command()
def plan(
    context: typer.Context,
    name: Annotated[list[str], typer.Argument(help="the connections, all of one owner")],
    when: Annotated[str, typer.Option(help='"2026-12-08 22:00-02:00", Danish time')],
    words: Annotated[str, typer.Option(help="what the nurses read meanwhile")],
    repeat: Annotated[str, typer.Option(help='"2 tue", "0 sun" (every Sunday), "5 fri" (the last Friday)')] = "",
    reason: Reason = "",
) -> None:
    """Hold what is owed from then till then, say WORDS to the nurses, and mute alarms of those connections."""
    gateway = acting(context, reason or words)
    try:
        wanted = Plan(tuple(name), hours_of(when), words, Repeat.parse(repeat))
        window = maintaining.plan(gateway, wanted, gateway.overview.owner_of(name[0]), who(context))
    except InvalidField as fault:
        raise ConfigFault(f"{fault.field}: {fault.reason}") from None
    except NotFound:
        raise ConfigFault(f"{name[0]}: no such connection") from None
    say(f"{window.id} planned", highlight=False)


@app.command()
def cancel(
    context: typer.Context,
    id: UUID,
    once: Annotated[bool, typer.Option("--once", help="the next time stays planned")] = False,
    reason: Reason = "",
) -> None:
    """Before it has begun."""
    gateway = acting(context, reason)
    maintaining.cancel(gateway, _window(gateway, id), for_good=not once)


@app.command()
def end(context: typer.Context, id: UUID, reason: Reason = "") -> None:
    """The work is done before its time: the connections are tried at once."""
    gateway = acting(context, reason)
    maintaining.end_now(gateway, _window(gateway, id))


def _window(gateway: Gateway, id: UUID) -> Window:
    return gateway.maintenance.find(id)


def hours_of(when: str) -> Hours:
    day, _, hours = when.partition(" ")
    begins, _, ends = hours.partition("-")
    try:
        return Hours(date.fromisoformat(day), time.fromisoformat(begins), time.fromisoformat(ends))
    except ValueError:
        raise ConfigFault("--when: must be as 2026-12-08 22:00-02:00") from None
