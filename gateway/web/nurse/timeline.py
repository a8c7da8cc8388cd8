"""One consultation's timeline from launch to receipt: codes, times and silences, never a person or a text.

What a practice wrote by message, and what it enclosed, stands beside it for the one who is responsible, in the browser
that shows her that citizen, and for nobody else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal
from flask_babel import gettext as _

from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.errors import NotFound
from gateway.domain.people import ActorKind
from gateway.domain.records import TimelineRow
from gateway.domain.session import SessionKind
from gateway.web import guards
from gateway.web.guards import current_gateway, my_scope, open_to
from gateway.web.nurse.practice_letters import letters_context
from gateway.web.rendering import page
from gateway.web.words.timeline import actor_words, detail_words, ending_words, role_words, status_words, words_of

blueprint = Blueprint("timeline", __name__)

GAP = timedelta(seconds=30)
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
        whole=_duration(rows[-1].at - rows[0].at) if rows else "",
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


def lines_of(rows: Sequence[TimelineRow]) -> list[dict[str, Any]]:
    """Each line with the time since the one before; ``gap`` where nothing happened for 30 s or more (AD09)."""
    lines = []
    before: datetime | None = None
    for row in rows:
        since = row.at - before if before else timedelta(0)
        lines.append(
            {
                "at": row.at,
                "kind": row.kind,
                "words": words_of(row),
                "detail": detail_words(row),
                "actor": actor_words()[ActorKind(row.actor_kind)],
                "role": role_words(row.actor_role),
                "since": _duration(since),
                "gap": _("%(time)s uden hændelser", time=_duration(since)) if since >= GAP else "",
            }
        )
        before = row.at
    return lines


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
    return [(label, _duration(end - start)) for label, start, end in known if start and end and end >= start]


def _duration(length: timedelta) -> str:
    """``0,4 s``, ``42 s``, ``4 min 5 s`` or ``1 t 12 min``; in English ``0.4 s`` and ``1 h 12 min``."""
    seconds = length.total_seconds()
    if seconds < 10:
        return f"{format_decimal(round(seconds, 1), '0.0')} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return (
        f"{minutes} min {rest} s"
        if minutes < 60
        else _("%(hours)s t %(minutes)s min", hours=minutes // 60, minutes=minutes % 60)
    )
