"""``laegebro connections sample | send-sample | rehearse``: what a connection sends, without a citizen (AD06, AD07)."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from gateway.cli.causes import in_words
from gateway.cli.opening import Reason, acting, reading, signature
from gateway.cli.printing import say
from gateway.cli.trial_words import told_in_words
from gateway.connecting import drafting, rehearsing, sampling
from gateway.connecting.trying import passed
from gateway.domain.errors import NotFound
from gateway.domain.people import Actor, ActorKind
from gateway.domain.records import AuditRow
from gateway.wiring import Gateway

Scenario = Annotated[str, typer.Argument(help="an invented consultation, such as cpr, x-ecpr, danish or long-text")]


def sample(name: str, scenario: Scenario) -> None:
    """Show an invented consultation as the connection would send it. Nothing is sent."""
    _shown(_made(reading(), name, scenario, send=False))


def send_sample(context: typer.Context, name: str, scenario: Scenario, reason: Reason = "") -> None:
    """Send it to a test system, read it back, and take a call away again; refused for a real connection."""
    gateway, by = acting(context, reason), signature(context, reason)
    who = Actor(ActorKind.ADMIN, by.by, role=by.account)
    row = AuditRow(gateway.clock.now(), who, "", "write", by.act, basis=by.reason, channel=by.channel)
    gateway.store.record_audit(row)
    _shown(_made(gateway, name, scenario, send=True))


def rehearse(name: str) -> None:
    """The draft's messages beside those of the settings in force, over invented consultations and what waits now."""
    gateway = reading()
    found = rehearsing.rehearse(gateway, drafting.require(gateway, name))
    for line in (*found.waiting, *found.invented):
        lines = f"{line.changed} lines" if line.changed else ""
        say(" ".join(filter(None, (line.compared, line.name, lines, in_words(line.code) if line.code else ""))))


def _made(gateway: Gateway, name: str, scenario: str, *, send: bool) -> sampling.Sample:
    present = gateway.connections.present(name)
    if present is None:
        raise NotFound("connection")
    kind = gateway.overview.kind_of(name)
    return sampling.sample(kind, name, present, scenario, gateway.clock.now(), send=send)


def _shown(made: sampling.Sample) -> None:
    say(escape(made.rendered), highlight=False)
    for step in made.steps:
        say(" ".join(filter(None, ("✗" if step.told else "✓", step.step, told_in_words(step.told)))))
    if not passed(list(made.steps)):
        say("It was not sent, or not as it should be.")
