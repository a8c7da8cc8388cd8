"""*Hændelse*: whom a fault touched; the number first, the list once a colleague has granted it (AD18)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from pydantic import StringConstraints

from gateway.connecting import second_person
from gateway.domain.errors import InvalidField
from gateway.domain.oversight import Approval, ConsoleRole, Decision, RiskyAct
from gateway.matters import incidents
from gateway.matters.incidents import Span
from gateway.web.acts import Fault, messages
from gateway.web.console.acts import Deed, Reasoned, audit_row, mount, shown_again, signed
from gateway.web.console.hours import HoursForm
from gateway.web.guards import current_gateway, current_session, my_oversight, my_tenant, open_to
from gateway.web.rendering import page

blueprint = Blueprint("console_incident", __name__)
ADDRESS = "/konsol/haendelse"
REVIEWERS = (ConsoleRole.LOG_REVIEW,)
Name = Annotated[str, StringConstraints(max_length=200)]


class Spanned(HoursForm):
    """``connection``: its name, "" for all."""

    connection: Name = ""

    def span(self) -> Span:
        _require_known(self.connection)
        return Span.within(self.connection, self.hours())


class Wanted(Reasoned):
    """``detail``: the span, as the page that counted keeps it."""

    connection: Name = ""
    detail: Annotated[str, StringConstraints(max_length=80)] = ""


@blueprint.get(ADDRESS)
@open_to("console", *REVIEWERS)
def asked() -> ResponseReturnValue:
    return _shown()


def _shown(
    errors: dict[str, str] | None = None, typed: dict[str, str] | None = None, **more: Any
) -> ResponseReturnValue:
    return page(
        "console/review/incident.html",
        422 if errors else 200,
        choices=_choices(),
        granted=_mine(lambda each, _now: each.decision is Decision.GRANTED),
        pending=_mine(lambda each, now: each.is_open(now)),
        errors=errors or {},
        typed=typed or {},
        **more,
    )


def _choices() -> list[tuple[str, str]]:
    return [(line.name, line.label) for line in current_gateway().overview.lines(my_oversight())]


def _require_known(connection: str) -> None:
    """One of hers, or all ("")."""
    if connection and connection not in dict(_choices()):
        raise InvalidField("connection", "unknown")


def _mine(holds: Callable[[Approval, datetime], bool]) -> list[tuple[Approval, Span]]:
    """Requests of whoever looks, of the last day, for which it holds."""
    gateway, wanted = current_gateway(), (RiskyAct.LIST_AFFECTED, current_session().person)
    now = gateway.clock.now()
    mine = [each for each in gateway.approvals.listed(my_tenant()) if (each.act, each.asked_by) == wanted]
    return [(each, Span.of(each.subject, each.detail)) for each in mine if now < each.expires_at and holds(each, now)]


def _count(form: Spanned) -> ResponseReturnValue:
    gateway, span = current_gateway(), form.span()
    gateway.store.record_audit(audit_row("read", "incident count"))
    affected = incidents.count(gateway, my_tenant(), span)
    report = incidents.report(affected, current_session().grant.organisation)
    return _shown(typed=form.model_dump(), affected=affected, report=report)


def _ask(form: Wanted) -> ResponseReturnValue:
    _require_known(form.connection)
    try:
        Span.of(form.connection, form.detail)
    except ValueError:
        raise InvalidField("reason", "say-why") from None
    me = current_session()
    wanted = second_person.Wanted(RiskyAct.LIST_AFFECTED, form.connection, form.detail, form.why(), me.tenant)
    second_person.ask(signed("incident ask", form.reason), wanted, me.person, me.grant.name)
    return redirect(url_for("console_incident.asked"), 303)


@blueprint.get(f"{ADDRESS}/<uuid:id>")
@open_to("console", *REVIEWERS)
def one(id: UUID) -> ResponseReturnValue:
    """For whoever asked, within a day of it."""
    gateway, tenant = current_gateway(), my_tenant()
    act, me = RiskyAct.LIST_AFFECTED, current_session().person
    granted = second_person.require_granted(gateway, tenant, id, act, me)
    span = Span.of(granted.subject, granted.detail)
    row = audit_row("read", "incident list", basis=f"incident {granted.reason}")
    lines = incidents.listed(gateway, tenant, span, row)
    return page("console/review/affected.html", lines=lines, span=span, granted=granted, most=incidents.MOST)


def _again(typed: dict[str, str], faults: Sequence[Fault]) -> ResponseReturnValue:
    return _shown(messages(faults), shown_again(typed))


mount(
    blueprint,
    Deed("count-affected", Spanned, _count, f"{ADDRESS}/tael", REVIEWERS, "incident count", again=_again),
    Deed("ask-affected", Wanted, _ask, f"{ADDRESS}/bed", REVIEWERS, "incident ask", again=_again),
)
