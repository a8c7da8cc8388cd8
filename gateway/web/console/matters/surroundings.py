"""*Miljø*: which version runs here, what it is doing, when a restore was last tried, and what is new (AD22, AD23)."""

from __future__ import annotations

from flask import Blueprint, make_response
from flask.typing import ResponseReturnValue

from gateway.domain.oversight import HISTORY_READERS
from gateway.matters.setup_file import as_toml
from gateway.matters.surroundings import surroundings
from gateway.web.build import build
from gateway.web.console.acts import audit_row
from gateway.web.console.connection import CHANGERS
from gateway.web.guards import current_gateway, current_session, my_oversight, open_to
from gateway.web.rendering import page

blueprint = Blueprint("console_surroundings", __name__)


@blueprint.get("/konsol/miljoe")
@open_to("console", *HISTORY_READERS)
def show() -> ResponseReturnValue:
    here = surroundings(current_gateway())
    may_export = bool(set(CHANGERS) & set(current_session().grant.console))
    return page("console/matters/surroundings.html", here=here, pages=build(), may_export=may_export)


@blueprint.get("/konsol/miljoe/opsaetning.toml")
@open_to("console", *CHANGERS)
def export() -> ResponseReturnValue:
    gateway = current_gateway()
    gateway.store.record_audit(audit_row("read", "connections export"))
    answer = make_response(as_toml(gateway, my_oversight().tenant))
    answer.headers["Content-Type"] = "application/toml"
    answer.headers["Content-Disposition"] = 'attachment; filename="opsaetning.toml"'
    return answer
