"""The console's rows of the table of acts, and the administrator's hand in which their services write.

An act of the console is the act of a command: the same service, and the same words in the audit trail
(``laegebro connections pause NAME`` and its button write one kind of row, told apart by the channel).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from flask import Blueprint
from flask.typing import ResponseReturnValue
from pydantic import StringConstraints

from gateway.domain.errors import InvalidField
from gateway.domain.identifiers import contains_citizen_number
from gateway.domain.oversight import ConsoleRole
from gateway.domain.records import AuditRow, Signature
from gateway.store.watch.finding import SqlFinder
from gateway.web import acts, guards
from gateway.web.acts import Act, Again
from gateway.web.forms import Form
from gateway.web.guards import current_gateway, current_session
from gateway.wiring import Gateway

CHANNEL = "console"
LONGEST = 500


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


class Reasoned(Form):
    """An act that says why; the audit trail keeps it, so it names no citizen."""

    reason: Annotated[str, StringConstraints(max_length=LONGEST)] = ""
    needed: ClassVar[tuple[str, ...]] = ("reason",)

    def why(self) -> str:
        """``InvalidField`` where nothing is said, or where it holds a citizen's number."""
        if not self.reason:
            raise InvalidField("reason", "say-why")
        if contains_citizen_number(self.reason):
            raise InvalidField("reason", "no-number-here")
        return self.reason


def finder() -> SqlFinder:
    """Finds consultations by what somebody has in hand."""
    gateway = current_gateway()
    return SqlFinder(gateway.engine, gateway.vault)


def shown_again(typed: Mapping[str, str]) -> dict[str, str]:
    """What was typed in a faulty form, without whatever looks like a citizen's number."""
    return {name: value for name, value in typed.items() if not contains_citizen_number(value)}


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


def audit_row(verb: str, what: str, **more: Any) -> AuditRow:
    """What this administrator does that changes no row of its own."""
    session, now = current_session(), current_gateway().clock.now()
    who = guards.me()
    return AuditRow(now, who, session.grant.organisation, verb, what, channel=CHANNEL, tenant=session.tenant, **more)
