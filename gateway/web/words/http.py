"""HTTP statuses in words, where nothing better is known of a fault."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _

from gateway.domain.practice import COPENHAGEN
from gateway.rate_limits import What

HTTP_TITLES = {
    400: lambda: _("Forespørgslen kan ikke læses."),
    405: lambda: _("Det kan man ikke her."),
    413: lambda: _("Det er for stort til at blive modtaget."),
    415: lambda: _("Indholdet har en forkert type."),
}


def _support(settings: Mapping[str, Any]) -> str:
    """Name and telephone, as far as they are set."""
    return " ".join(str(settings[name]) for name in ("support_name", "support_phone") if settings.get(name))


def without_right(settings: Mapping[str, Any]) -> tuple[str, str, str]:
    """``settings``: of whoever is to be asked, her organisation or the operator."""
    support = _support(settings)
    return (
        _("Du har ikke adgang til Lægebro."),
        _("Din organisation har ikke givet dig rettigheden."),
        _("Din leder kan give dig den. Spørg %(whom)s, hvis du er i tvivl.", whom=support)
        if support
        else _("Din leder kan give dig den."),
    )


def barred(settings: Mapping[str, Any]) -> tuple[str, str, str]:
    """``settings``: her organisation's, which may name its support; none at a clinic."""
    support = _support(settings)
    return (
        _("Din adgang til Lægebro er spærret."),
        _("Det har en administrator gjort. Det, du var i gang med, er givet videre."),
        _("Spørg %(whom)s.", whom=support or _("din leder")),
    )


def weak_login() -> tuple[str, str, str]:
    return (
        _("Du har ikke logget stærkt nok på."),
        _("Din organisation kræver et stærkere login til Lægebro. Intet er gemt."),
        _("Log på igen med det login, din organisation kræver, fx med to faktorer. Spørg support, hvis det driller."),
    )


def too_often(what: str, again_at: datetime) -> tuple[str, str, str]:
    """What happened, what it means, what to do: the Danish time is rounded up to the minute."""
    at = (again_at + timedelta(seconds=59)).astimezone(COPENHAGEN)
    until = _("Prøv igen kl. %(time)s.", time=at.strftime("%H.%M"))
    if what != What.CITIZEN_SEARCH:
        return _("Det går for hurtigt."), _("Handlingen blev ikke udført."), until
    instead = _("Start fra borgerens journal i stedet. Skal du slå flere op, så ring til support.")
    return (
        _("Du har slået mange borgere op på kort tid."),
        _("Der er ikke slået op denne gang, og opslagene bliver gennemgået."),
        f"{instead} {until}",
    )
