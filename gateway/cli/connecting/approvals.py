"""``laegebro approvals …``: what somebody may not do alone, granted or refused by another (requirements.md AD01)."""

from __future__ import annotations

from uuid import UUID

import typer

from gateway.cli.opening import Reason, acting, reading, who
from gateway.cli.printing import say
from gateway.connecting import second_person
from gateway.domain.errors import NotFound
from gateway.domain.oversight import Approval
from gateway.wiring import Gateway

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_() -> None:
    """Every request of every organisation that waits."""
    gateway = reading()
    now = gateway.clock.now()
    for each in _all(gateway):
        if each.is_open(now):
            what = f"{each.act} {each.subject} {each.detail}".rstrip()
            say(f"{each.id} {what} by {each.asked_name} until {each.expires_at:%Y-%m-%d %H:%M}: {each.reason}")


@app.command()
def grant(context: typer.Context, id: UUID, reason: Reason = "") -> None:
    """Grant it as a second person: it is done at once. Never by whoever asked."""
    gateway = acting(context, reason)
    second_person.grant(gateway, _one(gateway, id), who(context), who(context))


@app.command()
def refuse(context: typer.Context, id: UUID, reason: Reason = "") -> None:
    """Refuse it, or take it back."""
    gateway = acting(context, reason)
    second_person.refuse(gateway, _one(gateway, id), who(context), who(context))


def _all(gateway: Gateway) -> list[Approval]:
    tenants = [None, *(each.id for each in gateway.organisations.tenants())]
    return [each for tenant in tenants for each in gateway.approvals.listed(tenant)]


def _one(gateway: Gateway, id: UUID) -> Approval:
    found = next((each for each in _all(gateway) if each.id == id), None)
    if found is None:
        raise NotFound("approval")
    return found
