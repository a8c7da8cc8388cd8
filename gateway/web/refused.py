"""Why somebody is not let in, as both audiences are told: launches, rights, barrings and rates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from flask import g
from flask_babel import gettext as _

from gateway.domain import errors
from gateway.web import guards
from gateway.web.words.http import barred, too_often, weak_login, without_right
from gateway.web.words.records import RECORD_REASONS, record_words

_LAUNCH_STATUS = {"malformed": 400, "no-right": 403, "unknown-issuer": 403, "missing-scope": 403}


@dataclass(frozen=True, slots=True)
class Problem:
    """An error as both audiences are told it. ``extra`` goes to programs only."""

    status: int
    kind: str
    title: str
    means: str = ""
    advice: str = ""
    extra: tuple[tuple[str, str], ...] = ()


def _record_stops(fault: errors.LaunchRefused) -> Problem:
    what, how = record_words()[fault.public]
    nothing = _("Lægen er ikke kontaktet, og intet er gemt.")
    return Problem(409, "launch-refused", what, nothing, how, (("reason", fault.public),))


def launch_refused(fault: errors.LaunchRefused) -> Problem:
    if fault.public in RECORD_REASONS:
        return _record_stops(fault)
    if fault.public == "missing-scope":
        return Problem(
            403,
            "launch-refused",
            _("Journalen gav ikke Lægebro lov til at læse borgeren."),
            _("Lægen er ikke kontaktet, og intet er gemt."),
            _("Bed jeres it-afdeling om at give Lægebro de manglende rettigheder i journalen. De står i loggen."),
            (("reason", fault.public),),
        )
    if fault.public == "identity-level":
        return Problem(403, "launch-refused", *weak_login(), (("reason", fault.public),))
    return Problem(
        _LAUNCH_STATUS.get(fault.public, 401),
        "launch-refused",
        _("Start herfra blev afvist."),
        _("Vi kunne ikke bekræfte, hvor starten kom fra. Intet er gemt."),
        _("Start igen fra borgerens journal, eller log på."),
        (("reason", fault.public),),
    )


def access_refused(fault: errors.AccessRefused) -> Problem:
    """Whom to ask is her organisation's support, else the operator's; the right's own name is for programs."""
    gateway = guards.current_gateway()
    tenant = fault.tenant or (str(g.session.tenant or "") if g.get("session") else "")
    said = gateway.tenant(UUID(tenant)).settings if tenant else gateway.settings.model_dump()
    return Problem(403, "access-refused", *without_right(said), (("right", fault.right),))


def access_barred(fault: errors.AccessBarred) -> Problem:
    settings = guards.current_gateway().tenant(UUID(fault.tenant)).settings if fault.tenant else {}
    return Problem(403, "access-barred", *barred(settings))


def too_many(fault: errors.TooOften) -> Problem:
    again_at = guards.current_gateway().clock.now() + timedelta(seconds=fault.retry_after)
    return Problem(429, "too-often", *too_often(fault.what, again_at))
