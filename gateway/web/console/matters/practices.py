"""*Klinikker*: which practices the citizens have, who is connected, and a letter to those who are not (AD17)."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from gateway.domain.identifiers import Ydernummer
from gateway.domain.oversight import ConsoleRole
from gateway.domain.practice import danish_day
from gateway.domain.uptake.course import is_few
from gateway.matters import practices
from gateway.web.guards import current_gateway, my_tenant, open_to
from gateway.web.rendering import page
from gateway.web.words.clinic import reject_reasons

blueprint = Blueprint("console_practices", __name__)
ADDRESS = "/konsol/klinikker"
READERS = (ConsoleRole.INTEGRATION, ConsoleRole.SUPPORT, ConsoleRole.SETUP)


@blueprint.get(ADDRESS)
@open_to("console", *READERS)
def listed() -> ResponseReturnValue:
    unconnected = request.args.get("vis") == "ikke-tilsluttet"
    return page(
        "console/matters/practices.html",
        lines=practices.lines(current_gateway(), my_tenant(), unconnected=unconnected),
        unconnected=unconnected,
        reasons=reject_reasons(),
        is_few=is_few,
    )


@blueprint.get(f"{ADDRESS}/<number>/invitation")
@open_to("console", *READERS)
def invite(number: str) -> ResponseReturnValue:
    gateway, tenant = current_gateway(), current_gateway().tenant(my_tenant())
    line = practices.line_of(gateway, tenant.id, Ydernummer.parse(number))
    return page(
        "console/matters/invitation.html",
        line=line,
        paragraphs=practices.invitation(line, tenant),
        organisation=tenant.name,
        today=danish_day(gateway.clock.now()),
    )
