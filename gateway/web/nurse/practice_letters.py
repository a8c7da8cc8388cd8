"""What the nurse is shown where a practice or the care system is told by message: how far it is, what was written back,
and the attachments that came with it."""

from __future__ import annotations

import base64
import io
import json
import re
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.events import DebtKind
from gateway.domain.errors import NotFound
from gateway.domain.peers.delivery import DeliveryStatus
from gateway.domain.peers.letter import Letter
from gateway.web import guards
from gateway.web.guards import current_gateway, open_to

blueprint = Blueprint("practice_letters", __name__)
_UNSAID = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]+')  # no part of a file's name, on whatever system it is saved


@blueprint.get("/konsultation/<uuid:id>/bilag/<uuid:attachment>")
@open_to("employee")
def enclosed(id: UUID, attachment: UUID) -> ResponseReturnValue:
    """Saved, never opened in our own pages: a stranger made it."""
    consultation = guards.my_consultation(id)
    if not guards.shown_here(consultation):
        raise NotFound("consultation")
    letter = current_gateway().letters.enclosed(guards.my_scope(), consultation.id, attachment)
    guards.record_read("practice-attachment", consultation)
    return _file(json.loads(letter.content))


def _file(content: dict[str, Any]) -> Response:
    data = io.BytesIO(base64.b64decode(content["data"]))
    name = _UNSAID.sub("-", content["title"]).strip("-. ") or "bilag"
    ending = "." + content["type"].rpartition("/")[2]
    if not name.casefold().endswith(ending):
        name += ending
    response = send_file(data, content["type"], as_attachment=True, download_name=name)
    response.headers["Content-Security-Policy"] = "sandbox"
    return response


def letters_context(consultation: Consultation) -> dict[str, Any]:
    """``by_message``: one sentence, "" where no message is sent; ``letters``: what practices and the care system wrote,
    oldest first, whichever practice has the entry now."""
    gateway = current_gateway()
    announcing = gateway.peers.announcing()
    told = any(announcing.intersection(each.connections) for each in consultation.entries)
    if not told and not _notes_go_by_message(consultation):
        return {"by_message": "", "letters": []}
    written = gateway.letters.written_to_us(guards.my_scope(), consultation.id)
    return {"by_message": _sentence_about(consultation, announcing), "letters": [_shown(each) for each in written]}


def _notes_go_by_message(consultation: Consultation) -> bool:
    """A note has been owed to a care system that says by messages what became of it; or one that did has written back,
    and nobody has read it."""
    if any(case.reply_at for case in consultation.cases):
        return True
    names = {case.eoj_connection for case in consultation.cases if case.notes and case.eoj_connection}
    return bool(names & current_gateway().peers.acknowledging_later())


def _sentence_about(consultation: Consultation, announcing: frozenset[str]) -> str:
    entry = consultation.entry
    by_message = announcing.intersection(entry.connections) if entry else frozenset()
    if entry is None or not by_message:
        return ""
    rows = current_gateway().store.deliveries_of(guards.my_scope(), consultation.id)
    mine = [row for row in rows if row.subject == entry.id and row.connection in by_message]
    return _sentence({row.status for row in mine if row.kind == DebtKind.ENQUEUE})


def _sentence(states: set[str]) -> str:
    said: str = _("Klinikken får besked om den aftalte konsultation med en MedCom-meddelelse. Vi venter på kvittering.")
    if states & {DeliveryStatus.STUCK, DeliveryStatus.GIVEN_UP}:
        said = _("Klinikken kunne ikke få besked om den aftalte konsultation. Ring til klinikken.")
    elif states == {DeliveryStatus.DONE}:
        said = _("Klinikken har fået besked om den aftalte konsultation med en MedCom-meddelelse.")
    return said


def _shown(letter: Letter) -> dict[str, Any]:
    content = json.loads(letter.content)
    return {
        "at": letter.at,
        "text": content.get("text", ""),
        "author": content.get("author", ""),
        "unit": content.get("unit", {}).get("name", ""),
        "enclosed": content.get("enclosed", []),
    }
