"""Pages shown once more because a field of their form could not be used: with what was typed and what was wrong."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from flask.typing import ResponseReturnValue

from gateway.web import guards
from gateway.web.acts import Fault, messages
from gateway.web.nurse.screens import context_of, not_here
from gateway.web.rendering import page


def phone_page(_typed: dict[str, str], faults: Sequence[Fault], id: UUID) -> ResponseReturnValue:
    """The page of the talk by telephone, for the first time where there are no faults."""
    consultation = guards.my_consultation(id)
    if not guards.shown_here(consultation):
        return not_here(consultation)
    guards.record_read("page-phone", consultation)
    context = context_of(consultation)
    return page("nurse/phone.html", 422 if faults else 200, part=False, errors=messages(faults), **context)


def note_page(_typed: dict[str, str], faults: Sequence[Fault], id: UUID) -> ResponseReturnValue:
    consultation = guards.my_consultation(id)
    guards.record_read("page-note", consultation)
    return page("nurse/note.html", 422, part=False, errors=messages(faults), **context_of(consultation))


def round_note_page(typed: dict[str, str], faults: Sequence[Fault], id: UUID) -> ResponseReturnValue:
    consultation = guards.my_consultation(id)
    guards.record_read("page-note", consultation)
    context = context_of(consultation)
    return page("nurse/round_note.html", 422, part=False, errors=messages(faults), values=typed, **context)
