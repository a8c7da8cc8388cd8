"""The invented consultations that a connection is tried with, and what becomes of each under a draft."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _

from gateway.connecting.rehearsing import Compared


def scenario_words() -> Mapping[str, str]:
    """By the names of ``adapters/contract/scenarios.py``."""
    return {
        "cpr": _("Kvinde med CPR-nummer"),
        "cpr-man": _("Mand med CPR-nummer"),
        "cpr-child": _("Barn med CPR-nummer"),
        "x-ecpr": _("Nationalt erstatningsnummer (X-eCPR)"),
        "d-ecpr": _("Decentralt erstatningsnummer (D-eCPR)"),
        "without-number": _("Borger uden nummer"),
        "nobody": _("Ingen borger: generel rådgivning"),
        "protected": _("Navne- og adressebeskyttet borger"),
        "one-name": _("Borger med ét navn"),
        "long-name": _("Meget langt navn"),
        "danish-name": _("Navn med æ, ø, å og apostrof"),
        "unknown-age": _("Ukendt alder og køn"),
        "refusal": _("Borgeren afslog"),
        "withdrawn-consent": _("Samtykke trukket tilbage under samtalen"),
        "representative": _("Samtykke fra nærmeste pårørende"),
        "urgent": _("Samtykke kunne ikke indhentes"),
        "phone": _("Gennemført på telefon"),
        "broken-off": _("Afbrudt af en teknisk fejl"),
        "rejected": _("Afvist af praksis"),
        "not-answered": _("Praksis svarede ikke"),
        "round": _("Runde på plejehjem"),
        "citizen-alone": _("Borgeren talte alene med lægen"),
        "relative": _("En pårørende var med"),
        "interpreter": _("En tolk var med"),
        "colleague": _("En kollega var med"),
        "danish": _("Æ, ø, å, citationstegn og mellemrum"),
        "line-breaks": _("Linjeskift og tabulatorer"),
        "long-text": _("2000 tegn"),
        "hostile": _("Tegn med betydning i HL7, XML og HTML"),
        "outside-latin": _("Tegn uden for dansk: pile, emoji, polsk"),
        "no-text": _("Ingen tekst"),
        "blank-lines": _("Tomme linjer først og sidst"),
        "agreed-with": _("Aftalt med en navngiven i klinikken"),
        "nothing-agreed": _("Ingen aftalt tid"),
        "clinic-text": _("Tilføjelse fra klinikken"),
        "unreviewed": _("Ikke gennemgået af medarbejderen"),
    }


def compared_words() -> Mapping[Compared, str]:
    return {
        Compared.UNCHANGED: _("Uændret"),
        Compared.CHANGED: _("Ændret"),
        Compared.FAILS: _("Fejler nu"),
        Compared.WORKS: _("Virker nu"),
        Compared.STILL_FAILS: _("Fejler stadig"),
    }
