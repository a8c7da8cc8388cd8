"""A draft rehearsed: what its messages would be, beside those of the settings in force (requirements.md AD07)."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from gateway.connecting import rehearsing
from gateway.web.console.acts import Deed, audit_row, mount
from gateway.web.console.connection import CHANGERS
from gateway.web.console.drafts import DRAFT, my_draft
from gateway.web.forms import Nothing
from gateway.web.guards import current_gateway
from gateway.web.rendering import page
from gateway.web.words.causes import cause_words
from gateway.web.words.samples import compared_words, scenario_words

blueprint = Blueprint("console_rehearsals", __name__)


def _rehearse(_form: Nothing, connection: str) -> ResponseReturnValue:
    """Nobody is called; that the messages of what waits were made is written all the same."""
    draft, g = my_draft(connection), current_gateway()
    g.store.record_audit(audit_row("read", f"connections rehearse {connection}"))
    return page(
        "console/connecting/rehearsal.html",
        draft=draft,
        rehearsal=rehearsing.rehearse(g, draft),
        scenarios=scenario_words(),
        compared=compared_words(),
        cause_words=cause_words,
    )


mount(
    blueprint,
    Deed("rehearse-draft", Nothing, _rehearse, f"{DRAFT}/proevekoer", CHANGERS, "connections rehearse"),
)
