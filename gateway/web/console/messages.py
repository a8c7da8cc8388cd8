"""Finding one message or consultation by what one has in hand, without reading whom it is about (AD08).

What is typed comes by POST, so that it lies in no address and no proxy's log. The ordinary box refuses whatever looks
like a citizen's number; who looks for a citizen says why, and that stands in the audit trail.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from pydantic import StringConstraints

from gateway.domain.errors import NotFound
from gateway.domain.identifiers import CitizenId, parse_citizen_id
from gateway.domain.oversight import OVERVIEW_READERS, ConsoleRole, Purpose
from gateway.domain.records import FoundConsultation
from gateway.matters import finding
from gateway.web.acts import Fault
from gateway.web.acts import messages as fault_messages
from gateway.web.console.acts import Deed, audit_row, finder, mount, shown_again
from gateway.web.forms import Form, chosen
from gateway.web.guards import current_gateway, current_session, my_oversight, open_to
from gateway.web.rendering import page
from gateway.web.words.console import purpose_words
from gateway.web.words.timeline import kind_words, status_words

blueprint = Blueprint("console_messages", __name__)
CITIZEN_SEEKERS = (ConsoleRole.INTEGRATION, ConsoleRole.SUPPORT, ConsoleRole.LOG_REVIEW)
SEEKERS = (*OVERVIEW_READERS, ConsoleRole.LOG_REVIEW)


class Sought(Form):
    words: Annotated[str, StringConstraints(max_length=200)] = ""
    needed: ClassVar = ("words",)


class SoughtCitizen(Form):
    cpr: Annotated[str, StringConstraints(max_length=40)] = ""
    purpose: Annotated[str, chosen(Purpose)] = ""
    case: Annotated[str, StringConstraints(max_length=60)] = ""
    needed: ClassVar = ("cpr", "purpose", "case")


@blueprint.get("/konsol/beskeder")
@open_to("console", *SEEKERS)
def search() -> ResponseReturnValue:
    return _shown()


def _shown(
    found: Sequence[FoundConsultation] | None = None,
    errors: dict[str, str] | None = None,
    typed: dict[str, str] | None = None,
) -> ResponseReturnValue:
    return page(
        "console/messages.html",
        422 if errors else 200,
        found=found,
        errors=errors or {},
        typed=typed or {},
        may_seek_citizens=bool(set(CITIZEN_SEEKERS) & set(current_session().grant.console)),
        purposes=purpose_words(),
        kinds=kind_words(),
        statuses=status_words(),
    )


def _find(form: Sought) -> ResponseReturnValue:
    words = form.words
    finding.require_no_number(words)
    connection = _connection_of(words)
    if connection:
        return redirect(url_for("console_connection.show", connection=connection), 303)
    found = finding.found_by(finder(), my_oversight(), words)
    if len(found) == 1:
        return redirect(url_for("console_timeline.show", id=found[0].id), 303)
    return _shown(found, typed={"words": words})


def _connection_of(words: str) -> str:
    """The connection of that name, where she may see it."""
    if not set(OVERVIEW_READERS) & set(current_session().grant.console):
        return ""
    try:
        return current_gateway().overview.line(my_oversight(), words).name
    except NotFound:
        return ""


def _find_citizen(form: SoughtCitizen) -> ResponseReturnValue:
    """Hits without name or number; the look-up is in the trail under the citizen's own key, found or not."""
    basis = finding.basis(form.purpose, form.case)
    citizen = _citizen(form.cpr)
    gateway = current_gateway()
    gateway.store.record_audit(audit_row("read", "messages find-citizen", citizen=citizen, basis=basis))
    return _shown(finder().of_citizen(my_oversight(), citizen))


def _citizen(text: str) -> CitizenId:
    return parse_citizen_id(text, path="cpr")


def _again(typed: dict[str, str], faults: Sequence[Fault], **_named: Any) -> ResponseReturnValue:
    """A number is never shown again; what is no number is."""
    kept = {name: value for name, value in shown_again(typed).items() if name != "cpr"}
    return _shown(None, fault_messages(faults), kept)


mount(
    blueprint,
    Deed("find-message", Sought, _find, "/konsol/beskeder", SEEKERS, again=_again),
    Deed(
        "find-citizen",
        SoughtCitizen,
        _find_citizen,
        "/konsol/beskeder/borger",
        CITIZEN_SEEKERS,
        "messages find-citizen",
        again=_again,
    ),
)
