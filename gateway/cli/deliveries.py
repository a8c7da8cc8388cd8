"""``laegebro deliveries``: what is owed to other systems and not done, and what a person may do about it."""

from __future__ import annotations

import json
import signal
from dataclasses import asdict
from datetime import UTC, datetime
from threading import Event
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.table import Table

from gateway.cli.causes import OUTCOMES, in_words
from gateway.cli.opening import acting, reading, who
from gateway.cli.printing import say
from gateway.domain.errors import ConfigFault
from gateway.domain.peers.owed import Choice, OwedGroup, OwedRow, Preview, Standing
from gateway.domain.people import Actor, ActorKind
from gateway.domain.practice import COPENHAGEN
from gateway.services.operations import repair
from gateway.wiring import Gateway

app = typer.Typer(invoke_without_command=True)
AsJson = Annotated[bool, typer.Option("--json", help="one JSON document instead of a table")]
Which = Annotated[
    list[str] | None,
    typer.Option("--only", help="connection=NAME, state=stuck, cause=CODE or kind=note; repeated: all must hold"),
]
Why = Annotated[str, typer.Option("--reason", help="why, for the audit trail; nothing about a citizen")]
MOST = 10_000
CHOSEN_BY = ("connection", "state", "cause", "kind")


@app.callback()
def deliveries(context: typer.Context, as_json: AsJson = False) -> None:
    """Undone deliveries by connection and cause: perhaps received first, then stuck, waiting for a sick or paused
    connection, and due. Never a person."""
    if context.invoked_subcommand is None:
        _print_groups(reading(), as_json)


@app.command("list")
def list_rows(only: Which = None, as_json: AsJson = False) -> None:
    """The undone deliveries one by one, the oldest first."""
    rows = reading().owed.rows(_choice(only), MOST)
    if as_json:
        return _print_json([_plain(row) for row in rows])
    table = Table("delivery", "consultation", "what", "connection", "state", "cause", "attempts", "since", box=None)
    for row in rows:
        state_of = str(row.standing or row.status)
        what = f"{row.kind} {row.version}"
        since = _local(row.created_at)
        table.add_row(str(row.id), row.short_id, what, row.connection, state_of, row.cause, str(row.attempts), since)
    say(table)


@app.command()
def show(id: UUID, as_json: AsJson = False) -> None:
    """One delivery: its attempts, and what the peer answered in words."""
    gateway = reading()
    row, attempts = gateway.owed.row(id), gateway.owed.attempts(id)
    if as_json:
        return _print_json({**_plain(row), "says": in_words(row.cause), "attempts": [asdict(a) for a in attempts]})
    say(f"{row.id}  {row.kind} {row.version} of {row.short_id} to {row.connection}", highlight=False)
    say(f"{row.standing or row.status} since {_local(row.created_at)}. {in_words(row.cause)}".strip(), highlight=False)
    table = Table("attempt", "began", "took", "revision", "came to", "answer", box=None)
    for one in attempts:
        took = f"{(one.ended_at - one.started_at).total_seconds():.1f} s" if one.ended_at else ""
        came_to, revision = OUTCOMES.get(one.outcome, one.outcome), str(one.revision or "")
        table.add_row(str(one.number), _local(one.started_at), took, revision, came_to, in_words(one.fault))
    say(table)


@app.command()
def replay(
    context: typer.Context,
    id: UUID,
    not_received: Annotated[bool, typer.Option(help="you have looked: the peer has not got it")] = False,
    reason: Why = "",
) -> None:
    """Send one again: the same row under the same key, so it cannot double. What may have arrived is asked about first;
    where the peer cannot be asked, look there and say ``--not-received``."""
    _require_reason(reason, not_received)
    _tell("replayed", acting(context, reason).repairs.replay(id, not_received=not_received))


@app.command("replay-many")
def replay_many(
    context: typer.Context,
    only: Which = None,
    rate: Annotated[float, typer.Option(min=0.1, max=repair.FASTEST, help="rows a second")] = 5.0,
    yes: Annotated[bool, typer.Option("--yes", help="do it; without it only what would happen is shown")] = False,
    reason: Why = "",
) -> None:
    """Send again what the options choose. First what would happen is shown; ``--yes`` does it, at ``--rate``.

    Ctrl-C (or SIGTERM) stops it, and what nobody has attempted yet is called back."""
    choice = _choice(only)
    if choice.is_empty:
        raise ConfigFault("replay-many: choose by --only connection=NAME, state=stuck, cause=CODE or kind=note")
    gateway = acting(context, reason)
    seen = repair.preview(gateway.owed.rows(choice, MOST))
    say(_foretold(seen, rate), highlight=False)
    if yes:
        _replay(gateway, seen, rate)


@app.command()
def differences(as_json: AsJson = False) -> None:
    """What we believe done and the peer does not show: found once an hour, and settled by itself once it does."""
    found = reading().comparisons.open()
    if as_json:
        return _print_json([asdict(one) for one in found])
    table = Table("delivery", "consultation", "what", "connection", "differs", "found", box=None)
    for one in found:
        table.add_row(str(one.delivery), one.short_id, one.owed, one.connection, one.what, _local(one.found_at))
    say(table if found else "No differences.")


@app.command("settle-difference")
def settle_difference(context: typer.Context, id: UUID, reason: Why) -> None:
    """A person has seen to it at the peer; the reason says how."""
    _require_reason(reason, True)
    acting(context, reason).comparisons.settle(id)
    say(f"{id}: settled.", highlight=False)


@app.command("written-by-hand")
def written_by_hand(context: typer.Context, id: UUID, reason: Why) -> None:
    """Somebody has written it at the peer: by whom and where belongs in the reason. Nothing more is sent."""
    _require_reason(reason, True)
    gateway = acting(context, reason)
    row = gateway.owed.row(id)
    by = Actor(ActorKind.ADMIN, who(context))
    repair.write_by_hand(row, by, store=gateway.store, clock=gateway.clock, repairs=gateway.repairs)
    _tell("written by hand", row)


@app.command("without-pictures")
def without_pictures(context: typer.Context, id: UUID, reason: Why) -> None:
    """The record took the note and not its pictures: those it does not hold are erased, and the note stands without."""
    _require_reason(reason, True)
    gateway = acting(context, reason)
    row, by = gateway.owed.row(id), Actor(ActorKind.ADMIN, who(context))
    repair.leave_pictures_out(row, by, store=gateway.store, clock=gateway.clock, repairs=gateway.repairs)
    _tell("goes without its pictures", row)


@app.command("give-up")
def give_up(context: typer.Context, id: UUID, reason: Why) -> None:
    """Stop trying. A note stays on its workplace's list until somebody has written it by hand."""
    _require_reason(reason, True)
    gateway = acting(context, reason)
    row = gateway.owed.row(id)
    repair.give_up(row, repairs=gateway.repairs)
    _tell("given up", row)


def _replay(gateway: Gateway, seen: Preview, rate: float) -> None:
    stop = Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    done = repair.replay_many(seen.replayed, rate, stop, gateway.repairs)
    counts = (len(done.replayed), len(done.recalled), len(done.passed_over), len(done.left))
    say("{} replayed, {} called back, {} passed over, {} not reached.".format(*counts), highlight=False)
    if stop.is_set():
        raise typer.Exit(4)


def _foretold(seen: Preview, rate: float) -> str:
    many = len(seen.received) + len(seen.replayed)
    told = f"{len(seen.received)} are acknowledged (left alone), {len(seen.asked_first)} may have arrived (asked first)"
    return f"{many}: {told}, {len(seen.sent)} are sent; {rate:g} a second, about {len(seen.replayed) / rate:.0f} s."


def _print_groups(gateway: Gateway, as_json: bool) -> None:
    groups = gateway.owed.groups()
    if as_json:
        return _print_json([{**asdict(group), "says": in_words(group.cause)} for group in groups])
    if not groups:
        return say("Nothing is owed.")
    table = Table("state", "connection", "cause", "count", "oldest", "next attempt", "what it means", box=None)
    for group in groups:
        table.add_row(*_cells(group))
    say(table)


def _cells(group: OwedGroup) -> tuple[str, ...]:
    due = "" if group.standing is Standing.STUCK else _local(group.next_attempt)
    words = in_words(group.cause)
    return str(group.standing), group.connection, group.cause, str(group.count), _local(group.oldest), due, words


def _choice(only: list[str] | None) -> Choice:
    """``connection=NAME`` and so on; what is none of them is named."""
    said: dict[str, str] = dict([word.partition("=")[::2] for word in only or ()])
    strange = sorted(name for name, value in said.items() if name not in CHOSEN_BY or not value)
    if strange:
        raise ConfigFault(f"--only: {', '.join(strange)}: write one of {', '.join(CHOSEN_BY)}, then = and its value")
    state = said.get("state", "")
    if state and state not in list(Standing):
        raise ConfigFault(f"--only state: must be one of {', '.join(Standing)}")
    standing = Standing(state) if state else None
    return Choice(said.get("connection", ""), standing, said.get("cause", ""), said.get("kind", ""))


def _require_reason(reason: str, needed: bool) -> None:
    if needed and not reason.strip():
        raise ConfigFault("--reason: say why; it stands in the audit trail")


def _tell(what: str, row: OwedRow) -> None:
    say(f"{row.id}: {what} (was {row.standing or row.status}{f', {row.cause}' if row.cause else ''})", highlight=False)


def _plain(row: OwedRow) -> dict[str, Any]:
    return {name: value for name, value in asdict(row).items() if name not in ("tenant", "subject")}


def _print_json(document: Any) -> None:
    typer.echo(json.dumps(document, default=_as_json, ensure_ascii=False, indent=1))


def _as_json(value: object) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


def _local(at: datetime) -> str:
    return f"{at.astimezone(COPENHAGEN):%Y-%m-%d %H:%M:%S}"
