"""The help page: when to use Lægebro, how each page works, good advice for the picture, and whom to call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue

from gateway.domain.session import SessionKind
from gateway.web.guards import current_gateway, open_to
from gateway.web.rendering import page

blueprint = Blueprint("help", __name__)

# The part of the help page that explains a screen of a consultation, or the pages of a blueprint.
OF_SCREEN: Mapping[str, str] = {
    "start": "start",
    "queue": "queue",
    "ring": "ring",
    "call": "call",
    "deciding": "rejected",
    "note": "note",
    "closed": "note",
}
OF_PAGE: Mapping[str, str] = {"clinic.today": "clinic-day", "mine.overview": "list", "mine.workstation": "start"}
OF_BLUEPRINT: Mapping[str, str] = {
    "clinic": "clinic",
    "clinic_call": "clinic-call",
    "clinic_settings": "clinic-settings",
    "consultation": "start",
    "device": "device",
    "handover": "device",
    "practice_letters": "queue",
    "replaced_record": "start",
    "rounds": "round",
    "second_launch": "start",
    "start": "start",
    "timeline": "support",
    "wishes": "support",
    "workplace": "list",
}
CONSOLE = "console"  # and every blueprint of its own after that
FIRST = "begin"


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody to call. Empty members are not set."""

    name: str = ""
    phone: str = ""
    mail: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Contacts:
    """Local support, whoever introduces Lægebro in the organisation, its own procedure and accessibility statement."""

    support: Contact
    implementation: Contact = Contact()
    procedure_link: str = ""
    accessibility_link: str = ""


@blueprint.get("/hjaelp")
@open_to("public")
def show() -> ResponseReturnValue:
    return page("help/topics.html", contacts=contacts())


@blueprint.get("/hjaelp/film")
@open_to("public")
def film() -> ResponseReturnValue:
    """The whole way in pictures, one at a time; a step that there is none of shows the nearest."""
    said = request.args.get("trin", "")
    return page("help/film.html", step=int(said[:3]) if said.isdecimal() else 1)


def contacts() -> Contacts:
    """Of the organisation whose employee is logged in, else the operator's own."""
    session = g.get("session")
    if session is None or session.tenant is None:
        return Contacts(_contact(current_gateway().settings.model_dump(), "support"))
    said = current_gateway().tenant(session.tenant).settings
    links = [str(said.get(name, "")) for name in ("procedure_link", "accessibility_link")]
    return Contacts(_contact(said, "support"), _contact(said, "implementation"), *links)


def _contact(said: Mapping[str, Any], who: str) -> Contact:
    return Contact(*(str(said.get(f"{who}_{name}") or "") for name in ("name", "phone", "mail", "link")))


@blueprint.app_template_global()
def help_topic(screen: str = "") -> str:
    """Which part of the help page this page's link leads to."""
    own = OF_SCREEN.get(screen) or OF_PAGE.get(request.endpoint or "") or OF_BLUEPRINT.get(request.blueprint or "")
    if own is None and (request.blueprint or "").startswith(CONSOLE):
        return CONSOLE
    at_clinic = g.get("session") is not None and g.session.kind is SessionKind.CLINIC
    return own or ("clinic" if at_clinic else FIRST)
