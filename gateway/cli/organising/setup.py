"""``laegebro setup``: an organisation's set-up on a day, its revisions, a draft put in force; as *Opsætning* does."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.table import Table

from gateway.cli.matters import Organisation, organisation_of
from gateway.cli.opening import Reason, acting, reading, who
from gateway.cli.printing import say
from gateway.connecting import second_person
from gateway.domain.errors import ConcurrentChange, ConfigFault, InvalidField
from gateway.domain.oversight import RiskyAct
from gateway.domain.setup.revision import SetupRevision, changes
from gateway.matters.setup import deciding, form
from gateway.matters.setup.deciding import Decision, UnsoundSetup
from gateway.wiring import Gateway

app = typer.Typer(no_args_is_help=True)
Day = Annotated[str, typer.Option(help="as 2026-04-04; left out: today")]


@app.command()
def show(organisation: Organisation, on: Day = "") -> None:
    """What was valid on a day: each key, who wrote it and approved it, and why."""
    gateway = reading()
    now = deciding.standing(gateway, organisation_of(gateway, organisation).id)
    day = _day(on) or now.today
    found = now.on(day)
    if found is None and day != now.today:
        raise ConfigFault("--on: no revision is kept from before that day")
    if found is not None:
        say(
            f"no. {found.number}, valid from {found.valid_from}, by {found.by or 'a file'}: {found.why}",
            highlight=False,
        )
    for name, text in form.shown(found.settings if found else now.valid).items():
        if text:
            say(f"{name}: {text}", highlight=False)


@app.command()
def history(organisation: Organisation) -> None:
    """Every revision, the newest first, and what a draft would change."""
    gateway = reading()
    now = deciding.standing(gateway, organisation_of(gateway, organisation).id)
    table = Table("no.", "state", "valid from", "written", "by", "why", box=None)
    for each in now.history:
        since = str(each.valid_from or "")
        table.add_row(str(each.number), each.state, since, f"{each.at:%Y-%m-%d %H:%M} UTC", each.by, each.why)
    say(table)
    for change in changes(now.valid, now.draft.settings) if now.draft else ():
        say(f"draft: {change.name}: {change.before or '–'} → {change.after or '–'}", highlight=False)


@app.command()
def draft(
    context: typer.Context,
    organisation: Organisation,
    file: Annotated[Path | None, typer.Option(help="TOML with keys of [tenant.settings]: these and no others")] = None,
    back_to: Annotated[int, typer.Option(help="number of a revision to go back to")] = 0,
    reason: Reason = "",
) -> None:
    """A draft: what is valid now, an earlier revision, or what a file says. Faults are kept with it and told."""
    gateway = acting(context, reason)
    tenant = organisation_of(gateway, organisation).id
    number = deciding.begin(gateway, tenant, back_to, who(context))
    if file is not None:
        try:
            number = deciding.save(gateway, tenant, number, _settings(file), who(context))
        except UnsoundSetup as unsound:
            raise ConfigFault(*map(_line, unsound.faults)) from None
    found = deciding.standing(gateway, tenant).draft
    say(f"no. {number}: draft")
    for fault in deciding.faults(gateway, tenant, found.settings) if found else ():
        say(_line(fault), highlight=False)


@app.command()
def activate(
    context: typer.Context,
    number: int,
    organisation: Organisation,
    valid_from: Annotated[str, typer.Option("--from", help="day as 2026-12-01; left out: today")] = "",
    alone: Annotated[bool, typer.Option("--alone", help="an emergency: nobody else is asked")] = False,
    reason: Reason = "",
) -> None:
    """Put the draft in force from a day. Where something is kept for another time, a second person grants it
    (``laegebro approvals``)."""
    if not reason.strip():
        raise ConfigFault("--reason: say why; it stands in the history and in the audit trail")
    gateway = acting(context, reason)
    tenant = organisation_of(gateway, organisation).id
    today = deciding.standing(gateway, tenant).today
    try:
        day = deciding.require_day(_day(valid_from) or today, today)
        found = deciding.require_sound_draft(gateway, tenant, number)
        _put_in_force(gateway, tenant, found, Decision(day, reason), (who(context), alone))
    except UnsoundSetup as unsound:
        raise ConfigFault(*map(_line, unsound.faults)) from None
    except InvalidField as fault:
        raise ConfigFault(f"{fault.field}: {fault.reason}") from None


def _put_in_force(
    gateway: Gateway, tenant: UUID, found: SetupRevision, decision: Decision, by: tuple[str, bool]
) -> None:
    name, alone = by
    if not deciding.needs_second_person(gateway, tenant, found):
        say(f"no. {deciding.activate(gateway, tenant, found.number, decision, name)}: from {decision.valid_from}")
        return
    detail = f"{found.number} {decision.valid_from}"
    wanted = second_person.Wanted(RiskyAct.RETENTION, str(tenant), detail, decision.why, tenant)
    asked = (second_person.alone if alone else second_person.ask)(gateway, wanted, name, name)
    say(f"{'done alone' if alone else 'waits for a second person'}: {asked.id}", highlight=False)


@app.command()
def drop(context: typer.Context, number: int, organisation: Organisation, reason: Reason = "") -> None:
    """Throw the draft away; what is valid stays so."""
    gateway = acting(context, reason)
    tenant = organisation_of(gateway, organisation).id
    try:
        gateway.setups.drop(tenant, number, who(context), gateway.clock.now())
    except ConcurrentChange:
        raise ConfigFault("NUMBER: the draft is another by now") from None
    say("dropped")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise ConfigFault("write a day as 2026-04-04") from None


def _settings(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise ConfigFault("--file: cannot be read, or is no TOML") from None


def _line(fault: tuple[str, str, str]) -> str:
    field, code, words = fault
    return f"{field}: {words or code}"
