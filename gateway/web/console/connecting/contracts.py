"""*Kør kontraktprøven*: every promise tried on a connection to a test system, its progress and its report
(requirements.md AD20)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from flask import Blueprint, make_response, redirect, url_for
from flask.typing import ResponseReturnValue
from pydantic import StringConstraints

from gateway.certify.connected.asking import address_of, ask, obstacle
from gateway.certify.connected.telling import last_results, report_of
from gateway.certify.reporting.report import MARKS, as_html
from gateway.connecting.guarding import Allowed, guard_addresses
from gateway.domain.errors import InvalidField, NotFound
from gateway.domain.oversight import HISTORY_READERS
from gateway.domain.peers.contract_run import Obstacle, Verdict
from gateway.web.acts import Fault, messages
from gateway.web.console.acts import Deed, mount, shown_again, signed
from gateway.web.console.connection import ADDRESS, CHANGERS, mine_to_change
from gateway.web.forms import Form
from gateway.web.guards import current_gateway, current_session, open_to
from gateway.web.rendering import page
from gateway.web.words.contracts import (
    contract_state_words,
    door_command,
    obstacle_words,
    progress_words,
    promise_words,
    result_words,
    verdict_words,
)

blueprint = Blueprint("console_contracts", __name__)
CONTRACT = f"{ADDRESS}/kontraktproeve"
RUN = f"{CONTRACT}/koer"
WORST_FIRST = (Verdict.BROKEN, Verdict.NOT_TRIED, Verdict.KEPT, Verdict.NOT_APPLICABLE)


class Hands(Form):
    """``hands``: an address of the vendor's that sees and does there; empty where nobody does."""

    hands: Annotated[str, StringConstraints(max_length=300)] = ""


@blueprint.get(CONTRACT)
@open_to("console", *HISTORY_READERS)
def show(connection: str) -> ResponseReturnValue:
    return _shown(connection)


@blueprint.get(f"{CONTRACT}/raekker")
@open_to("console", *HISTORY_READERS)
def rows(connection: str) -> ResponseReturnValue:
    """The newest run alone, fetched while it is under way."""
    told = _newest(connection)
    if told["run"] is None:
        raise NotFound("contract-run")
    return page("console/parts/contract_run.html", **told)


@blueprint.get(f"{CONTRACT}/<uuid:id>.html")
@open_to("console", *HISTORY_READERS)
def report(connection: str, id: UUID) -> ResponseReturnValue:
    """For the vendor: the file that ``laegebro certify`` writes."""
    mine_to_change(connection)
    gateway = current_gateway()
    run = gateway.contract_runs.find(id, connection)
    answer = make_response(as_html(report_of(gateway, run)))
    name = f"certify-{connection}-{run.asked_at:%Y%m%dT%H%M%SZ}.html"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _shown(
    connection: str, errors: dict[str, str] | None = None, typed: dict[str, str] | None = None
) -> ResponseReturnValue:
    told = _newest(connection)
    return page(
        "console/connecting/contract.html",
        422 if errors else 200,
        **told,
        may_change=bool(set(CHANGERS) & set(current_session().grant.console)),
        earlier=current_gateway().contract_runs.listed(connection)[1:],
        last=last_results(current_gateway(), [connection]).get(connection),
        result_words=result_words,
        errors=errors or {},
        typed=typed or {"hands": told["run"].hands if told["run"] else ""},
    )


def _newest(connection: str) -> dict[str, Any]:
    line, gateway = mine_to_change(connection), current_gateway()
    present = gateway.connections.present(connection)
    assert present is not None  # it stands on the overview
    why = obstacle(line.kind, present)
    run = next(iter(gateway.contract_runs.listed(connection, 1)), None)
    tried = gateway.contract_runs.verdicts(run.id) if run else []
    return {
        "line": line,
        "run": run,
        "tried": sorted(tried, key=lambda each: WORST_FIRST.index(each.verdict)),
        "why_not": obstacle_words()[why] if why else "",
        "command": door_command(line.kind, present.adapter, address_of(line.kind, present), connection)
        if why is Obstacle.NEEDS_DOOR
        else "",
        "states": contract_state_words(),
        "verdicts": verdict_words(),
        "marks": MARKS,
        "progress": progress_words,
        "promise": promise_words,
    }


def _certify(form: Hands, connection: str) -> None:
    owner = mine_to_change(connection).owner
    hand = signed("connections certify", "")
    allowed = Allowed.of(hand.settings, owner)
    if guard_addresses({"hands": form.hands}, allowed, look_up=True):
        raise InvalidField("hands", "internal-address")
    ask(hand, connection, current_session().grant.name, form.hands)


def _again(typed: dict[str, str], faults: Sequence[Fault], connection: str) -> ResponseReturnValue:
    return _shown(connection, messages(faults), shown_again(typed))


def _then(_done: None, connection: str) -> ResponseReturnValue:
    return redirect(url_for("console_contracts.show", connection=connection), 303)


mount(blueprint, Deed("certify-connection", Hands, _certify, RUN, CHANGERS, "connections certify", _then, _again))
