"""The words with which a citizen is asked about pictures, and why a record took none."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _

from gateway.domain.note.still import StillRefusal


def stills_question() -> str:
    """Kept with the consent, as it was shown."""
    asked = _("Må vi tage billeder til din journal? De lægges i den sammen med notatet, og lægen kan se dem.")
    return f"{asked} {_('Du kan fortryde, til de er lagt i den.')}"


def refusal_words() -> Mapping[StillRefusal, str]:
    return {
        StillRefusal.TOO_LARGE: _("billedet fylder for meget"),
        StillRefusal.KIND: _("den tager ikke imod den slags billeder"),
        StillRefusal.FORBIDDEN: _("vi må ikke lægge billeder i den"),
        StillRefusal.OTHER: _("den gav ingen anden grund"),
    }
