"""*Sletning*: whether the texts of a month are gone, with some consultations as proof (AD18)."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from gateway.domain.errors import NotFound
from gateway.domain.oversight import ConsoleRole
from gateway.domain.practice import danish_day
from gateway.domain.uptake.statistics import month_days, months_over
from gateway.web.console.acts import audit_row
from gateway.web.guards import current_gateway, my_tenant, open_to
from gateway.web.rendering import page

blueprint = Blueprint("console_erasure", __name__)


@blueprint.get("/konsol/sletning")
@open_to("console", ConsoleRole.LOG_REVIEW, ConsoleRole.SETUP)
def show() -> ResponseReturnValue:
    gateway, first = current_gateway(), _asked()
    gateway.store.record_audit(audit_row("read", f"review erased {first:%Y-%m}"))
    told = gateway.erased_months.of_month(my_tenant(), month_days(first))
    return page("console/review/erasure.html", first=first, months=_months(), told=told)


def _months() -> list[date]:
    """The newest first; also the one that is running."""
    today = danish_day(current_gateway().clock.now())
    return [today.replace(day=1), *months_over(today)]


def _asked() -> date:
    """The month in the address, else the last that is over."""
    told = {f"{first:%Y-%m}": first for first in _months()}
    asked = request.args.get("maaned") or list(told)[1]
    if asked not in told:
        raise NotFound("month")
    return told[asked]
