"""``laegebro alarms``: what is wrong now and whose matter it is, and whether alarms reach anybody."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table

from gateway.alarms.places import NotTold, Places
from gateway.alarms.words import document, subject_line
from gateway.cli.opening import acting, reading
from gateway.cli.printing import say
from gateway.domain.alarm import Alarm, AlarmKind, Condition
from gateway.domain.practice import COPENHAGEN

app = typer.Typer(invoke_without_command=True)


@app.callback()
def alarms(
    context: typer.Context,
    past: Annotated[bool, typer.Option("--past", help="also those that are over, the newest first")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document instead of a table")] = False,
) -> None:
    """Alarms that are on, the oldest first."""
    if context.invoked_subcommand is not None:
        return
    book = reading().alarms
    found = book.recent() if past else book.active()
    if as_json:
        typer.echo(json.dumps([document(alarm, alarm.edge) for alarm in found], ensure_ascii=False, indent=1))
    elif found:
        say(_table(found))
    else:
        say("No alarms.")


@app.command()
def test() -> None:
    """Send a trial alarm to every place of operations, now; ends with 1 where one was not reached."""
    gateway = reading()
    places = Places(gateway.settings)
    now = gateway.clock.now()
    trial = Alarm(gateway.ids.new(), Condition(AlarmKind.SILENT, "laegebro alarms test", None), now, now)
    targets = places.targets(())[None]
    faults = [_told(places, target, trial) for target in targets]
    if not targets:
        say("No place is set: alarm_mail_to or alarm_webhooks.")
    if any(faults) or not targets:
        raise typer.Exit(1)


@app.command("retire-process")
def retire_process(context: typer.Context, process: str, reason: Annotated[str, typer.Option()] = "") -> None:
    """A process of that name is not run any more: its silence is no alarm."""
    acting(context, reason).alarms.retire(process)
    say(f"{process}: not expected any more.", highlight=False)


def _told(places: Places, target: str, trial: Alarm) -> bool:
    """Whether it failed."""
    try:
        places.tell(target, trial, trial.edge)
    except NotTold as untold:
        say(f"{target}: not told ({untold.code})", highlight=False)
        return True
    say(f"{target}: told", highlight=False)
    return False


def _table(found: Sequence[Alarm]) -> Table:
    table = Table("alarm", "owner", "since", "over", box=None)
    for alarm in found:
        owner, over = str(alarm.condition.owner), _local(alarm.ended_at) if alarm.ended_at else ""
        table.add_row(subject_line(alarm, alarm.edge), owner, _local(alarm.started_at), over)
    return table


def _local(at: datetime) -> str:
    return f"{at.astimezone(COPENHAGEN):%Y-%m-%d %H:%M}"
