"""One connection: settings, history, a trial step by step, pause and resumption (requirements.md AD03, AD05)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from gateway.certify.connected.asking import obstacle
from gateway.certify.connected.telling import last_results
from gateway.connecting import describing, sampling, trying
from gateway.domain.errors import InvalidField, NotFound
from gateway.domain.oversight import HISTORY_READERS, ConsoleRole
from gateway.domain.peers.contract_run import Obstacle
from gateway.domain.peers.overview import ConnectionLine
from gateway.store.peers.connections import IN_FORCE, Revision
from gateway.web.acts import Fault, messages
from gateway.web.console.acts import Deed, Reasoned, audit_row, mount, shown_again, signed
from gateway.web.forms import Nothing
from gateway.web.guards import current_gateway, current_session, my_oversight, open_to
from gateway.web.rendering import page
from gateway.web.words.causes import cause_words
from gateway.web.words.console import condition_words, direction_words, nurse_words, state_words
from gateway.web.words.contracts import obstacle_words, result_words
from gateway.web.words.trials import explained, step_words

blueprint = Blueprint("console_connection", __name__)
CHANGERS = (ConsoleRole.INTEGRATION, ConsoleRole.OPERATOR)
ADDRESS = "/konsol/forbindelser/<connection>"


class Back(Reasoned):
    """``number``: the revision to go back to."""

    number: int = 0


@blueprint.get(ADDRESS)
@open_to("console", *HISTORY_READERS)
def show(connection: str) -> ResponseReturnValue:
    return _shown(connection)


def _shown(
    connection: str, *, steps: Sequence[trying.Step] | None = None, errors: dict[str, str] | None = None,
    typed: dict[str, str] | None = None,
) -> ResponseReturnValue:  # fmt: skip
    """The page; settings and history are for those whose connection it is."""
    gateway = current_gateway()
    line = gateway.overview.line(my_oversight(), connection)
    mine = my_oversight().keeps(line.owner)
    history = gateway.connections.history(connection) if mine else []
    present = gateway.connections.present(connection) if mine else None
    return page(
        "console/connection.html",
        422 if errors else 200,
        line=line,
        mine=mine,
        may_change=mine and bool(set(CHANGERS) & set(current_session().grant.console)),
        settings=describing.settings_shown(line.kind, line.adapter, present.config) if present else [],
        present=present,
        can_sample=present is not None and sampling.can_show(line.kind, connection, present),
        draft=gateway.drafts.of(connection) if mine else None,
        history=_told(history, present),
        steps=steps,
        errors=errors or {},
        typed=typed or {},
        **_contract(line, present),
        **_words(),
    )


def _contract(line: ConnectionLine, present: Revision | None) -> dict[str, Any]:
    """Whether the contract can be tried on it, and what came of it last."""
    why = obstacle(line.kind, present) if present else None
    return {
        "contract_offered": present is not None and why is not Obstacle.NO_ADDRESS,
        "contract_why_not": obstacle_words()[why] if why else "",
        "last": last_results(current_gateway(), [line.name]).get(line.name) if present else None,
        "result_words": result_words,
    }


def _words() -> dict[str, Any]:
    return {
        "conditions": condition_words(),
        "directions": direction_words(),
        "states": state_words(),
        "step_names": step_words(),
        "cause_words": cause_words,
        "nurse_words": nurse_words,
        "explained": explained,
    }


def _told(history: Sequence[Revision], present: Revision | None) -> list[dict[str, Any]]:
    """Each revision with what it changed of the one before, and whether one can go back to it."""
    earlier: list[Revision | None] = [*history[1:], None][: len(history)]
    return [
        {
            "revision": each,
            "changes": describing.changes(before, each) if before else [],
            "back": present is not None and each.state in IN_FORCE and bool(_differs(each, present)),
        }
        for each, before in zip(history, earlier, strict=True)
    ]


def _differs(each: Revision, present: Revision) -> bool:
    return each.number < present.number and bool(describing.changes(each, present))


def mine_to_change(connection: str) -> ConnectionLine:
    """Another organisation's connection is not there; a shared one is not there to change."""
    line = current_gateway().overview.line(my_oversight(), connection)
    if not my_oversight().keeps(line.owner):
        raise NotFound("connection")
    return line


def _pause(form: Reasoned, connection: str) -> None:
    mine_to_change(connection)
    hand = signed("connections pause", form.why())
    hand.connections.pause(connection, current_session().grant.name, form.reason, hand.clock.now())


def _resume(form: Reasoned, connection: str) -> None:
    mine_to_change(connection)
    hand = signed("connections resume", form.why())
    hand.connections.resume(connection, current_session().grant.name, form.reason, hand.clock.now())


def _roll_back(form: Back, connection: str) -> None:
    """To what was in force before, by one person: somebody has approved it once."""
    mine_to_change(connection)
    hand = signed("connections rollback", form.why())
    hand.connections.rollback(connection, current_session().grant.name, form.reason, hand.clock.now(), form.number)


def _retire(form: Reasoned, connection: str) -> ResponseReturnValue:
    """Nothing may wait for it: what is owed would never be sent."""
    if mine_to_change(connection).owed.waiting:
        raise InvalidField("reason", "still-waiting")
    hand = signed("connections retire", form.why())
    hand.connections.retire(connection, current_session().grant.name, form.reason, hand.clock.now())
    return redirect(url_for("console_overview.overview"), 303)


def _try_out(_form: Nothing, connection: str) -> ResponseReturnValue:
    """Nothing is changed by it, here or there; that it was done is written all the same."""
    line = mine_to_change(connection)
    gateway = current_gateway()
    present = gateway.connections.present(connection)
    assert present is not None  # it stands on the overview
    gateway.store.record_audit(audit_row("write", f"connections try {connection}"))
    return _shown(connection, steps=trying.try_out(line.kind, present.adapter, connection, present.config))


def _again(typed: dict[str, str], faults: Sequence[Fault], connection: str) -> ResponseReturnValue:
    return _shown(connection, errors=messages(faults), typed=shown_again(typed))


def _then(_done: None, connection: str) -> ResponseReturnValue:
    return redirect(url_for("console_connection.show", connection=connection), 303)


mount(
    blueprint,
    Deed("pause-connection", Reasoned, _pause, f"{ADDRESS}/pause", CHANGERS, "connections pause", _then, _again),
    Deed("resume-connection", Reasoned, _resume, f"{ADDRESS}/genoptag", CHANGERS, "connections resume", _then, _again),
    Deed("roll-back", Back, _roll_back, f"{ADDRESS}/rul-tilbage", CHANGERS, "connections rollback", _then, _again),
    Deed("retire-connection", Reasoned, _retire, f"{ADDRESS}/udfas", CHANGERS, "connections retire", again=_again),
    Deed("try-connection", Nothing, _try_out, f"{ADDRESS}/proev", CHANGERS, "connections try"),
)
