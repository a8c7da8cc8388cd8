"""``laegebro route``: by which connections a practice is reached and why, and its way from one to another."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from gateway.cli.opening import Reason, acting, reading, who
from gateway.cli.printing import say
from gateway.domain.errors import ConfigFault
from gateway.domain.identifiers import Ydernummer
from gateway.domain.people import Actor, ActorKind
from gateway.domain.practice import danish_day
from gateway.services import rerouting
from gateway.store.practice.routing import Routed


class _ShowIsMeant(TyperGroup):
    """``laegebro route 034835`` without a verb shows."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["show", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(no_args_is_help=True, cls=_ShowIsMeant)


@app.command()
def show(ydernummer: str) -> None:
    """Which connections a practice is reached by, and the rule that says so."""
    gateway = reading()
    number = Ydernummer.parse(ydernummer)
    found = gateway.practices.routed(number, danish_day(gateway.clock.now()))
    say(_words(found))
    if found.claimed_by:
        raise typer.Exit(1)


def _words(found: Routed) -> str:
    if found.claimed_by:
        return f"ambiguous: {' and '.join(found.claimed_by)} both serve its {found.rule}; routed to neither"
    if not found.connections:
        return "not connected" + (": its connections are not active" if found.rule else "")
    return f"{', '.join(name for name, _ in found.connections)} (by {found.rule})"


@app.command()
def move(
    context: typer.Context,
    ydernummer: str,
    to: Annotated[str, typer.Option(help="the connection it is reached by from now on")],
    leaving: Annotated[str, typer.Option("--from", help="which of several it leaves; the others stay")] = "",
    reason: Reason = "",
) -> None:
    """Move a practice and whoever waits there to another connection, each exactly once and with her place.

    May be run again at any time: it takes up where it was interrupted."""
    gateway = acting(context, reason)
    number = Ydernummer.parse(ydernummer)
    before = list(gateway.practices.assigned(number))
    after = _after(before, to, leaving)
    active = {c.name for c in gateway.connections.active("gp_system")}
    if to not in active:
        raise ConfigFault(f"--to: {to} is not an active practice system")
    gateway.practices.set_routes(number, after)
    in_use = tuple(name for name in after if name in active)
    new = rerouting.NewRoutes(number, after, in_use, gateway.peers.announcing())
    by = Actor(ActorKind.ADMIN, who(context))
    followed = rerouting.follow(new, by, store=gateway.store, clock=gateway.clock, ids=gateway.ids)
    say(f"{number}: {', '.join(before) or 'not connected'} → {', '.join(after)}; {followed.moved} waiting moved")
    if followed.talking:
        say(f"{followed.talking} ring or talk at the old connection and finish there; keep it active, then run again")
    if followed.stranded:
        say(f"{followed.stranded} cannot go there (live, and it takes messages only) and wait where they were")
        raise typer.Exit(1)


def _after(before: list[str], to: str, leaving: str) -> list[str]:
    """Its place among several is kept."""
    if leaving:
        if leaving not in before and to not in before:
            raise ConfigFault(f"--from: the practice is not reached by {leaving}")
        return list(dict.fromkeys(to if name == leaving else name for name in before))
    if len(before) > 1 and to not in before:
        raise ConfigFault(f"--from: say which one it leaves: {', '.join(before)}")
    return before if to in before else [to]
