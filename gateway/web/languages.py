"""The languages of the pages: Danish and English everywhere, and further ones on the citizen's page alone.

The further catalogues (``translations/<code>``) hold the texts of ``templates/citizen`` and nothing else. They were
made by a machine; the page says so until somebody who speaks the language has reviewed one: then it leaves
``MACHINE_MADE``.
"""

from __future__ import annotations

from flask import g

from gateway.domain.session import SessionKind
from gateway.web import cookies

COOKIE = "laegebro_language"
CITIZEN_COOKIE = "laegebro_citizen_language"  # goes with the citizen: the employee's own choice stays as it was
KEPT = 365 * 24 * 3600
CITIZEN_KEPT = 12 * 3600
OF_ALL = ("da", "en")
OF_CITIZEN = {  # each by its own name
    "da": "Dansk",
    "en": "English",
    "ar": "العربية",
    "bs": "Bosanski · Hrvatski · Srpski",
    "de": "Deutsch",
    "fa": "فارسی",
    "pl": "Polski",
    "ro": "Română",
    "so": "Soomaali",
    "tr": "Türkçe",
    "uk": "Українська",
    "ur": "اردو",
}
MACHINE_MADE = frozenset(OF_CITIZEN) - frozenset(OF_ALL)
RIGHT_TO_LEFT = frozenset({"ar", "fa", "ur"})


def chosen() -> str:
    """Danish unless the person has chosen otherwise."""
    session = g.get("session")
    if session is not None and session.kind is SessionKind.CITIZEN:
        citizens = cookies.read(CITIZEN_COOKIE)
        if citizens in OF_CITIZEN:
            return citizens
    own = cookies.read(COOKIE)
    return own if own is not None and own in OF_ALL else "da"
