"""The words with which a citizen is asked about pictures."""

from __future__ import annotations

from flask_babel import gettext as _


def stills_question() -> str:
    """Kept with the consent, as it was shown."""
    asked = _("Må vi tage billeder til din journal? De lægges i den sammen med notatet, og lægen kan se dem.")
    return f"{asked} {_('Du kan fortryde, til de er lagt i den.')}"
