"""Opening hours and the big switch, per practice of the clinic (requirements.md C09)."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from gateway.domain.errors import InvalidField, NotFound
from gateway.domain.identifiers import Ydernummer
from gateway.domain.practice import VideoHours, danish_day
from gateway.services.practice_side import closing
from gateway.web.clinic import desk
from gateway.web.clinic.video_hours import switched, weekly_from
from gateway.web.guards import current_gateway, me, my_scope, open_to
from gateway.web.rendering import page
from gateway.web.words.clinic import all_words, weekdays

routes = Blueprint("clinic_settings", __name__)


@routes.get("/klinik/indstillinger")
@open_to("clinic")
def hours() -> ResponseReturnValue:
    return shown()


def shown(errors: dict[str, str] | None = None, faulty: str = "") -> ResponseReturnValue:
    """The page; with ``errors`` as 422, and what was typed for the practice ``faulty`` kept."""
    return page(
        "clinic/settings.html",
        422 if errors else 200,
        practices=desk.practice_states(),
        weekdays=weekdays(),
        waiting=desk.waiting_by_practice(),
        words=all_words(),
        today=danish_day(current_gateway().clock.now()),
        errors=errors or {},
        faulty=faulty,
        typed=request.form,
    )


@routes.post("/klinik/indstillinger/<ydernummer>/uge")
@open_to("clinic")
def set_week(ydernummer: str) -> ResponseReturnValue:
    number = mine(ydernummer)
    try:
        changed = weekly_from(request.form, current_gateway().practices.hours(number))
    except InvalidField as fault:
        return shown({fault.field: _week_fault(fault)}, faulty=ydernummer)
    return keep(number, changed)


@routes.post("/klinik/indstillinger/<ydernummer>/kontakt")
@open_to("clinic")
def set_switch(ydernummer: str) -> ResponseReturnValue:
    gateway = current_gateway()
    number = mine(ydernummer)
    try:
        changed = switched(request.form, gateway.practices.hours(number), gateway.clock.now())
    except InvalidField as fault:
        return shown({fault.field: _("Vælg, om der er åbent, og skriv tiden som fx 13.30.")}, faulty=ydernummer)
    return keep(number, changed)


def keep(ydernummer: Ydernummer, hours: VideoHours) -> ResponseReturnValue:
    """Write the hours, and what they mean for those who wait."""
    gateway = current_gateway()
    closing.set_hours(
        my_scope(), ydernummer, hours, me(), practices=gateway.practices, store=gateway.store, clock=gateway.clock
    )
    return redirect(url_for("clinic.clinic_settings.hours", _anchor=f"practice-{ydernummer}"), 303)


def mine(text: str) -> Ydernummer:
    """One of the clinic's own numbers; any other does not exist here."""
    for ydernummer in desk.my_practices():
        if str(ydernummer) == text:
            return ydernummer
    raise NotFound("practice")


def _week_fault(fault: InvalidField) -> str:
    day = weekdays()[int(fault.field.rpartition(".")[2])]
    words: dict[str, str] = {
        "not-a-time": _("%(day)s: skriv både fra og til, fx 9.00 og 15.00.", day=day),
        "ends-before-it-starts": _("%(day)s: sluttiden skal være efter starttiden.", day=day),
        "overlap": _("%(day)s: de to tidsrum overlapper.", day=day),
    }
    return words.get(fault.reason, day)
