"""An organisation's set-up in words: each key's name, each section, how far a revision is, and what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from flask_babel import gettext as _

from gateway.domain.setup.revision import SetupChange, SetupState
from gateway.matters.setup import form

LABELS: Mapping[str, Callable[[], str]] = {
    "consent_wording": lambda: _("Samtykkets version"),
    "consent_text": lambda: _("Samtykkets ordlyd"),
    "consent_approved_by": lambda: _("Ordlyden er godkendt af"),
    "review_minutes": lambda: _("Minutter til at læse notatet igennem"),
    "stills": lambda: _("Billeder til notatet må tilbydes"),
    "review_limit_minutes": lambda: _("Højst udsat (minutter)"),
    "notes_for": lambda: _("Notat også uden samtale, når"),
    "note_placement": lambda: _("Hvor notatet lægges"),
    "workplaces": lambda: _("Arbejdssteder"),
    "roles": lambda: _("Roller at vælge imellem"),
    "right": lambda: _("Rettighed, der giver adgang"),
    "agreement": lambda: _("Aftale med lægen før start"),
    "practice_sources": lambda: _("Hvem der spørges om egen læge"),
    "support_name": lambda: _("Support: navn"),
    "support_phone": lambda: _("Support: telefon"),
    "support_mail": lambda: _("Support: mail"),
    "support_link": lambda: _("Support: link"),
    "implementation_name": lambda: _("Implementering: navn"),
    "implementation_phone": lambda: _("Implementering: telefon"),
    "implementation_mail": lambda: _("Implementering: mail"),
    "implementation_link": lambda: _("Implementering: link"),
    "procedure_link": lambda: _("Link til jeres instruks"),
    "accessibility_link": lambda: _("Link til tilgængelighedserklæring"),
    "doctors_on_call": lambda: _("Lægevagtens numre"),
    "alarm_mail": lambda: _("Alarmer sendes til"),
    "citizen_languages": lambda: _("Sprog på borgerens side"),
    "unlocked_handover": lambda: _("Enheden må gives til borgeren uden lås"),
    "lock_guide": lambda: _("Sådan låses enheden"),
    "lock_guide_link": lambda: _("Link til vejledning i at låse"),
    "review_size": lambda: _("Stikprøve: tilfældige opslag pr. måned"),
    "review_day": lambda: _("Stikprøve: underskrevet senest den"),
    "ordinary_hours": lambda: _("Almindelig tid"),
    "audit_months": lambda: _("Loggen gemmes (måneder)"),
    "text_days": lambda: _("Tekster gemmes (dage)"),
    "draft_days": lambda: _("Kladder, der aldrig blev sendt, gemmes (dage)"),
    "attempt_days": lambda: _("Forsøg på at sende gemmes (dage)"),
}


def setup_labels() -> dict[str, str]:
    return {name: words() for name, words in LABELS.items()}


def in_words(told: Iterable[SetupChange]) -> list[SetupChange]:
    """A difference under the keys' own names."""
    labels = setup_labels()
    return [replace(each, name=labels.get(each.name, each.name)) for each in told]


def section_words() -> dict[str, str]:
    return {
        "workplaces": _("Arbejdssteder"),
        "consent": _("Samtykke"),
        "notes": _("Notater"),
        "start": _("Start"),
        "contacts": _("Kontakter"),
        "citizen": _("Borgerens side og enhed"),
        "log": _("Log og tilsyn"),
        "retention": _("Opbevaring"),
    }


def help_words(name: str) -> str:
    """How the key is typed, where that does not go without saying."""
    rows = {
        "workplaces": _(
            "Ét på hver linje: navn = SOR-kode = telefon. Et nyt navn er et nyt sted; det gamle kan ikke vælges mere, "
            "men det åbne bliver dér."
        ),
        "roles": _("Én på hver linje: rollens navn = licensed (autoriseret) eller other (anden)."),
        "note_placement": _("Én på hver linje: licensed (autoriseret) eller other (anden) = slags (eller *) = sted."),
        "doctors_on_call": _("Én på hver linje: navn = nummer."),
    }
    if name in form.NUMBERS:
        low, high = form.NUMBERS[name]
        return str(_("Mellem %(low)s og %(high)s.", low=low, high=high))
    own = {"ordinary_hours": _("Som 06:00-23:00."), **rows}
    return str(own.get(name) or (_("Én på hver linje.") if name in form.LISTS else ""))


def choice_words() -> dict[str, str]:
    return {
        "free": _("Ikke nødvendig"),
        "recommended": _("Anbefales"),
        "required": _("Skal være der"),
        "true": _("Ja"),
        "false": _("Nej"),
    }


def setup_state_words() -> Mapping[SetupState, str]:
    return {
        SetupState.DRAFT: _("Kladde"),
        SetupState.IN_FORCE: _("I kraft"),
        SetupState.DROPPED: _("Kasseret"),
    }


def setup_fault_words(code: str, words: str) -> str:
    """Ours where we have one, else the model's own (English)."""
    own = {
        "new-version": _("Ny ordlyd skal have en ny version."),
        "no-workplace": _("Skriv mindst ét arbejdssted."),
        "required": _("Skriv, hvem der har godkendt ordlyden."),
        "no-number-here": _("Det ligner et CPR-nummer. Det hører ikke til her; fjern det."),
        "int_type": _("Skriv et helt tal."),
        "int_parsing": _("Skriv et helt tal."),
        "less_than_equal": _("Tallet er for stort."),
        "greater_than_equal": _("Tallet er for lille."),
        "string_too_long": _("Teksten er for lang."),
        "missing": _("Der mangler noget på en linje."),
        "too_long": _("Der er for meget på en linje."),
    }
    return str(own.get(code) or words)
