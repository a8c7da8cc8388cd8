"""One consultation's timeline from launch to receipt: codes, times and silences, never a person or a text.

What a practice wrote by message, and what it enclosed, stands beside it for the one who is responsible, in the browser
that shows her that citizen, and for nobody else."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.errors import NotFound
from gateway.domain.session import SessionKind
from gateway.web import guards
from gateway.web.guards import current_gateway, my_scope, open_to
from gateway.web.nurse.practice_letters import letters_context
from gateway.web.rendering import page
from gateway.web.words.course import duration, lines_of
from gateway.web.words.timeline import ending_words, status_words

blueprint = Blueprint("timeline", __name__)

_SHORT_ID = re.compile(r"LB-[0-9A-Z]{4}-[0-9A-Z]")


@blueprint.get("/forloeb/<reference>")
@open_to("anyone")
def show(reference: str) -> ResponseReturnValue:
    """For the tenant's employees and for the clinic of an entry: each sees the lines that are theirs."""
    store, scope = current_gateway().store, my_scope()
    consultation = store.load(scope, _id_of(reference))
    rows = store.timeline(scope, consultation.id)
    return page(
        "nurse/timeline.html",
        consultation=consultation,
        state=status_words()[consultation.status],
        ending=ending_words()[consultation.ending] if consultation.ending else "",
        lines=lines_of(rows),
        deliveries=store.deliveries_of(scope, consultation.id),
        spans=spans_of(consultation),
        whole=duration(rows[-1].at - rows[0].at) if rows else "",
        letters=_letters(consultation),
    )


def _letters(consultation: Consultation) -> list[dict[str, Any]]:
    session = guards.current_session()
    hers = session.kind is SessionKind.EMPLOYEE and consultation.responsible == session.person
    if not hers or not guards.shown_here(consultation):
        return []
    letters: list[dict[str, Any]] = letters_context(consultation)["letters"]
    if letters:
        guards.record_read("practice-letters", consultation)
    return letters


def _id_of(reference: str) -> UUID:
    if _SHORT_ID.fullmatch(reference.upper()):
        return current_gateway().store.find_by_short_id(my_scope(), reference.upper())
    try:
        return UUID(reference)
    except ValueError:
        raise NotFound("consultation") from None


def spans_of(consultation: Consultation) -> list[tuple[str, str]]:
    """The three durations people ask about."""
    entry = consultation.entry
    if entry is None:
        return []
    known = (
        (_("I kø, til klinikken tog kaldet"), entry.requested_at, entry.accepted_at),
        (_("Fra ring til samtale"), entry.accepted_at, entry.started_at),
        (_("Samtalens længde"), entry.started_at, entry.ended_at),
    )
    return [(label, duration(end - start)) for label, start, end in known if start and end and end >= start]
