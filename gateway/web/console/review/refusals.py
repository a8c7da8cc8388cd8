"""*Afvist adgang*: what was refused, when, and who tried (requirements.md D14, AD18)."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from gateway.domain.oversight import ConsoleRole
from gateway.domain.people import ActorKind
from gateway.domain.records import AuditRow
from gateway.store.matters.refusals import MOST
from gateway.web.console.acts import audit_row
from gateway.web.console.home import ROOMS
from gateway.web.guards import current_gateway, my_oversight, open_to
from gateway.web.rendering import page
from gateway.web.words.acts import ACT_WORDS
from gateway.web.words.matters.places import place_words

blueprint = Blueprint("console_refusals", __name__)


@blueprint.get("/konsol/afvist")
@open_to("console", ConsoleRole.LOG_REVIEW, ConsoleRole.OPERATOR)
def listed() -> ResponseReturnValue:
    current_gateway().store.record_audit(audit_row("read", "review refused"))
    rows = current_gateway().refusals.refused(my_oversight())
    return page("console/review/refusals.html", rows=rows, most=MOST, kinds=kind_words(), why=why, what=what)


def what(row: AuditRow) -> str:
    """An act by its words, a page by the room or the wing it lies in; a door by its address as the log has it."""
    place, _dot, verb = row.what.rpartition(".")
    if verb in ACT_WORDS:
        return str(ACT_WORDS[verb]())
    rooms = {room.endpoint.partition(".")[0]: room.label() for room in ROOMS}
    return rooms.get(place) or place_words().get(place or row.what, row.what)


def why(row: AuditRow) -> str:
    words = {
        "access-refused": _("har ikke rettigheden"),
        "not-hers": _("det er ikke hendes, eller det findes ikke"),
        "access-barred": _("adgangen er spærret"),
    }
    return str(words.get(row.basis, row.basis))


def kind_words() -> dict[str, str]:
    return {
        str(ActorKind.EMPLOYEE): _("Medarbejder"),
        str(ActorKind.CLINIC): _("Klinik"),
        str(ActorKind.CITIZEN): _("Borger"),
        str(ActorKind.PEER): _("Et andet system"),
        str(ActorKind.ADMIN): _("Administrator"),
        str(ActorKind.GUEST): _("Gæst"),
        str(ActorKind.SYSTEM): _("Lægebro"),
    }
