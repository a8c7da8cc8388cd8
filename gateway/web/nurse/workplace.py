"""Arbejdsstedets liste: what colleagues left undone or have waiting, for whoever works at the same place (D7, N16)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.errors import NotFound
from gateway.domain.people import Workstation
from gateway.domain.practice import COPENHAGEN
from gateway.domain.records import TakenOver
from gateway.services import standing
from gateway.web import guards
from gateway.web.acts import pressed
from gateway.web.arrival.second_launch import taken_over
from gateway.web.arrival.workstation import known_workstation, my_list
from gateway.web.forms import Nothing
from gateway.web.guards import current_gateway, open_to
from gateway.web.nurse.rows import rows_of
from gateway.web.rendering import page
from gateway.web.words.practice import LIST_REASONS, list_reasons

PAGE = 50  # undone consultations at a time
blueprint = Blueprint("workplace", __name__)


def taken_today() -> Sequence[TakenOver]:
    """What colleagues have taken over from her since this morning."""
    gateway = current_gateway()
    today = gateway.clock.now().astimezone(COPENHAGEN).date()
    since = datetime.combine(today, time(0), COPENHAGEN)
    return gateway.workplaces.taken_from(guards.my_tenant(), guards.current_session().person, since)


@blueprint.get("/arbejdssted")
@open_to("employee")
def overview() -> ResponseReturnValue:
    """Why she looks is asked first. Then undone notes, and what waits; each named citizen is a row in the audit, with
    the reason."""
    station, over, why = known_workstation(), passing_over(), request.args.get("grund", "")
    if station is None or station.workplace_id is None or why not in LIST_REASONS:
        return page("nurse/workplace.html", station=station, reasons=list_reasons(), why="")
    undone, waiting = _shared(station, over)
    shown = undone[:PAGE]
    guards.record_read("workplace-list", *shown, *waiting, basis=why)
    return page(
        "nurse/workplace.html",
        station=station,
        why=why,
        undone=_rows(shown),
        waiting=_rows(waiting),
        more=over + PAGE if len(undone) > PAGE else 0,
    )


def passing_over() -> int:
    """How many of the oldest undone were shown on the pages before: ``?efter=``."""
    told = request.args.get("efter", "")
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 7 else 0


def _shared(station: Workstation, over: int) -> tuple[Sequence[Consultation], Sequence[Consultation]]:
    """One undone more than a page, where there is one."""
    shared, tenant = current_gateway().workplaces, guards.my_tenant()
    waiting = shared.waiting_at_workplace(tenant, station, guards.current_session().person)
    return (
        shared.undone_of_workplace(tenant, station, PAGE + 1, over),
        [one for one in waiting if not one.is_rehearsal],
    )


def _rows(consultations: Sequence[Consultation]) -> list[dict[str, Any]]:
    mine = guards.current_session().person
    return [row | {"mine": row["consultation"].responsible == mine} for row in rows_of(consultations)]


@pressed(blueprint, "/konsultation/<uuid:id>/overtag", "employee", audit="take-over")
def take_over(_form: Nothing, id: UUID) -> ResponseReturnValue:
    """ "Overtag": only what stands on the list of a workplace she has been granted."""
    gateway = current_gateway()
    station = my_list()
    if station is None:
        raise NotFound("consultation")
    found = gateway.store.load(guards.my_scope(), id)
    if found.responsible != guards.me().id:
        standing.require_shared(found, station, guards.me().id, gateway.workplaces)
        taken_over(found)
    gateway.access.see_citizen(guards.current_session(), id)
    return redirect(url_for("consultation.show", id=id), 303)
