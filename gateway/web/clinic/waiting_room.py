"""The waiting room: calls from all organisations to the practices of one clinic (requirements.md C02–C08, C14, C16)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from gateway.connecting.upgrading import announced
from gateway.domain.consultation.typed_moment import typed_day
from gateway.domain.errors import InvalidField
from gateway.domain.practice import danish_day
from gateway.web.acts import messages, pressed
from gateway.web.clinic import desk
from gateway.web.clinic.forms import Sitting
from gateway.web.guards import current_gateway, current_session, open_to, record_read
from gateway.web.rendering import page
from gateway.web.words.clinic import all_words, hides_names

blueprint = Blueprint("clinic", __name__)
KEPT_DAYS = timedelta(days=30)


@blueprint.app_template_filter("iso")
def iso(text: str | None) -> datetime | None:
    """Back from the ISO time of a view document."""
    return datetime.fromisoformat(text) if text else None


@blueprint.get("/klinik")
@open_to("clinic")
def waiting_room() -> ResponseReturnValue:
    desk.attend()
    rows = desk.rows_of(desk.my_open_consultations(), "clinic-list")
    return page("clinic/waiting_room.html", rows=rows, opened=None, **_frame())


def _frame() -> dict[str, Any]:
    grant = current_session().grant
    return {
        "upgrade": announced(current_gateway()),
        "practices": desk.practice_states(),
        "words": all_words(),
        **_pane_frame(),
        "names_hidden": hides_names(grant.role),
        "seq": desk.counts()["seq"],
        "clinics": current_gateway().organisations.clinics_of_user(grant.connection, grant.subject),
    }


def _pane_frame() -> dict[str, Any]:
    """Who a call can be sent to, and the number employees may ring."""
    gateway, session = current_gateway(), current_session()
    people = gateway.organisations.people_of(session.clinic) if session.clinic else []
    phones = [gateway.practices.state(y, gateway.clock.now()).direct_phone for y in desk.my_practices()]
    colleagues = [name for name in people if name != session.grant.name]
    return {"colleagues": colleagues, "practice_phone": next((phone for phone in phones if phone), "")}


@pressed(blueprint, "/klinik/skift", "clinic", Sitting)
def change_clinic(form: Sitting) -> ResponseReturnValue:
    """Somebody of several clinics sits at another one (C01)."""
    current_gateway().access.sit_at(current_session(), form.clinic)
    return redirect(url_for("clinic.waiting_room"), 303)


@blueprint.get("/klinik/liste")
@open_to("clinic")
def rows() -> ResponseReturnValue:
    """The list alone, fetched when the live stream says that something changed."""
    found = desk.rows_of(desk.my_open_consultations(), "clinic-list")
    return page("clinic/parts/rows.html", rows=found, words=all_words())


@blueprint.get("/klinik/kald/<uuid:entry>")
@open_to("clinic")
def entry(entry: UUID) -> ResponseReturnValue:
    """The address an integrated practice system shows: after login right here, at the clinic that holds it (C13)."""
    consultation = desk.arrived_at(entry)
    if consultation is None:
        return redirect(url_for("clinic.entry", entry=entry), 303)
    if desk.has_call(consultation):
        return redirect(url_for("clinic_call.call", entry=entry), 303)
    desk.attend()
    rows = desk.rows_of(desk.my_open_consultations(), "clinic-list")
    opened = desk.pane_of(consultation, "clinic-pane")
    return page("clinic/waiting_room.html", rows=rows, opened=opened, **_frame())


@blueprint.get("/klinik/rude/<uuid:entry>")
@open_to("clinic")
def pane(entry: UUID) -> ResponseReturnValue:
    """The side pane of one entry."""
    consultation, _ = desk.my_entry(entry)
    return page(
        "clinic/parts/pane.html", row=desk.pane_of(consultation, "clinic-pane"), words=all_words(), **_pane_frame()
    )


@blueprint.get("/klinik/dagens-liste")
@open_to("clinic")
def today() -> ResponseReturnValue:
    """What became of a day's calls, today's or one of the last thirty: own entries, without their text (C14)."""
    now = danish_day(current_gateway().clock.now())
    asked = request.args.get("dag", "")
    errors: dict[str, str] = {}
    try:
        wanted = typed_day(asked, now, "dag") if asked else now
    except InvalidField as fault:
        wanted, errors = now, messages([fault])
    day = min(now, max(now - KEPT_DAYS, wanted))
    ended = desk.ended_on(day)
    record_read("clinic-today", *ended)
    days = [now - timedelta(days=n) for n in range(KEPT_DAYS.days + 1)]
    typed = asked if errors else ""
    return page(
        "clinic/today.html", ended=ended, words=all_words(), shown=day, today=now, days=days, typed=typed, errors=errors
    )
