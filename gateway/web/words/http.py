"""HTTP statuses in words, where nothing better is known of a fault."""

from __future__ import annotations

from flask_babel import gettext as _

HTTP_TITLES = {
    400: lambda: _("Forespørgslen kan ikke læses."),
    405: lambda: _("Det kan man ikke her."),
    413: lambda: _("Det er for stort til at blive modtaget."),
    415: lambda: _("Indholdet har en forkert type."),
}
