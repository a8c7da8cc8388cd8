"""How a command gets at the gateway: to read only, or to act in somebody's name. There is no third way."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.domain.errors import ConfigFault
from gateway.domain.identifiers import contains_citizen_number
from gateway.domain.people import Actor, ActorKind
from gateway.domain.records import AuditRow, Signature
from gateway.settings import load
from gateway.wiring import Gateway

Reason = Annotated[str, typer.Option(help="why, for the audit trail; nothing about a citizen")]
InTheNameOf = Annotated[str, typer.Option("--as", help="who acts, where that is not the account it runs under")]


def reading() -> Gateway:
    """For commands that change nothing; whatever they tried to write would be refused."""
    return Gateway(load()).to_read()


def acting(command: typer.Context, reason: str = "", *, as_owner: bool = False) -> Gateway:
    """For commands that change something: each transaction that does also holds its row of the audit trail.
    ``as_owner``: for what changes the schema, as the role that owns the tables. ``ConfigFault`` for a reason that holds
    a citizen's number: the trail keeps it for years."""
    if contains_citizen_number(reason):
        raise ConfigFault("the reason holds what looks like a CPR number; it does not belong there")
    settings = load()
    if as_owner and settings.owner_database_url:
        settings = settings.model_copy(update={"database_url": settings.owner_database_url})
    return Gateway(settings).signed(signature(command, reason))


def require_loadable(file: Path) -> None:
    """``ConfigFault`` where a process could not start with that file of settings."""
    load(file, {})


def signature(command: typer.Context, reason: str = "") -> Signature:
    """The command that runs now, by whom ``--as`` names or else by the account it runs under."""
    account = getpass.getuser()
    named = str(command.find_root().params.get("in_the_name_of") or "")
    act = " ".join(command.command_path.split()[1:])
    return Signature(named or account, act, reason, account)


def who(command: typer.Context) -> str:
    return signature(command).by


def said(reason: str) -> str:
    """``ConfigFault`` where nothing is said."""
    if not reason.strip():
        raise ConfigFault("--reason: say why; it stands in the audit trail")
    return reason


def note_look(command: typer.Context, gateway: Gateway, reason: str, about: str = "", **named: Any) -> None:
    """That it was looked at, in the trail, under the command's name: looking is audited like changing."""
    by = signature(command, reason)
    actor, what = Actor(ActorKind.ADMIN, by.by, role=by.account), f"{by.act} {about}".strip()
    row = AuditRow(gateway.clock.now(), actor, "", "read", what, basis=reason, channel=by.channel, **named)
    gateway.store.record_audit(row)
