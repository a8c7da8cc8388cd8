"""How a command gets at the gateway: to read only, or to act in somebody's name. There is no third way."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

from gateway.domain.records import Signature
from gateway.settings import load
from gateway.wiring import Gateway

Reason = Annotated[str, typer.Option(help="why, for the audit trail; nothing about a citizen")]
InTheNameOf = Annotated[str, typer.Option("--as", help="who acts, where that is not the account it runs under")]


def reading() -> Gateway:
    """For commands that change nothing; whatever they tried to write would be refused."""
    return Gateway(load()).to_read()


def acting(command: typer.Context, reason: str = "") -> Gateway:
    """For commands that change something: each transaction that does also holds its row of the audit trail."""
    return Gateway(load()).signed(signature(command, reason))


def signature(command: typer.Context, reason: str = "") -> Signature:
    """The command that runs now, by whom ``--as`` names or else by the account it runs under."""
    account = getpass.getuser()
    named = str(command.find_root().params.get("in_the_name_of") or "")
    act = " ".join(command.command_path.split()[1:])
    return Signature(named or account, act, reason, account)


def who(command: typer.Context) -> str:
    return signature(command).by
