"""Why a practice cannot get a call, and why an employee looks at colleagues' citizens, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask_babel import gettext as _

from gateway.domain import errors
from gateway.domain.capability import Capability

PRACTICE_MESSAGES: Mapping[str, Callable[[errors.PracticeNotFound], str]] = {
    "unknown": lambda f: _("Ydernummer %(number)s findes ikke. Kontrollér tallet i stamdata.", number=f.ydernummer),
    "closed": lambda f: _("Ydernummer %(number)s er lukket. Vælg borgerens nye læge.", number=f.ydernummer),
    "not-yet": lambda f: _(
        "Ydernummer %(number)s er endnu ikke i brug. Vælg borgerens nuværende læge.", number=f.ydernummer
    ),
    "not-general-practice": lambda f: _("Ydernummer %(number)s er ikke en almen praksis.", number=f.ydernummer),
    "dead": lambda _fault: _("Borgeren er registreret som død. Kontrollér CPR-nummeret i journalen."),
    "annulled": lambda _fault: _("CPR-nummeret er annulleret. Kontrollér det i journalen."),
    "deleted": lambda _fault: _("CPR-nummeret er slettet. Kontrollér det i journalen."),
    "renumbered": lambda _fault: _("Borgeren har fået et nyt CPR-nummer. Start igen med det."),
    "not-connected": lambda f: _("%(name)s bruger ikke Lægebro. Ring til klinikken.", name=f.name),
    "only-by-message": lambda f: _(
        "%(name)s kan kun få besked om aftalte konsultationer. Aftal en tid, eller ring til klinikken.", name=f.name
    ),
}


_UNSHOWN: Mapping[Capability, Callable[[], str]] = {
    Capability.SHOWS_MESSAGE: lambda: _("Klinikkens system viser ikke beskeder fra dig. Ring, hvis de skal vide det."),
    Capability.SHOWS_AGREEMENT: lambda: _(
        "Klinikkens system viser ikke, hvem tiden er aftalt med. Sig det i telefonen."
    ),
    Capability.SHOWS_ROUND: lambda: _(
        "Klinikkens system kan ikke vise en gennemgang af flere borgere. Aftal den i telefonen."
    ),
    Capability.SHOWS_FORM: lambda: _("Klinikkens system viser ikke, hvem der taler med lægen. Sig det i telefonen."),
}


def unshown_words(left_out: Capability) -> str:
    """What the practice's own system does not show, and that it is said by telephone instead."""
    return _UNSHOWN[left_out]()


def practice_message(fault: errors.PracticeNotFound) -> str:
    return PRACTICE_MESSAGES[fault.reason](fault) if fault.reason in PRACTICE_MESSAGES else fault.reason


# The codes stand in the audit rows of whoever was shown on a workplace's list.
LIST_REASONS: Mapping[str, Callable[[], str]] = {
    "shift-change": lambda: _("Vagtskifte: jeg overtager"),
    "colleague-away": lambda: _("En kollega er fraværende"),
    "agreed": lambda: _("Aftalt med kollegaen"),
    "coordination": lambda: _("Jeg fordeler opgaver på arbejdsstedet"),
}


def list_reasons() -> list[tuple[str, str]]:
    return [(code, words()) for code, words in LIST_REASONS.items()]
