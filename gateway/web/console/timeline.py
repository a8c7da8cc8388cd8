"""One consultation's course for an administrator: events, attempts and silences, never a person or a text (AD09)."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue

from gateway.domain.consultation.aggregate import Kind, Status
from gateway.domain.errors import NotFound
from gateway.domain.oversight import ConsoleRole
from gateway.web.console.acts import audit_row, finder
from gateway.web.console.messages import SEEKERS
from gateway.web.guards import current_gateway, current_session, my_oversight, open_to
from gateway.web.rendering import page
from gateway.web.words.causes import cause_words
from gateway.web.words.console import owed_words
from gateway.web.words.course import duration, lines_of
from gateway.web.words.timeline import kind_words, status_words

blueprint = Blueprint("console_timeline", __name__)
REPAIRERS = frozenset({ConsoleRole.INTEGRATION, ConsoleRole.SUPPORT, ConsoleRole.OPERATOR, ConsoleRole.WORKPLACE})


@blueprint.get("/konsol/forloeb/<uuid:id>")
@open_to("console", *SEEKERS)
def show(id: UUID) -> ResponseReturnValue:
    """That somebody looked is written, as for whoever sees the citizen's name."""
    gateway, seen = current_gateway(), my_oversight()
    found = next(iter(finder().by_id(seen, id)), None)
    if found is None or found.id != id:
        raise NotFound("consultation")
    gateway.store.record_audit(audit_row("read", "show", consultation=id, basis="support"))
    rows = gateway.store.timeline(seen.scope, id)
    return page(
        "console/timeline.html",
        found=found,
        state=status_words()[Status(found.status)],
        kind=kind_words()[Kind(found.kind)],
        lines=lines_of(rows),
        deliveries=gateway.store.deliveries_of(seen.scope, id),
        whole=duration(rows[-1].at - rows[0].at if rows else timedelta(0)),
        may_see_delivery=bool(REPAIRERS & set(current_session().grant.console)),
        cause_words=cause_words,
        owed_words=owed_words,
    )
