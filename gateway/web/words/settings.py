"""What is wrong with a connection's setting, in a sentence that stands beside its field."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask_babel import gettext as _

from gateway.connecting.reading import SettingFault
from gateway.domain.oversight import Decision, RiskyAct

_WORDS: Mapping[str, Callable[[SettingFault], str]] = {
    "missing": lambda _f: _("Skal udfyldes."),
    "extra_forbidden": lambda _f: _("Feltet kendes ikke af denne slags forbindelse. Tøm det."),
    "string_too_short": lambda _f: _("Skal udfyldes."),
    "string_too_long": lambda _f: _("Teksten er for lang."),
    "string_pattern_mismatch": lambda _f: _("Værdien har ikke den rigtige form."),
    "int_parsing": lambda _f: _("Skriv et helt tal."),
    "int_type": lambda _f: _("Skriv et helt tal."),
    "int_from_float": lambda _f: _("Skriv et helt tal."),
    "float_parsing": lambda _f: _("Skriv et tal."),
    "float_type": lambda _f: _("Skriv et tal."),
    "bool_parsing": lambda _f: _("Vælg ja eller nej."),
    "greater_than": lambda _f: _("Tallet er for lille."),
    "greater_than_equal": lambda _f: _("Tallet er for lille."),
    "less_than": lambda _f: _("Tallet er for stort."),
    "less_than_equal": lambda _f: _("Tallet er for stort."),
    "literal_error": lambda _f: _("Vælg en af de tilladte værdier."),
    "enum": lambda _f: _("Vælg en af de tilladte værdier."),
    "uuid_parsing": lambda _f: _("Værdien har ikke den rigtige form."),
    "list_type": lambda _f: _("Skriv en liste: én værdi på hver linje."),
    "tuple_type": lambda _f: _("Skriv en liste: én værdi på hver linje."),
    "dict_type": lambda _f: _("Skriv par: «deres = vores», ét på hver linje."),
    "written-out": lambda _f: _("Skriv ikke hemmeligheden her, kun hvor den ligger. Feltet er tømt."),
    "citizen-number": lambda _f: _("Teksten ligner et CPR-nummer. Det hører ikke til her."),
    "reference-not-allowed": lambda fault: _reference(fault.words),
    "internal-address": lambda fault: _(
        "Adressen peger på et internt net (%(ip)s). Brug en offentlig adresse, eller bed driften tillade nettet.",
        ip=fault.words,
    ),
    "production-host": lambda fault: _(
        "%(host)s hører til produktion. En testforbindelse må ikke pege derhen.", host=fault.words
    ),
    "held-missing": lambda _f: _("Filen kan ikke læses her. Driften lægger den dér, så Lægebros konto kan læse den."),
    "held-empty": lambda _f: _("Filen er tom."),
    "not-a-secret": lambda _f: _("Filen holder en nøgle, et certifikat eller flere linjer, ikke en hemmelighed."),
    "not-a-key": lambda _f: _("Filen holder ikke en privat nøgle (PEM uden kodeord)."),
    "not-a-certificate": lambda _f: _("Filen holder ikke et certifikat (PEM)."),
    "certificate-ended": lambda fault: _("Certifikatet udløb %(day)s. Bestil og læg et nyt.", day=fault.about),
    "certificate-not-begun": lambda fault: _("Certifikatet gælder først fra %(day)s. Vent til da.", day=fault.about),
    "key-of-another": lambda fault: _("Nøglen hører ikke til certifikatet i %(field)s.", field=fault.about),
    "private-key": lambda _f: _("Det er en privat nøgle. Kun de offentlige nøgler hører til her. Intet er gemt."),
    "nothing-new": lambda _f: _("Skriv mindst ét nyt sted, en ny nøgle eller et nyt fingeraftryk."),
    "not-a-key-set": lambda _f: _("Indsæt et nøglesæt (JWKS) med mindst én offentlig signaturnøgle."),
    "day-over": lambda _f: _("Dagen er forbi. Skriv den dag, den nye udløber."),
    "not-a-day": lambda _f: _("Skriv datoen som dag, måned og år, fx 24.11.2026."),
    "same-place": lambda _f: _("Det er den, der bruges nu. Læg den nye i en fil med et andet navn."),
    "not-yours": lambda _f: _("Det hører til en anden organisation eller findes ikke."),
    "operators-only": lambda _f: _("Kun driften kan give andre organisationer og klinikker adgang."),
    "already-in-use": lambda _f: _("En anden forbindelse bruger værdien i forvejen. To kan ikke kendes fra hinanden."),
}


def fault_words(fault: SettingFault) -> str:
    """Ours where we have one, else the adapter's own sentence (English)."""
    words = _WORDS.get(fault.code)
    return words(fault) if words else fault.words


def _reference(folder: str) -> str:
    if not folder:
        return str(_("Her kan der ikke peges på nye hemmeligheder. Driften lægger dem og sætter console_secrets."))
    return str(_("Skriv file: og en fil i mappen %(folder)s. Driften lægger hemmeligheden dér.", folder=folder))


def risky_words() -> Mapping[RiskyAct, str]:
    """What is asked for."""
    return {
        RiskyAct.ACTIVATE: _("Aktivér kladde"),
        RiskyAct.REPLAY_MANY: _("Gentag mange"),
        RiskyAct.GIVE_UP: _("Opgiv besked"),
        RiskyAct.RETENTION: _("Ændr opbevaring"),
        RiskyAct.LIST_AFFECTED: _("Vis berørte borgere"),
    }


def decision_words() -> Mapping[Decision, str]:
    """How far a request is."""
    return {
        Decision.ASKED: _("Venter på godkendelse af en kollega"),
        Decision.GRANTED: _("Godkendt"),
        Decision.REFUSED: _("Afvist"),
        Decision.ALONE: _("Nødsituation: gjort alene"),
    }
