"""What a clinic arranges with the employee who waits: words, colleague, place, time, undo, draft (C07, C08)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from gateway.domain.errors import InvalidField
from gateway.services import arranging
from gateway.web.bodies import json_object, local_moment, text_of
from gateway.web.clinic import desk
from gateway.web.clinic.api import noted_case
from gateway.web.guards import audit_row, current_gateway, me, my_scope, open_to
from gateway.web.rendering import phone

routes = Blueprint("clinic_arranging", __name__, url_prefix="/api/v1/entries/<uuid:entry>")


@routes.post("/remark")
@open_to("clinic")
def remark(entry: UUID) -> ResponseReturnValue:
    """``text``: at most 200 characters to the employee, without an identity number."""
    return _say(entry, text_of(json_object(), "text"))


def _say(entry: UUID, text: str) -> ResponseReturnValue:
    consultation, _entry = desk.my_entry(entry)
    g = current_gateway()
    rows = [audit_row("write", "remark", consultation)]
    said = arranging.remark(
        my_scope(), consultation.id, text, me(), store=g.store, clock=g.clock, ids=g.ids, audit=rows
    )
    return desk.answered(said)


@routes.post("/ring-instead")
@open_to("clinic")
def ring_instead(entry: UUID) -> ResponseReturnValue:
    """The employee is told that the telephone is about to ring, and on which number; the place is kept meanwhile."""
    consultation, _entry = desk.my_entry(entry)
    number = consultation.workstation.phone if consultation.workstation else ""
    return _say(entry, _("Vi ringer til dig på %(number)s.", number=phone(number)))


@routes.post("/address")
@open_to("clinic")
def address(entry: UUID) -> ResponseReturnValue:
    """``colleague``: who is to take it; the place is kept."""
    consultation, _entry = desk.my_entry(entry)
    g, name = current_gateway(), text_of(json_object(), "colleague")
    if len(name) > 100:
        raise InvalidField("colleague", "too-long")
    changed = arranging.address_to(my_scope(), consultation.id, name, me(), store=g.store, clock=g.clock)
    return desk.answered(changed)


@routes.post("/forward")
@open_to("clinic")
def forward(entry: UUID) -> ResponseReturnValue:
    """``reason``: worse, in-a-hurry or other."""
    consultation, _entry = desk.my_entry(entry)
    g, reason = current_gateway(), text_of(json_object(), "reason")
    changed = arranging.move_forward(my_scope(), consultation.id, reason, me(), store=g.store, clock=g.clock)
    return desk.answered(changed)


@routes.post("/propose-time")
@open_to("clinic")
def propose_time(entry: UUID) -> ResponseReturnValue:
    """``at``: ISO, in Copenhagen's time where no zone is named."""
    consultation, _entry = desk.my_entry(entry)
    g, wanted = current_gateway(), _wanted(text_of(json_object(), "at"))
    changed = arranging.propose_time(my_scope(), consultation.id, wanted, me(), store=g.store, clock=g.clock)
    return desk.answered(changed)


def _wanted(text: str) -> datetime:
    if not text.strip():
        raise InvalidField("proposed_at", "required")
    return local_moment("proposed_at", text.strip())


@routes.post("/agree-time")
@open_to("clinic")
def agree_time(entry: UUID) -> ResponseReturnValue:
    """Accept the time the employee proposed."""
    consultation, _entry = desk.my_entry(entry)
    g = current_gateway()
    return desk.answered(arranging.agree_time(my_scope(), consultation.id, me(), store=g.store, clock=g.clock))


@routes.post("/take-back")
@open_to("clinic")
def take_back(entry: UUID) -> ResponseReturnValue:
    """Undo a rejection within ten seconds. The answer names the new entry on the same place."""
    consultation, _entry = desk.my_entry(entry)
    g = current_gateway()
    again = arranging.take_back_rejection(my_scope(), consultation.id, me(), store=g.store, clock=g.clock, ids=g.ids)
    return desk.answered(again)


@routes.post("/note-draft")
@open_to("clinic")
def keep_draft(entry: UUID) -> ResponseReturnValue:
    """``text``: the clinic's field as it is typed, while they talk and until the note goes."""
    consultation, _entry = desk.my_entry(entry)
    body = json_object()
    case, text = noted_case(consultation, body), text_of(body, "text").replace("\r\n", "\n")
    store = current_gateway().store
    return desk.answered(arranging.keep_clinic_draft(my_scope(), consultation.id, case, text, store=store))
