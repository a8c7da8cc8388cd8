"""The clinic's side of the talk: ringing, talking, and the card afterwards (requirements.md C10, C11)."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from gateway.domain.consultation.aggregate import Consultation
from gateway.web.clinic import desk
from gateway.web.guards import current_session, open_to
from gateway.web.rendering import page
from gateway.web.seats import keeper_label
from gateway.web.stills.shown import picture
from gateway.web.words.clinic import all_words, is_doctor

blueprint = Blueprint("clinic_call", __name__)


@blueprint.get("/klinik/samtale/<uuid:entry>")
@open_to("clinic")
def call(entry: UUID) -> ResponseReturnValue:
    """Everything on one page; its script follows the entry's state. Without a call there is only the pane."""
    consultation, _ = desk.my_entry(entry)
    if consultation.entry_open and not desk.has_call(consultation):
        return redirect(url_for("clinic.entry", entry=entry), 303)
    grant = current_session().grant
    return page(
        "clinic/call.html",
        row=desk.pane_of(consultation, "clinic-call"),
        state=desk.state_of(consultation),
        keeper=keeper_label(consultation),
        words=all_words(),
        draft=_draft_of(consultation),
        suggested=grant.name if is_doctor(grant.role) else "",
    )


def _draft_of(consultation: Consultation) -> str | None:
    """What the clinic has begun to write; None where a note belongs to one of several citizens."""
    case = consultation.sole_case
    if case is None:
        return None
    return case.current_note.clinic_text if case.current_note else ""


@blueprint.get("/klinik/samtale/<uuid:entry>/borger")
@open_to("clinic")
def discussed(entry: UUID) -> ResponseReturnValue:
    """In a round: whom they are talking about just now; everybody else stays unknown to the clinic (D2)."""
    consultation, _ = desk.my_entry(entry)
    return page("clinic/parts/discussed.html", row=desk.pane_of(consultation, "clinic-discussed"), words=all_words())


@blueprint.get("/klinik/samtale/<uuid:entry>/billede/<uuid:still>")
@open_to("clinic")
def still(entry: UUID, still: UUID) -> ResponseReturnValue:
    """A picture for the note, while it is kept."""
    consultation, _ = desk.my_entry(entry)
    return picture(consultation, still)
