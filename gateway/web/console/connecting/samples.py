"""An invented consultation shown as a connection would send it, and sent to a test system (requirements.md AD06)."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from gateway.connecting import sampling
from gateway.connecting.sampling import Sample
from gateway.domain.errors import NotFound
from gateway.store.peers.connections import Revision
from gateway.web.console.acts import Deed, audit_row, mount
from gateway.web.console.connection import ADDRESS, CHANGERS, mine_to_change
from gateway.web.forms import Form
from gateway.web.guards import current_gateway, open_to
from gateway.web.rendering import page
from gateway.web.words.samples import scenario_words
from gateway.web.words.trials import explained, step_words

blueprint = Blueprint("console_samples", __name__)
SAMPLE = f"{ADDRESS}/proevebesked"


class Chosen(Form):
    scenario: str = ""


@blueprint.get(SAMPLE)
@open_to("console", *CHANGERS)
def show(connection: str) -> ResponseReturnValue:
    return _shown(connection, None)


def _shown(connection: str, made: Sample | None) -> ResponseReturnValue:
    line, words = mine_to_change(connection), scenario_words()
    present = _present(connection)
    if not sampling.can_show(line.kind, connection, present):
        raise NotFound("sample")
    return page(
        "console/connecting/sample.html",
        line=line,
        scenarios=[(each, words[each]) for each in sampling.scenarios_of(line.kind)],
        may_send=sampling.can_send(line.kind, connection, present),
        made=made,
        step_names=step_words(),
        explained=explained,
    )


def _present(connection: str) -> Revision:
    present = current_gateway().connections.present(connection)
    assert present is not None  # it stands on the overview
    return present


def _show(form: Chosen, connection: str) -> ResponseReturnValue:
    return _sampled(form, connection, send=False)


def _send(form: Chosen, connection: str) -> ResponseReturnValue:
    return _sampled(form, connection, send=True)


def _sampled(form: Chosen, connection: str, *, send: bool) -> ResponseReturnValue:
    """That it was sent, or looked at, is written before it is."""
    line, g = mine_to_change(connection), current_gateway()
    g.store.record_audit(audit_row("write" if send else "read", f"connections sample {connection}"))
    made = sampling.sample(line.kind, connection, _present(connection), form.scenario, g.clock.now(), send=send)
    return _shown(connection, made)


mount(
    blueprint,
    Deed("show-sample", Chosen, _show, SAMPLE, CHANGERS, "connections sample"),
    Deed("send-sample", Chosen, _send, f"{SAMPLE}/send", CHANGERS, "connections sample"),
)
