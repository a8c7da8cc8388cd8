"""``laegebro wishes``: what people wish and report, without their names, and the answers."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer
from rich.table import Table

from gateway.cli.document import tenant_id
from gateway.cli.opening import Reason, acting, reading
from gateway.cli.printing import say
from gateway.domain.practice import COPENHAGEN
from gateway.domain.wish import WishStatus, answered

app = typer.Typer()
Tenant = Annotated[str, typer.Option("--tenant", help="the organisation's CVR; left out: those sent from clinics")]


def _tenant(cvr: str) -> UUID | None:
    return tenant_id(cvr) if cvr else None


@app.command("list")
def listed(tenant: Tenant = "") -> None:
    """The newest first."""
    table = Table("sent", "kind", "page", "reference", "version", "state", "id", box=None)
    for one in reading().wishes.of_support(_tenant(tenant)):
        sent = f"{one.sent_at.astimezone(COPENHAGEN):%Y-%m-%d %H:%M}"
        table.add_row(sent, one.kind, one.page, one.reference, one.version, one.status, str(one.id))
    say(table)


@app.command()
def show(id: UUID, tenant: Tenant = "") -> None:
    """What was written, and the answer."""
    one = reading().wishes.find(_tenant(tenant), id)
    typer.echo(one.text)
    if one.answered_at:
        typer.echo(f"→ {one.status}: {one.answer}")


@app.command()
def answer(
    context: typer.Context, id: UUID, status: WishStatus, answer: Annotated[str, typer.Argument()] = "",
    tenant: Tenant = "", reason: Reason = "",
) -> None:  # fmt: skip
    """Say what becomes of it; the sender reads it on her own page."""
    gateway = acting(context, reason)
    found = gateway.wishes.find(_tenant(tenant), id)
    gateway.wishes.answer(answered(found, status, answer, gateway.clock.now()))
    say(f"{id}: {status}", highlight=False)
