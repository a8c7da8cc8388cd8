"""Why the citizen's record itself stops a start, and what to do: one pair of sentences per reason."""

from __future__ import annotations

from collections.abc import Mapping

from flask import url_for
from flask_babel import gettext as _

RECORD_REASONS = {"several-numbers", "deceased", "merged", "inactive"}
SUPERSEDED = {"merged", "inactive"}  # there is, or may be, another record to start from


def record_words() -> Mapping[str, tuple[str, str]]:
    """Why the citizen's record itself stops a start, and what to do."""
    return {
        "several-numbers": (
            _("Journalen har to gældende numre for borgeren."),
            _("Spørg borgeren, og ret journalen, så kun det gældende nummer står åbent. Start så igen."),
        ),
        "deceased": (
            _("Journalen siger, at borgeren er død."),
            _("Er det en fejl, så ret journalen, og start igen."),
        ),
        "merged": (
            _("Journalen er lagt sammen med en anden."),
            _("Åbn borgerens gældende journal, og start derfra."),
        ),
        "inactive": (
            _("Journalen er ikke længere i brug."),
            _("Åbn borgerens gældende journal, og start derfra."),
        ),
    }


def ways_on(reason: str) -> list[dict[str, str]]:
    """Where the record that was open is not the one to start from, the right one is found by the citizen's number."""
    label = _("Start med CPR-nummer i stedet")
    return [{"href": url_for("mine.begin"), "testid": "to-begin", "label": label}] if reason in SUPERSEDED else []
