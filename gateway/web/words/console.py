"""The console's codes in words, and what the nurses read while a connection fares so."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _

from gateway.domain.oversight import ConsoleRole
from gateway.domain.peers.overview import Condition, ConnectionLine


def role_words() -> Mapping[ConsoleRole, str]:
    return {
        ConsoleRole.INTEGRATION: _("Integration"),
        ConsoleRole.SUPPORT: _("Support"),
        ConsoleRole.WORKPLACE: _("Arbejdssted"),
        ConsoleRole.SETUP: _("Opsætning"),
        ConsoleRole.LOG_REVIEW: _("Logkontrol"),
        ConsoleRole.OPERATOR: _("Drift"),
    }


def condition_words() -> Mapping[Condition, str]:
    return {
        Condition.CUT: _("Afbrudt"),
        Condition.FAILING: _("Fejler"),
        Condition.PAUSED: _("Pauset"),
        Condition.WELL: _("Aktiv"),
        Condition.UNTRIED: _("Aktiv, ikke brugt endnu"),
    }


def direction_words() -> Mapping[str, str]:
    """What a connection of each kind is for."""
    return {
        "eoj": _("Start og notat"),
        "gp_system": _("Kø"),
        "identity": _("Log på"),
        "register": _("Opslag"),
    }


def nurse_words(line: ConnectionLine) -> str:
    """The text that this state produces on the nurses' pages, word for word as it stands there; "" where none."""
    if line.condition not in (Condition.CUT, Condition.FAILING):
        return ""
    texts: Mapping[str, str] = {
        "gp_system": " ".join(
            (
                _("Ingen forbindelse til klinikkens system"),
                _("Du kan stille i kø; vi leverer, så snart det er muligt. Haster det, så ring."),
            )
        ),
        "eoj": _("Journalen svarer ikke lige nu. Vi prøver igen. Du behøver ikke gøre noget."),
        "identity": " ".join((_("Et andet system svarer ikke."), _("Prøv igen om lidt, eller ring til klinikken."))),
    }
    return texts.get(line.kind, "")
