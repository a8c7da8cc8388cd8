"""The console's rows of the table of acts, and the administrator's hand in which their services write.

An act of the console is the act of a command: the same service, and the same words in the audit trail
(``laegebro connections pause NAME`` and its button write one kind of row, told apart by the channel).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue

from gateway.domain.oversight import ConsoleRole
from gateway.domain.records import Signature
from gateway.web import acts
from gateway.web.acts import Act, Again
from gateway.web.forms import Form
from gateway.web.guards import current_gateway, current_session
from gateway.wiring import Gateway

CHANNEL = "console"


@dataclass(frozen=True)
class Deed:
    """One row: ``service`` gets the form and the address's values. ``audit`` is the command's own name, under which
    its row stands; empty where nothing is changed but the session."""

    verb: str
    form: type[Form]
    service: Callable[..., Any]
    page: str
    roles: tuple[ConsoleRole, ...]
    audit: str = ""
    then: Callable[..., ResponseReturnValue] | None = None
    again: Again | None = None


def mount(blueprint: Blueprint, *deeds: Deed) -> None:
    acts.mount(blueprint, [_act(deed) for deed in deeds])


def _act(deed: Deed) -> Act:
    return Act(
        deed.verb,
        "console",
        deed.form,
        deed.audit,
        deed.service,
        page=deed.page,
        then=deed.then,
        again=deed.again,
        roles=deed.roles,
    )


def signed(act: str, reason: str) -> Gateway:
    """The gateway in the hand of whoever is logged in: each transaction that changes something holds its audit row."""
    session = current_session()
    roles = ", ".join(session.grant.console)
    signature = Signature(session.person, act, reason, roles, CHANNEL, session.grant.name, session.grant.organisation)
    return current_gateway().signed(signature)
