"""Pauses, holidays with a substitute, agreements, the direct number, and closing while somebody waits (C09, C15)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from gateway.domain.consultation.queue_entry import RejectReason
from gateway.domain.errors import InvalidField
from gateway.domain.identifiers import Ydernummer
from gateway.domain.practice import AgreementPolicy, danish_day
from gateway.services.practice_side import closing
from gateway.web.clinic import video_hours
from gateway.web.clinic.settings import keep, mine, shown
from gateway.web.guards import current_gateway, me, my_scope, open_to

routes = Blueprint("clinic_closing", __name__, url_prefix="/klinik/indstillinger/<ydernummer>")


@routes.post("/pause")
@open_to("clinic")
def pause(ydernummer: str) -> ResponseReturnValue:
    """ "Pause til kl. …"; without a time the pause is over."""
    gateway, number = current_gateway(), mine(ydernummer)
    try:
        changed = video_hours.paused(request.form, gateway.practices.hours(number), gateway.clock.now())
    except InvalidField as fault:
        return shown({fault.field: _("Skriv, hvornår pausen slutter, som fx 13.00.")}, ydernummer)
    return keep(number, changed)


@routes.post("/ferie")
@open_to("clinic")
def close_for_holiday(ydernummer: str) -> ResponseReturnValue:
    """Closed on these days; where another practice takes the patients meanwhile, it is named."""
    gateway, number = current_gateway(), mine(ydernummer)
    now = gateway.clock.now()
    try:
        hours = gateway.practices.hours(number)
        changed, first, last = video_hours.holiday(request.form, hours, danish_day(now))
        substitute = _substitute(request.form.get("substitute", ""), number)
    except InvalidField as fault:
        return shown({fault.field: _holiday_fault(fault)}, ydernummer)
    if substitute is not None:
        gateway.practices.substitute(number, substitute, first, last + timedelta(days=1), me().id, now)
    return keep(number, changed)


def _substitute(text: str, own: Ydernummer) -> Ydernummer | None:
    """Another known practice, or none."""
    if not text.strip():
        return None
    number, gateway = Ydernummer.parse(text, "substitute"), current_gateway()
    if number == own or gateway.providers.find(number, danish_day(gateway.clock.now())) is None:
        raise InvalidField("substitute", "unknown")
    return number


def _holiday_fault(fault: InvalidField) -> str:
    words: str = _("Vælg første og sidste lukkedag, højst 90 dage.")
    if fault.field == "substitute":
        words = _("Skriv afløserens ydernummer med seks cifre.")
    elif fault.reason == "ends-before-it-starts":
        words = _("Sidste dag må ikke være før første dag.")
    return words


@routes.post("/aaben-dag")
@open_to("clinic")
def open_day(ydernummer: str) -> ResponseReturnValue:
    """Take one dated exception off."""
    number = mine(ydernummer)
    try:
        changed = video_hours.opened_on(request.form, current_gateway().practices.hours(number))
    except InvalidField as fault:
        return shown({fault.field: _holiday_fault(fault)}, ydernummer)
    return keep(number, changed)


@routes.post("/aftaler")
@open_to("clinic")
def set_policy(ydernummer: str) -> ResponseReturnValue:
    """Whether a call must be agreed first, in general and just now ("Kun aftalte tider")."""
    gateway, number = current_gateway(), mine(ydernummer)
    said = request.form.get("agreement", "")
    if said not in tuple(AgreementPolicy):
        return shown({"agreement": _("Vælg, om videokald skal aftales først.")}, ydernummer)
    gateway.practices.set_agreement(number, AgreementPolicy(said), me(), gateway.clock.now())
    only = request.form.get("agreed_only") == "on"
    return keep(number, replace(gateway.practices.hours(number), agreed_only=only))


@routes.post("/nummer")
@open_to("clinic")
def set_direct_phone(ydernummer: str) -> ResponseReturnValue:
    """The number that employees ring when the video does not work."""
    gateway, number = current_gateway(), mine(ydernummer)
    typed = request.form.get("direct_phone", "")
    try:
        closing.set_direct_phone(
            my_scope(), number, typed, me(), practices=gateway.practices, store=gateway.store, clock=gateway.clock
        )
    except InvalidField as fault:
        return shown({fault.field: _("Direkte nummer: skriv otte cifre, som fx 31 22 11 00.")}, ydernummer)
    return redirect(url_for("clinic.clinic_settings.hours", _anchor=f"practice-{number}"), 303)


@routes.post("/afvis-alle")
@open_to("clinic")
def reject_all(ydernummer: str) -> ResponseReturnValue:
    """ "Afvis alle med besked": those who wait without an agreed time."""
    gateway, number = current_gateway(), mine(ydernummer)
    said, text = request.form.get("reason", ""), request.form.get("text", "").strip()[:300]
    if said not in tuple(RejectReason) or (said == RejectReason.OTHER and not text):
        return shown({"reason": _("Vælg, hvorfor kaldene afvises. Ved Andet skal der stå en besked.")}, ydernummer)
    closing.reject_all(my_scope(), number, RejectReason(said), text, me(), store=gateway.store, clock=gateway.clock)
    return redirect(url_for("clinic.clinic_settings.hours", _anchor=f"practice-{number}"), 303)
