"""Per practice of the clinic: hours, switch, pauses, holidays, agreements, its number, and "reject all" (C09, C15)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from gateway.domain.consultation.queue_entry import RejectReason
from gateway.domain.errors import InvalidField, NotFound
from gateway.domain.identifiers import Ydernummer, require_no_number
from gateway.domain.practice import VideoHours, danish_day
from gateway.services.act import Acting, acting
from gateway.services.practice_side import closing
from gateway.web import guards
from gateway.web.acts import Act, Fault, mount
from gateway.web.clinic import desk, forms, video_hours
from gateway.web.forms import Form
from gateway.web.guards import current_gateway, my_scope, open_to
from gateway.web.rendering import page
from gateway.web.words.clinic import all_words, weekdays

blueprint = Blueprint("clinic_settings", __name__)


@blueprint.get("/klinik/indstillinger")
@open_to("clinic")
def hours() -> ResponseReturnValue:
    return _shown({}, {}, "")


def _shown(errors: dict[str, str], typed: dict[str, str], faulty: str) -> ResponseReturnValue:
    """The page; with ``errors`` as 422, and what was typed for the practice ``faulty`` kept."""
    return page(
        "clinic/settings.html",
        422 if errors else 200,
        practices=desk.practice_states(),
        weekdays=weekdays(),
        waiting=desk.waiting_by_practice(),
        words=all_words(),
        today=danish_day(current_gateway().clock.now()),
        errors=errors,
        faulty=faulty,
        typed=typed,
    )


def _mine(text: str) -> Ydernummer:
    """One of the clinic's own numbers; any other does not exist here."""
    for ydernummer in desk.my_practices():
        if str(ydernummer) == text:
            return ydernummer
    raise NotFound("practice")


Setting = Callable[[VideoHours, Acting[Any]], VideoHours]


def _week(hours: VideoHours, by: Acting[forms.Week]) -> VideoHours:
    return video_hours.weekly_from(by.form.model_extra or {}, hours)


def _switch(hours: VideoHours, by: Acting[forms.Switch]) -> VideoHours:
    return video_hours.switched(by.form.switch, by.form.until, hours, by.at)


def _pause(hours: VideoHours, by: Acting[forms.Pause]) -> VideoHours:
    return video_hours.paused(by.form.until, hours, by.at)


def _open_day(hours: VideoHours, by: Acting[forms.Day]) -> VideoHours:
    return video_hours.opened_on(by.form.day, hours)


def _setting(set_hours: Setting) -> Callable[..., None]:
    """The service of a form that changes a practice's hours: written, with what they mean for those who wait."""

    def service(form: Form, ydernummer: str) -> None:
        number, by = _mine(ydernummer), acting(form, guards.me(), current_gateway().ports)
        changed = set_hours(by.ports.practices.hours(number), by)
        closing.set_hours(my_scope(), number, changed, by)

    return service


def _close_for_holiday(form: forms.Holiday, ydernummer: str) -> None:
    """Closed on these days; where another practice takes the patients meanwhile, it is named."""
    gateway, number = current_gateway(), _mine(ydernummer)
    by = acting(form, guards.me(), gateway.ports)
    hours = gateway.practices.hours(number)
    changed, first, last = video_hours.holiday(form.first, form.last, hours, danish_day(by.at))
    substitute = _substitute(form.substitute, number)
    if substitute is not None:
        gateway.practices.substitute(number, substitute, first, last + timedelta(days=1), by.actor.id, by.at)
    closing.set_hours(my_scope(), number, changed, by)


def _substitute(text: str, own: Ydernummer) -> Ydernummer | None:
    """Another known practice, or none."""
    if not text:
        return None
    number, gateway = Ydernummer.parse(text, "substitute"), current_gateway()
    if number == own or gateway.providers.find(number, danish_day(gateway.clock.now())) is None:
        raise InvalidField("substitute", "unknown")
    return number


def _set_policy(form: forms.Agreements, ydernummer: str) -> None:
    """Whether a call must be agreed first, in general and just now ("Kun aftalte tider")."""
    gateway, number = current_gateway(), _mine(ydernummer)
    by = acting(form, guards.me(), gateway.ports)
    gateway.practices.set_agreement(number, form.agreement, by.actor, by.at)
    changed = replace(gateway.practices.hours(number), agreed_only=form.agreed_only == "on")
    closing.set_hours(my_scope(), number, changed, by)


def _set_direct_phone(form: forms.DirectPhone, ydernummer: str) -> None:
    """The number that employees ring when the video does not work."""
    by = acting(form, guards.me(), current_gateway().ports)
    closing.set_direct_phone(my_scope(), _mine(ydernummer), form.direct_phone, by)


def _set_relay_only(form: forms.RelayOnly, ydernummer: str) -> None:
    """For a network whose firewall opens one address: the clinic's video goes there and nowhere else."""
    gateway, number = current_gateway(), _mine(ydernummer)
    gateway.practices.set_relay_only(number, form.relay_only == "on", guards.me(), gateway.clock.now())


def _reject_all(form: forms.Rejection, ydernummer: str) -> None:
    """ "Afvis alle med besked": those who wait without an agreed time."""
    number = _mine(ydernummer)
    if form.reason is RejectReason.OTHER and not form.text:
        raise InvalidField("reason", "required")
    require_no_number("text", form.text)
    by = acting(form, guards.me(), current_gateway().ports)
    closing.reject_all(
        my_scope(), number, form.reason, form.text, by, lambda c: [guards.audit_row("write", "reject-all", c)]
    )


def _week_words(fault: InvalidField) -> str:
    day = weekdays()[int(fault.field.rpartition(".")[2])]
    words: dict[str, str] = {
        "not-a-clock": _("%(day)s: skriv både fra og til, fx 9.00 og 15.00.", day=day),
        "ends-before-it-starts": _("%(day)s: sluttiden skal være efter starttiden.", day=day),
        "overlap": _("%(day)s: de to tidsrum overlapper.", day=day),
    }
    return words.get(fault.reason, day)


def _day_words(fault: InvalidField) -> str:
    words: str = _("Vælg første og sidste lukkedag, højst 90 dage.")
    if fault.field == "substitute":
        words = _("Skriv afløserens ydernummer med seks cifre.")
    elif fault.reason == "ends-before-it-starts":
        words = _("Sidste dag må ikke være før første dag.")
    return words


def _rejection_words(_fault: InvalidField) -> str:
    return str(_("Vælg, hvorfor kaldene afvises. Ved Andet skal der stå en besked."))


def _act(
    verb: str, form: type[Form], service: Callable[..., None], page: str, words: Callable[[Any], str], audit: str = ""
) -> Act:
    """A form of the page: back to its practice, or shown again with ``words`` beside the field."""

    def again(typed: dict[str, str], faults: Sequence[Fault], ydernummer: str) -> ResponseReturnValue:
        invalid = [fault for fault in faults if isinstance(fault, InvalidField)]
        errors = {"reason" if fault.field == "text" else fault.field: words(fault) for fault in invalid}
        return _shown(errors, typed, ydernummer)

    def then(_done: None, ydernummer: str) -> ResponseReturnValue:
        return redirect(url_for("clinic_settings.hours", _anchor=f"practice-{ydernummer}"), 303)

    address = f"/klinik/indstillinger/<ydernummer>/{page}"
    return Act(verb, "clinic", form, audit, service, page=address, then=then, again=again)


mount(
    blueprint,
    (
        _act("set-week", forms.Week, _setting(_week), "uge", _week_words),
        _act(
            "set-switch",
            forms.Switch,
            _setting(_switch),
            "kontakt",
            lambda _fault: _("Vælg, om der er åbent, og skriv tiden som fx 13.30."),
        ),
        _act(
            "set-pause",
            forms.Pause,
            _setting(_pause),
            "pause",
            lambda _fault: _("Skriv, hvornår pausen slutter, som fx 13.00."),
        ),
        _act("close-for-holiday", forms.Holiday, _close_for_holiday, "ferie", _day_words),
        _act("open-day", forms.Day, _setting(_open_day), "aaben-dag", _day_words),
        _act(
            "set-policy",
            forms.Agreements,
            _set_policy,
            "aftaler",
            lambda _fault: _("Vælg, om videokald skal aftales først."),
        ),
        _act(
            "set-direct-phone",
            forms.DirectPhone,
            _set_direct_phone,
            "nummer",
            lambda _fault: _("Direkte nummer: skriv otte cifre, som fx 31 22 11 00."),
        ),
        _act(
            "set-relay-only",
            forms.RelayOnly,
            _set_relay_only,
            "relae",
            lambda _fault: _("Det lykkedes ikke. Prøv igen."),
        ),
        _act("reject-all", forms.Rejection, _reject_all, "afvis-alle", _rejection_words, "reject-all"),
    ),
)
