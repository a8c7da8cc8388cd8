"""*Log og tilsyn*: a citizen's own list of who has seen what, and whether texts are erased in time (AD18)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

from flask import Blueprint, make_response
from flask.typing import ResponseReturnValue
from pydantic import StringConstraints

from gateway.domain.errors import InvalidField
from gateway.domain.identifiers import contains_citizen_number, parse_citizen_id
from gateway.domain.oversight import ConsoleRole, Purpose
from gateway.evidence.access_list import AccessList
from gateway.store.consultation.audit import SqlAuditTrail
from gateway.store.watch.figures import erasure_standing
from gateway.web.acts import Fault, messages
from gateway.web.console.acts import Deed, audit_row, mount, shown_again
from gateway.web.forms import Form
from gateway.web.guards import current_gateway, current_session, my_oversight, open_to
from gateway.web.rendering import page

blueprint = Blueprint("console_access_list", __name__)
REVIEWERS = (ConsoleRole.LOG_REVIEW,)
_PDF = "pdf"


class Insight(Form):
    """``form``: ``pdf`` for a file, else the list is shown."""

    cpr: Annotated[str, StringConstraints(max_length=40)] = ""
    case: Annotated[str, StringConstraints(max_length=60)] = ""
    form: str = ""
    needed: ClassVar = ("cpr", "case")


@blueprint.get("/konsol/tilsyn")
@open_to("console", *REVIEWERS)
def show() -> ResponseReturnValue:
    return _shown()


def _shown(
    told: AccessList | None = None, errors: dict[str, str] | None = None, typed: dict[str, str] | None = None
) -> ResponseReturnValue:
    return page(
        "console/review/access_list.html",
        422 if errors else 200,
        told=told,
        erasure=erasure_standing(current_gateway().engine, my_oversight()),
        errors=errors or {},
        typed=typed or {},
    )


def _insight(form: Insight) -> ResponseReturnValue:
    """That the list was made is itself a row about the citizen, and stands in it."""
    if not form.case or contains_citizen_number(form.case):
        raise InvalidField("case", "case-number")
    citizen, gateway, tenant = parse_citizen_id(form.cpr, path="cpr"), current_gateway(), my_oversight().tenant
    basis = f"{Purpose.ACCESS} {form.case}"
    gateway.store.record_audit(audit_row("read", "audit export", citizen=citizen, basis=basis))
    rows = SqlAuditTrail(gateway.engine, gateway.vault).of_citizen(citizen, tenant)
    told = AccessList(rows, citizen.masked, current_session().grant.organisation, gateway.clock.now())
    return _file(told) if form.form == _PDF else _shown(told, typed={"case": form.case})


def _file(told: AccessList) -> ResponseReturnValue:
    from gateway.evidence.access_pdf import as_pdf  # loads ReportLab

    answer = make_response(as_pdf(told))
    answer.headers["Content-Type"] = "application/pdf"
    answer.headers["Content-Disposition"] = f'attachment; filename="log-{told.made_at:%Y-%m-%d}.pdf"'
    return answer


def _again(typed: dict[str, str], faults: Sequence[Fault], **_named: Any) -> ResponseReturnValue:
    kept = {name: value for name, value in shown_again(typed).items() if name != "cpr"}
    return _shown(None, messages(faults), kept)


mount(
    blueprint,
    Deed("show-access-list", Insight, _insight, "/konsol/tilsyn/indsigt", REVIEWERS, "audit export", again=_again),
)
