"""``laegebro show ID``: one timeline from launch to receipt."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import typer
from rich.table import Table

from gateway.cli.opening import Reason, acting, note_look
from gateway.cli.printing import say
from gateway.domain.errors import NotFound
from gateway.domain.practice import COPENHAGEN
from gateway.domain.scope import SystemScope
from gateway.wiring import Gateway

GAP = timedelta(seconds=30)


def show(context: typer.Context, id: str, reason: Reason = "") -> None:
    """The consultation's timeline by its short id (LB-4F7K-2) or uuid: codes and times, never a person. That it was
    shown stands in the trail."""
    gateway = acting(context, reason)
    try:
        consultation = _resolved(gateway, id)
        rows = gateway.store.timeline(SystemScope(), consultation)
        note_look(context, gateway, reason, consultation=consultation)
    except NotFound:
        say("No such consultation.")
        raise typer.Exit(1) from None
    table = Table(title=id, box=None, header_style="bold")
    for heading in ("time", "after", "what", "by", "details"):
        table.add_column(heading)
    previous = rows[0].at if rows else None
    for row in rows:
        passed = row.at - previous if previous else timedelta(0)
        waited = f"{passed.total_seconds():.1f} s" + (" ⏳" if passed >= GAP else "")
        details = ", ".join(f"{k}={v}" for k, v in row.detail.items())
        by = f"{row.actor_kind} {row.actor_role}".strip()
        table.add_row(f"{row.at.astimezone(COPENHAGEN):%H:%M:%S.%f}"[:-3], waited, row.kind, by, details)
        previous = row.at
    say(table)


def _resolved(gateway: Gateway, text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return gateway.store.find_by_short_id(SystemScope(), text.upper())
