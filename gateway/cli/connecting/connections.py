"""``laegebro connections …``: who is connected, applied from TOML as versioned rows (D15)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.table import Table

from gateway.cli.applying import Applier
from gateway.cli.document import ConnectionTable, read, tenant_id
from gateway.cli.opening import Reason, acting, reading, who
from gateway.cli.organising.auditor import AnyOrganisation, seen_by
from gateway.cli.printing import say
from gateway.cli.trial_words import told_in_words
from gateway.connecting import describing, drafting, rotating, second_person
from gateway.connecting.drafting import Unsound
from gateway.connecting.rotating import Replacing
from gateway.connecting.second_person import Wanted
from gateway.connecting.trying import passed
from gateway.domain.errors import ConfigFault
from gateway.domain.oversight import RiskyAct
from gateway.domain.peers.owed import Choice
from gateway.matters.setup_file import as_toml
from gateway.store.peers.connections import Stanza
from gateway.store.peers.drafts import Draft
from gateway.wiring import Gateway

T = TypeVar("T")
app = typer.Typer(no_args_is_help=True)


@app.command()
def apply(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    why: str = "applied from file",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say what would change, and change nothing")] = False,
) -> None:
    """Write organisations, connections and practices: the whole file or nothing of it.

    Unknown keys, owners nobody declared and settings an adapter does not know are refused before anything is written.
    The same file twice makes no new revision.
    """
    document = read(file)
    for line in Applier(acting(context, why), who(context), why).apply(document, keep=not dry_run):
        say(line, highlight=False)
    if dry_run:
        say("Nothing was changed.", highlight=False)


@app.command()
def export(
    organisation: Annotated[str, typer.Option(help="CVR; left out: the operator's shared connections")] = "",
) -> None:
    """The set-up in force as TOML for another environment, without secrets."""
    typer.echo(as_toml(reading(), tenant_id(organisation) if organisation else None), nl=False)


@app.command("list")
def listed(organisation: AnyOrganisation = "") -> None:
    """How each fares, the worst first: nobody is in it."""
    gateway = reading()
    table = Table("name", "kind", "state", "why", "waits", "asks", "last success", box=None)
    for line in gateway.overview.lines(seen_by(gateway, organisation)):
        last = f"{line.health.last_success_at:%Y-%m-%d %H:%M} UTC" if line.health.last_success_at else "never"
        counts = (str(line.owed.waiting), str(line.owed.asks))
        table.add_row(line.name, line.kind, line.condition, line.note or line.reason, *counts, last)
    say(table)


@app.command()
def history(name: str) -> None:
    """Every revision of a connection, the newest first."""
    for revision in reading().connections.history(name):
        say(f"{revision.number:>4} {revision.state} {revision.at:%Y-%m-%d %H:%M} {revision.by} {revision.why}")


@app.command()
def pause(context: typer.Context, name: str, why: str) -> None:
    """Planned standstill: deliveries stay due; WHY is what the nurses read."""
    gateway = acting(context, why)
    gateway.connections.pause(name, who(context), why, gateway.clock.now())


@app.command()
def resume(context: typer.Context, name: str, why: str = "resumed") -> None:
    """Take a paused connection into use again."""
    gateway = acting(context, why)
    gateway.connections.resume(name, who(context), why, gateway.clock.now())


@app.command()
def rollback(
    context: typer.Context,
    name: str,
    to: Annotated[int | None, typer.Option(help="the revision; else the one that was in force before")] = None,
    reason: Reason = "",
) -> None:
    """Back to settings that were in force before, as a new revision."""
    gateway = acting(context, reason)
    number = gateway.connections.rollback(name, who(context), reason, gateway.clock.now(), to)
    say(f"{name}: revision {number}")


@app.command()
def retire(context: typer.Context, name: str, reason: Reason = "") -> None:
    """Out of use for good; the history stays. Refused while something waits for it."""
    gateway = acting(context, reason)
    if gateway.owed.rows(Choice(connection=name), 1):
        raise ConfigFault(f"{name}: something waits for it and would never be sent")
    gateway.connections.retire(name, who(context), reason, gateway.clock.now())


@app.command()
def draft(
    context: typer.Context,
    name: str,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    reason: Reason = "",
) -> None:
    """Make FILE's stanza of that NAME the connection's draft: nothing comes into force."""
    table = next((each for each in read(file).connection if each.name == name), None)
    if table is None:
        raise ConfigFault(f"{file.name}: no [[connection]] is named {name}")
    say(f"{name}: draft {_draft(acting(context, reason), table, who(context))}")


def _draft(gateway: Gateway, table: ConnectionTable, by: str) -> int:
    now, history = gateway.clock.now(), gateway.connections.history(table.name)
    if history:
        return gateway.drafts.save(table.name, history[0].number, table.config, by, now)
    stanza = Stanza(table.name, table.kind, table.adapter, table.owner, table.config, synthetic=table.synthetic)
    return gateway.drafts.begin(stanza, by, now)


@app.command()
def held(name: str) -> None:
    """Keys, certificates and secrets of a connection: since when, until when, and by which name each is withdrawn."""
    for each in rotating.held(reading(), name):
        until = f", ends {each.ends}" if each.ends else ""
        since = f"revision {each.since.number}, {each.since.at:%Y-%m-%d}"
        say(f"{each.field.path}: {each.kind} (since {since}){until}", highlight=False)
        for part in each.parts:
            times = f" {part.holder}, {part.starts} to {part.ends}" if part.ends else ""
            say(f"  {part.name}{times}", highlight=False)


@app.command()
def replace(
    context: typer.Context,
    name: str,
    new: Annotated[list[str] | None, typer.Option(help="SETTING=VALUE; a key set: SETTING=@FILE")] = None,
    withdraw: Annotated[list[str] | None, typer.Option(help="SETTING=NAME, as held shows it")] = None,
    ends: Annotated[list[str] | None, typer.Option(help="SETTING=2027-05-31, where the peer has said it")] = None,
    reason: Reason = "",
) -> None:
    """Put new keys, certificates or secrets into the draft, the peer's beside its old ones; next: try, activate."""
    gateway, gone = acting(context, reason), dict[str, list[str]]()
    for path, part in _pairs(withdraw):
        gone.setdefault(path, []).append(part)
    typed = {path: Path(value[1:]).read_text("utf-8") if value[:1] == "@" else value for path, value in _pairs(new)}
    replacing = Replacing(typed, gone, dict(_pairs(ends)))
    read = rotating.basis(gateway, name).revision.number
    number = _sound(lambda: rotating.replace(gateway, name, read, replacing, who(context)))
    say(f"{name}: draft {number}; next: laegebro connections try {name}", highlight=False)


def _pairs(given: list[str] | None) -> list[tuple[str, str]]:
    pairs = [each.partition("=") for each in given or ()]
    if not all(sign for _path, sign, _value in pairs):
        raise ConfigFault("write SETTING=VALUE")
    return [(path, value) for path, _sign, value in pairs]


@app.command("diff")
def difference(name: str) -> None:
    """What the draft would change, line by line; a secret only as changed."""
    waiting = drafting.require(reading(), name)
    say(f"draft {waiting.revision.number} ({waiting.revision.state}) by {waiting.revision.by}")
    for change in describing.changes(waiting.in_force, waiting.revision) if waiting.in_force else ():
        say(f"  {change.name}: " + ("changed" if change.is_secret else f"{change.before} -> {change.after}"))


@app.command("try")
def try_(context: typer.Context, name: str, reason: Reason = "") -> None:
    """Try the draft step by step; one whose every step is well may come into force."""
    gateway = acting(context, reason)
    waiting = drafting.require(gateway, name)
    steps = _sound(lambda: drafting.try_draft(gateway, waiting, who(context)))
    for step in steps:
        mark, took = "!" if step.warns else "✗" if step.told else "✓", f"{step.milliseconds} ms"
        say(" ".join(filter(None, (mark, step.step, step.place, took, told_in_words(step.told)))))
    raise typer.Exit(0 if passed(steps) else 1)


@app.command()
def activate(
    context: typer.Context,
    name: str,
    reason: Reason = "",
    alone: Annotated[bool, typer.Option("--alone", help="an emergency: nobody else is asked")] = False,
) -> None:
    """Put the draft into force: at once where it is invented, else when a second person grants it."""
    gateway, by = acting(context, reason), who(context)
    waiting = drafting.require(gateway, name)
    say(_sound(lambda: _activated(gateway, waiting, by, reason, alone)))


def _activated(gateway: Gateway, waiting: Draft, by: str, reason: str, alone: bool) -> str:
    number = waiting.revision.number
    if not drafting.needs_second_person(waiting):
        return f"{waiting.name}: revision {drafting.activate(gateway, waiting.name, number, by, reason)}"
    wanted = Wanted(RiskyAct.ACTIVATE, waiting.name, str(number), reason, waiting.owner)
    if alone:
        second_person.alone(gateway, wanted, by, by)
        return f"{waiting.name}: in force; nobody else was asked"
    asked = second_person.ask(gateway, wanted, by, by)
    return f"{waiting.name}: waits for a second person: laegebro approvals grant {asked.id}"


@app.command()
def drop(context: typer.Context, name: str, reason: Reason = "") -> None:
    """Leave the draft; what is in force stays so."""
    gateway = acting(context, reason)
    waiting = drafting.require(gateway, name)
    gateway.drafts.drop(name, waiting.revision.number, who(context), gateway.clock.now())


def _sound(step: Callable[[], T]) -> T:
    """What the step gives; the draft's faults as those of a file."""
    try:
        return step()
    except Unsound as unsound:
        raise ConfigFault(*(f"{each.path}: {each.words or each.code}" for each in unsound.faults)) from None
