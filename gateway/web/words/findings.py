"""Whose patient this is, in words: what was found, from which source and how old, and what to do (N06)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _

from gateway.domain.citizen.finding import (
    DoubtReason,
    Evidence,
    Finding,
    Flaw,
    Notice,
    Outcome,
    Said,
    Source,
    StopReason,
)
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
class FindingShown:
    """What the page shows of a finding. ``choices`` only where the employee has to choose."""

    outcome: str
    heading: str
    advice: str
    may_start: bool
    renumbered: bool
    choices: tuple[Choice, ...]
    evidence: tuple[EvidenceLine, ...]
    notices: tuple[str, ...]

    @property
    def warns(self) -> bool:
        """Whether it must be read before the form; where the sources agree there is only their evidence."""
        return bool(self.heading or self.notices)


def show_finding(consultation: Consultation) -> FindingShown | None:
    """None where nothing was looked up, or the employee has named the practice herself since."""
    case = consultation.sole_case
    if case is None or case.finding is None:
        return None
    if case.own_practice is not None and case.own_practice.source == "employee" and case.finding.may_start:
        return None
    finding = case.finding
    heading, advice = judgement_words(finding)
    choosing = finding.outcome is Outcome.UNCERTAIN
    return FindingShown(
        outcome=str(finding.outcome),
        heading=heading,
        advice=advice,
        may_start=finding.may_start,
        renumbered=finding.renumbered_to is not None,
        choices=tuple(_choice(one) for one in finding.candidates) if choosing else (),
        evidence=tuple(EvidenceLine(source_words()[one.source], _answered(one), one.as_of) for one in finding.evidence),
        notices=tuple(notice_words()[one] for one in finding.notices),
    )


def source_words() -> Mapping[Source, str]:
    return {
        Source.EOJ: _("Journalen"),
        Source.NATIONAL: _("CPR-opslaget"),
        Source.INSURED: _("Sikrede-registret"),
    }


def _choice(one: Evidence) -> Choice:
    assert one.ydernummer is not None
    return Choice(
        one.ydernummer, one.name or str(one.ydernummer), source_words()[one.source], flaw_words()[Flaw(one.flaw)]
    )


def flaw_words() -> Mapping[Flaw, str]:
    return {
        Flaw.NONE: "",
        Flaw.CLOSED: _("lukket"),
        Flaw.NOT_GENERAL_PRACTICE: _("ikke en almen praksis"),
        Flaw.NOT_IN_REGISTER: _("findes ikke i Yderregistret"),
    }


def _answered(one: Evidence) -> str:
    if one.said is not Said.PRACTICE or one.ydernummer is None:
        return said_words()[one.said]
    name = one.name or _("Ydernummer %(number)s", number=str(one.ydernummer))
    return f"{name} ({flaw_words()[Flaw(one.flaw)]})" if one.flaw else name


def said_words() -> Mapping[Said, str]:
    return {
        Said.PRACTICE: _("nævner en praksis"),
        Said.NO_FIXED_GP: _("ingen fast læge (gruppe 2)"),
        Said.NOBODY: _("kender ikke nummeret"),
        Said.NOT_LISTED: _("borgeren står ikke i registret"),
        Said.SPECIAL_GROUP: _("hører til en særlig sikringsgruppe"),
        Said.REMOVED: _("borgeren er flyttet, forsvundet eller har skiftet nummer"),
        Said.DEAD: _("borgeren er død"),
        Said.NOTHING: _("nævner ingen læge"),
        Said.DUMMIES: _("svarer kun med fyldtekst"),
        Said.UNAVAILABLE: _("svarede ikke i tide"),
    }


def judgement_words(finding: Finding) -> tuple[str, str]:
    """Heading and advice; both "" where the own doctor is certain."""
    if finding.outcome is Outcome.OWN_GP:
        return "", ""
    if finding.outcome is Outcome.NO_FIXED_GP:
        return _("Borgeren har ikke en fast læge"), _("Søg den læge frem, som du har aftalt konsultationen med.")
    if finding.outcome is Outcome.UNKNOWN_CITIZEN:
        return _("Ingen borger har det CPR-nummer"), _("Kontrollér nummeret, eller start uden CPR-nummer.")
    if finding.outcome is Outcome.DO_NOT_START:
        return stop_words()[StopReason(finding.reason)]
    return _("Vi er ikke sikre på, hvem der er borgerens læge"), doubt_words()[DoubtReason(finding.reason)]


def stop_words() -> Mapping[StopReason, tuple[str, str]]:
    return {
        StopReason.DEAD: (
            _("Borgeren er registreret som død"),
            _("Er det en fejl, så kontrollér CPR-nummeret i journalen."),
        ),
        StopReason.ANNULLED: (_("CPR-nummeret er annulleret"), _("Kontrollér CPR-nummeret i journalen.")),
        StopReason.DELETED: (_("CPR-nummeret er slettet"), _("Kontrollér CPR-nummeret i journalen.")),
        StopReason.RENUMBERED: (
            _("Borgeren har fået et nyt CPR-nummer"),
            _("Start igen fra journalen med det nye nummer."),
        ),
    }


def doubt_words() -> Mapping[DoubtReason, str]:
    return {
        DoubtReason.DEAD: _(
            "Sikrede-registret siger, at borgeren er død, men det siger CPR-registret ikke. "
            "Kontrollér CPR-nummeret, og søg lægen frem."
        ),
        DoubtReason.SOURCES_DISAGREE: _("Kilderne er ikke enige. Spørg borgeren, og vælg lægen her."),
        DoubtReason.NUMBER_UNKNOWN: _("CPR-registret kender ikke nummeret. Kontrollér det, før du vælger en læge."),
        DoubtReason.CLOSED: _("Praksis er lukket. Søg borgerens nye læge frem."),
        DoubtReason.NOT_GENERAL_PRACTICE: _("Ydernummeret er ikke en almen praksis. Søg borgerens læge frem."),
        DoubtReason.NOT_IN_REGISTER: _("Ydernummeret findes ikke. Kontrollér det i stamdata, og søg lægen frem."),
        DoubtReason.DUMMIES: _("Opslaget gav ingen oplysninger. Se i stamdata, og søg lægen frem."),
        DoubtReason.UNAVAILABLE: _("Opslaget svarede ikke. Se i stamdata, og søg lægen frem."),
        DoubtReason.SPECIAL_GROUP: _(
            "Borgeren hører til en særlig sikringsgruppe. Find ud af, hvem der er læge for borgeren."
        ),
        DoubtReason.REMOVED: _("Borgeren er afmeldt sin læge. Spørg borgeren, og søg lægen frem."),
        DoubtReason.REPLACEMENT_NUMBER: _("Et erstatningsnummer har ingen fast læge. Søg lægen frem med ydernummer."),
        DoubtReason.NO_ANSWER: _("Ingen kilde nævner en læge. Se i stamdata, og søg lægen frem."),
    }


def notice_words() -> Mapping[Notice, str]:
    return {
        Notice.CUSTODY: _("Barnet har forældremyndighedsindehavere. Afklar, hvem der giver samtykke."),
        Notice.GUARDIAN: _("Borgeren har en værge. Afklar, hvem der giver samtykke."),
        Notice.PROTECTED: _("Navn og adresse er beskyttet."),
        Notice.NO_RESIDENCE: _("Borgeren har ikke bopæl i Danmark ifølge CPR."),
        Notice.MISSING: _("Borgeren er forsvundet ifølge CPR."),
        Notice.EMIGRATED: _("Borgeren er udrejst ifølge CPR."),
        Notice.SPECIAL_GROUP: _("Borgeren hører til en særlig sikringsgruppe."),
        Notice.MISTYPED: _("Ydernummeret ser forkert ud. Kontrollér det i stamdata."),
        Notice.OLD_REGISTER: _("Registret er gammelt. Spørg borgeren, om lægen stadig er den samme."),
        Notice.CHANGES_SOON: _("Borgeren skifter læge inden for 14 dage."),
        Notice.NOT_ASKED: _("CPR-opslaget svarede ikke; lægen er fundet uden det."),
    }
