"""The console's front door, and the rooms that stand open to a role (requirements.md AD01)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from gateway.connecting.upgrading import announced
from gateway.domain.oversight import ConsoleRole
from gateway.domain.peers.maintenance import Window
from gateway.store.watch.figures import UnderWay
from gateway.web.arrival.login import leave
from gateway.web.console.acts import Deed, mount
from gateway.web.forms import Nothing
from gateway.web.guards import current_gateway, current_session, open_to, roles_of
from gateway.web.rendering import page
from gateway.web.words.console import role_words

blueprint = Blueprint("console", __name__)


@dataclass(frozen=True, slots=True)
class Room:
    """A page of the menu. Who may enter is what its view says. ``group``: under which word it lies; "" stands open."""

    endpoint: str
    label: Callable[[], str]
    testid: str
    group: str = ""


ROOMS = (
    Room("console_overview.overview", lambda: _("Driftsbillede"), "nav-overview"),
    Room("console_handling.listed", lambda: _("Kræver handling"), "nav-handling"),
    Room("console_messages.search", lambda: _("Beskeder"), "nav-messages"),
    Room("console_alarms.listed", lambda: _("Alarmer"), "nav-alarms"),
    Room("console_differences.listed", lambda: _("Forskelle"), "nav-differences", "running"),
    Room("console_maintenance.listed", lambda: _("Vedligehold"), "nav-maintenance", "running"),
    Room("console_surroundings.show", lambda: _("Miljø"), "nav-surroundings", "running"),
    Room("console_practices.listed", lambda: _("Klinikker"), "nav-practices", "organisation"),
    Room("console_statistics.show", lambda: _("Statistik"), "nav-statistics", "organisation"),
    Room("console_setup.show", lambda: _("Opsætning"), "nav-setup", "organisation"),
    Room("console_people.asked", lambda: _("Spær medarbejder"), "nav-people", "organisation"),
    Room("console_wishes.listed", lambda: _("Ønsker og fejl"), "nav-wishes", "organisation"),
    Room("console_approvals.listed", lambda: _("Godkendelser"), "nav-approvals", "review"),
    Room("console_access_list.show", lambda: _("Log og tilsyn"), "nav-log-review", "review"),
    Room("console_log_reviews.listed", lambda: _("Stikprøve"), "nav-reviews", "review"),
    Room("console_access.show", lambda: _("Hvem har haft adgang?"), "nav-access", "review"),
    Room("console_refusals.listed", lambda: _("Afvist adgang"), "nav-refusals", "review"),
    Room("console_erasure.show", lambda: _("Sletning"), "nav-erasure", "review"),
    Room("console_incident.asked", lambda: _("Hændelse"), "nav-incident", "review"),
    Room("console_processing.show", lambda: _("Fortegnelse"), "nav-processing", "review"),
    Room("console_access.roles", lambda: _("Hvad må rollerne?"), "nav-roles", "review"),
)


def group_words() -> dict[str, str]:
    return {"running": _("Drift"), "organisation": _("Organisation"), "review": _("Tilsyn")}


def _mine() -> list[Room]:
    """The rooms of whoever is logged in, in the menu's order."""
    mine = set(current_session().grant.console)
    return [room for room in ROOMS if roles_of(room.endpoint) & mine]


@blueprint.app_template_global()
def console_rooms() -> list[Room]:
    """Those that always stand open in the menu."""
    return [room for room in _mine() if not room.group]


@blueprint.app_template_global()
def console_groups() -> list[tuple[str, list[Room]]]:
    """The others, under the word of their group."""
    groups = ((words, [room for room in _mine() if room.group == group]) for group, words in group_words().items())
    return [(words, rooms) for words, rooms in groups if rooms]


@blueprint.app_template_global()
def console_roles() -> list[str]:
    """Her roles in words."""
    return [role_words()[ConsoleRole(code)] for code in current_session().grant.console]


@blueprint.app_template_global()
def upgrade_ahead() -> tuple[Window, UnderWay] | None:
    """An upgrade that is announced, and what it would meet now (AD23)."""
    found = announced(current_gateway())
    return (found, current_gateway().figures.under_way()) if found else None


@blueprint.app_template_global()
def is_production() -> bool:
    """Which bar stands over the console (AD22)."""
    return current_gateway().settings.environment == "production"


@blueprint.get("/konsol")
@open_to("console", *ConsoleRole)
def home() -> ResponseReturnValue:
    rooms = _mine()
    return redirect(url_for(rooms[0].endpoint), 303) if rooms else page("console/empty.html")


def _end(_form: Nothing) -> ResponseReturnValue:
    return leave()


mount(blueprint, Deed("end", Nothing, _end, "/konsol/log-af", tuple(ConsoleRole)))
