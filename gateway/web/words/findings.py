"""Whose patient this is, in words: what was found, from which source and how old, and what to do (users.md N06)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _

from gateway.domain.citizen.finding import Evidence, Finding, Outcome, Said, Source
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.identifiers import Ydernummer


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """One source's word: who, what, as of when."""

    source: str
    said: str
    as_of: date | None


@dataclass(frozen=True, slots=True)
class Choice:
    """One practice a source named; ``flaw`` says why it cannot take the consultation."""

    ydernummer: Ydernummer
    name: str
    source: str
    flaw: str


@dataclass(frozen=True, slots=True)
class ToldFinding:
    """What the page shows of a finding. ``choices`` only where the employee has to choose."""

    outcome: str
    heading: str
    advice: str
    may_start: bool
    renumbered: bool
    choices: tuple[Choice, ...]
    evidence: tuple[EvidenceLine, ...]
    notices: tuple[str, ...]


def told(consultation: Consultation) -> ToldFinding | None:
    """None where nothing was looked up, or the employee has named the practice herself since."""
    case = consultation.sole_case
    if case is None or case.finding is None:
        return None
    if case.own_practice is not None and case.own_practice.source == "employee" and case.finding.may_start:
        return None
    finding = case.finding
    heading, advice = _judgement(finding)
    choosing = finding.outcome is Outcome.UNCERTAIN
    return ToldFinding(
        outcome=str(finding.outcome),
        heading=heading,
        advice=advice,
        may_start=finding.may_start,
        renumbered=finding.renumbered_to is not None,
        choices=tuple(_choice(one) for one in finding.candidates) if choosing else (),
        evidence=tuple(EvidenceLine(source_words()[one.source], _said(one), one.as_of) for one in finding.evidence),
        notices=tuple(notice_words()[str(one)] for one in finding.notices),
    )


def source_words() -> Mapping[str, str]:
    return {
        Source.EOJ: _("Journalen"),
        Source.NATIONAL: _("CPR-opslaget"),
        Source.INSURED: _("Sikrede-registret"),
    }


def _choice(one: Evidence) -> Choice:
    assert one.ydernummer is not None
    return Choice(one.ydernummer, one.name or str(one.ydernummer), source_words()[one.source], flaw_words()[one.flaw])


def flaw_words() -> Mapping[str, str]:
    return {
        "": "",
        "closed": _("lukket"),
        "not-general-practice": _("ikke en almen praksis"),
        "not-in-register": _("findes ikke i Yderregistret"),
    }


def _said(one: Evidence) -> str:
    if one.said is not Said.PRACTICE or one.ydernummer is None:
        return said_words()[str(one.said)]
    name = one.name or _("Ydernummer %(number)s", number=str(one.ydernummer))
    return f"{name} ({flaw_words()[one.flaw]})" if one.flaw else name


def said_words() -> Mapping[str, str]:
    return {
        "no-fixed-gp": _("ingen fast læge (gruppe 2)"),
        "nobody": _("kender ikke nummeret"),
        "not-listed": _("borgeren står ikke i registret"),
        "special-group": _("hører til en særlig sikringsgruppe"),
        "removed": _("borgeren er flyttet, forsvundet eller har skiftet nummer"),
        "dead": _("borgeren er død"),
        "nothing": _("nævner ingen læge"),
        "dummies": _("svarer kun med fyldtekst"),
        "unavailable": _("svarede ikke i tide"),
    }


def _judgement(finding: Finding) -> tuple[str, str]:
    if finding.outcome is Outcome.OWN_GP:
        return "", ""
    if finding.outcome is Outcome.NO_FIXED_GP:
        return _("Borgeren har ikke en fast læge"), _("Søg den læge frem, som du har aftalt konsultationen med.")
    if finding.outcome is Outcome.UNKNOWN_CITIZEN:
        return _("Ingen borger har det CPR-nummer"), _("Kontrollér nummeret, eller start uden CPR-nummer.")
    if finding.outcome is Outcome.DO_NOT_START:
        return stop_words()[finding.reason]
    return _("Vi er ikke sikre på, hvem der er borgerens læge"), doubt_words()[finding.reason]


def stop_words() -> Mapping[str, tuple[str, str]]:
    return {
        "dead": (_("Borgeren er registreret som død"), _("Er det en fejl, så kontrollér CPR-nummeret i journalen.")),
        "annulled": (_("CPR-nummeret er annulleret"), _("Kontrollér CPR-nummeret i journalen.")),
        "deleted": (_("CPR-nummeret er slettet"), _("Kontrollér CPR-nummeret i journalen.")),
        "renumbered": (_("Borgeren har fået et nyt CPR-nummer"), _("Start igen fra journalen med det nye nummer.")),
    }


def doubt_words() -> Mapping[str, str]:
    return {
        "sources-disagree": _("Kilderne er ikke enige. Spørg borgeren, og vælg lægen her."),
        "number-unknown": _("CPR-registret kender ikke nummeret. Kontrollér det, før du vælger en læge."),
        "closed": _("Praksis er lukket. Søg borgerens nye læge frem."),
        "not-general-practice": _("Ydernummeret er ikke en almen praksis. Søg borgerens læge frem."),
        "not-in-register": _("Ydernummeret findes ikke. Kontrollér det i stamdata, og søg lægen frem."),
        "dummies": _("Opslaget gav ingen oplysninger. Se i stamdata, og søg lægen frem."),
        "unavailable": _("Opslaget svarede ikke. Se i stamdata, og søg lægen frem."),
        "special-group": _("Borgeren hører til en særlig sikringsgruppe. Find ud af, hvem der er læge for borgeren."),
        "removed": _("Borgeren er afmeldt sin læge. Spørg borgeren, og søg lægen frem."),
        "replacement-number": _("Et erstatningsnummer har ingen fast læge. Søg lægen frem med ydernummer."),
        "no-answer": _("Ingen kilde nævner en læge. Se i stamdata, og søg lægen frem."),
    }


def notice_words() -> Mapping[str, str]:
    return {
        "custody": _("Barnet har forældremyndighedsindehavere. Afklar, hvem der giver samtykke."),
        "guardian": _("Borgeren har en værge. Afklar, hvem der giver samtykke."),
        "protected": _("Navn og adresse er beskyttet."),
        "no-residence": _("Borgeren har ikke bopæl i Danmark ifølge CPR."),
        "missing": _("Borgeren er forsvundet ifølge CPR."),
        "emigrated": _("Borgeren er udrejst ifølge CPR."),
        "special-group": _("Borgeren hører til en særlig sikringsgruppe."),
        "mistyped": _("Ydernummeret ser forkert ud. Kontrollér det i stamdata."),
        "old-register": _("Registret er gammelt. Spørg borgeren, om lægen stadig er den samme."),
        "changes-soon": _("Borgeren skifter læge inden for 14 dage."),
        "national-not-asked": _("CPR-opslaget svarede ikke; lægen er fundet uden det."),
    }
