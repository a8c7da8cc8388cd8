"""How the connections fare, the worst first, with what the nurses see of it (requirements.md AD02)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from gateway.certify.connected.telling import last_results
from gateway.domain.oversight import HISTORY_READERS, ConsoleRole
from gateway.domain.peers.overview import ConnectionLine
from gateway.services.operations.overview import overview_document
from gateway.web.guards import current_gateway, current_session, my_oversight, open_to
from gateway.web.rendering import page
from gateway.web.words.causes import cause_words
from gateway.web.words.console import condition_words, direction_words, nurse_words, run_step_words, state_words
from gateway.web.words.contracts import result_words

blueprint = Blueprint("console_overview", __name__)


@blueprint.get("/konsol/forbindelser")
@open_to("console", *HISTORY_READERS)
def overview() -> ResponseReturnValue:
    return page("console/overview.html", **_shown())


@blueprint.get("/konsol/forbindelser/raekker")
@open_to("console", *HISTORY_READERS)
def rows() -> ResponseReturnValue:
    """The rows alone, fetched when the live stream says that something changed."""
    return page("console/parts/lines.html", **_shown())


@blueprint.get("/konsol/forbindelser/tilstand")
@open_to("console", *HISTORY_READERS)
def state() -> ResponseReturnValue:
    """What the stream tells, for a page whose stream is cut."""
    gateway = current_gateway()
    return jsonify(overview_document(gateway.overview.lines(my_oversight()), gateway.clock.now()))


def _shown() -> dict[str, Any]:
    lines = current_gateway().overview.lines(my_oversight())
    return {
        "lines": lines,
        "sentence": sentence_of(lines),
        "conditions": condition_words(),
        "directions": direction_words(),
        "cause_words": cause_words,
        "nurse_words": nurse_words,
        "mine": my_oversight(),
        "drafts": current_gateway().drafts.open(my_oversight().tenant) if _may_change() else [],
        "may_change": _may_change(),
        "states": state_words(),
        "maintained": {
            each.connection for window in current_gateway().maintenance.running() for each in window.waits_for
        },
        "contracts": last_results(current_gateway(), [line.name for line in lines]),
        "result_words": result_words,
        "runs": current_gateway().synthetic_runs.last(),
        "run_steps": run_step_words(),
    }


def _may_change() -> bool:
    return bool({ConsoleRole.INTEGRATION, ConsoleRole.OPERATOR} & set(current_session().grant.console))


def sentence_of(lines: Sequence[ConnectionLine]) -> str:
    """The whole in one sentence."""
    cut = sum(line.condition in ("cut", "failing") for line in lines)
    asks = sum(line.owed.asks for line in lines)
    told = []
    if cut:
        told.append(ngettext("%(num)s forbindelse svarer ikke.", "%(num)s forbindelser svarer ikke.", cut))
    if asks:
        told.append(ngettext("%(num)s besked kræver handling.", "%(num)s beskeder kræver handling.", asks))
    return " ".join(told) or _all_well(sum(line.condition == "untried" for line in lines))


def _all_well(untried: int) -> str:
    """Said only of what has been used: nobody knows how the others are."""
    if not untried:
        return str(_("Alt kører."))
    unknown = ngettext(
        "%(num)s forbindelse har aldrig været brugt.", "%(num)s forbindelser har aldrig været brugt.", untried
    )
    return f"{_('Det, der har været brugt, kører.')} {unknown}"
