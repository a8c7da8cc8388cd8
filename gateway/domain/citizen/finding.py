"""Whose patient is this: the question, what each source said, and the finding with its evidence (requirements.md D17).

Wrong routing is the one fault no retry repairs, so a finding is certain or it says why not; it never guesses.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from gateway.domain.citizen.citizen import Certainty, OwnPractice
from gateway.domain.citizen.lookup import InsuredPeriods, NationalAnswer
from gateway.domain.identifiers import Cpr, Ydernummer
from gateway.domain.launch import PracticeClaim


class Source(StrEnum):
    EOJ = "eoj"  # the own doctor that stands on the citizen's record
    NATIONAL = "national"
    INSURED = "sikrede"


DEFAULT_ORDER = (Source.EOJ, Source.NATIONAL, Source.INSURED)


class Outcome(StrEnum):
    OWN_GP = "own-gp"
    NO_FIXED_GP = "no-fixed-gp"
    UNKNOWN_CITIZEN = "unknown-citizen"
    DO_NOT_START = "do-not-start"
    UNCERTAIN = "uncertain"


class Said(StrEnum):
    """What one source said about the own doctor."""

    PRACTICE = "practice"
    NO_FIXED_GP = "no-fixed-gp"
    NOBODY = "nobody"  # the civil registration knows no such number
    NOT_LISTED = "not-listed"  # our copy of the Sikrede register does not hold the number
    SPECIAL_GROUP = "special-group"  # prison, conscript, institution, abroad: somebody else's patient
    REMOVED = "removed"  # group 8: moved, disappeared or renumbered
    DEAD = "dead"
    NOTHING = "nothing"  # it answered, and named nobody
    DUMMIES = "dummies"  # it answered with filling values
    UNAVAILABLE = "unavailable"

    @property
    def is_an_answer(self) -> bool:
        return self not in (Said.NOTHING, Said.DUMMIES, Said.UNAVAILABLE, Said.NOT_LISTED)


class Flaw(StrEnum):
    """Why a practice that a source named cannot take the consultation."""

    NONE = ""
    CLOSED = "closed"
    NOT_GENERAL_PRACTICE = "not-general-practice"
    NOT_IN_REGISTER = "not-in-register"


class StopReason(StrEnum):
    """Why a consultation about this CPR number must not start (outcome *do-not-start*)."""

    DEAD = "dead"
    ANNULLED = "annulled"
    DELETED = "deleted"
    RENUMBERED = "renumbered"


class DoubtReason(StrEnum):
    """Why the own doctor is not certain (outcome *uncertain*); the employee then chooses the practice herself."""

    SOURCES_DISAGREE = "sources-disagree"
    NUMBER_UNKNOWN = "number-unknown"
    CLOSED = "closed"
    NOT_GENERAL_PRACTICE = "not-general-practice"
    NOT_IN_REGISTER = "not-in-register"
    SPECIAL_GROUP = "special-group"
    REMOVED = "removed"
    DEAD = "dead"  # the Sikrede register says group 9, the civil registration says alive, and nobody names a doctor
    DUMMIES = "dummies"
    UNAVAILABLE = "unavailable"
    REPLACEMENT_NUMBER = "replacement-number"
    NO_ANSWER = "no-answer"


class Notice(StrEnum):
    """Passed on to the employee beside the finding; decides nothing."""

    CUSTODY = "custody"
    GUARDIAN = "guardian"
    PROTECTED = "protected"
    NO_RESIDENCE = "no-residence"
    MISSING = "missing"
    EMIGRATED = "emigrated"
    SPECIAL_GROUP = "special-group"
    MISTYPED = "mistyped"  # the ydernummer's undocumented check digit: a warning, never a refusal
    OLD_REGISTER = "old-register"
    CHANGES_SOON = "changes-soon"
    NOT_ASKED = "national-not-asked"  # the national look-up could not be reached in time


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one source said about the own doctor, and as of which day."""

    source: Source
    said: Said
    as_of: date | None = None
    ydernummer: Ydernummer | None = None
    name: str = ""
    flaw: str = Flaw.NONE


@dataclass(frozen=True, slots=True)
class Question:
    """Everything the sources said. ``national`` None: it was not asked, or (``national_failed``) did not answer in
    time. ``insured_as_of`` None: there is no Sikrede register here. ``numbered``: the citizen has a real CPR."""

    day: date
    claim: PracticeClaim | None = None
    national: NationalAnswer | None = None
    national_failed: bool = False
    insured: InsuredPeriods | None = None
    insured_as_of: date | None = None
    numbered: bool = True
    order: tuple[Source, ...] = DEFAULT_ORDER
    old_after: timedelta = timedelta(days=35)


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome with its evidence. ``reason``: a `StopReason` where the consultation must not start (*renumbered*:
    ``renumbered_to`` holds the new number), a `DoubtReason` where the own doctor is uncertain, otherwise "group-2",
    "number-unknown", "not-listed" or "", which have no words of their own."""

    outcome: Outcome
    reason: str = ""
    ydernummer: Ydernummer | None = None
    source: Source | None = None
    as_of: date | None = None
    evidence: tuple[Evidence, ...] = ()
    notices: tuple[Notice, ...] = ()
    renumbered_to: Cpr | None = field(default=None, repr=False)

    @property
    def may_start(self) -> bool:
        return self.outcome is not Outcome.DO_NOT_START

    @property
    def candidates(self) -> tuple[Evidence, ...]:
        """The practices named, each once, in the order of the sources: what the employee may choose between."""
        first: dict[Ydernummer, Evidence] = {}
        for one in self.evidence:
            if one.ydernummer is not None:
                first.setdefault(one.ydernummer, one)
        return tuple(first.values())

    @property
    def own_practice(self) -> OwnPractice | None:
        """What stands on the case: the own doctor, or the only one named, marked as uncertain. Where the sources name
        two, none."""
        if self.outcome is Outcome.OWN_GP and self.ydernummer and self.source and self.as_of:
            return OwnPractice(self.ydernummer, str(self.source), self.as_of, Certainty.CERTAIN)
        only = self.candidates[0] if len(self.candidates) == 1 else None
        if self.outcome is not Outcome.UNCERTAIN or only is None or only.ydernummer is None or only.as_of is None:
            return None
        return OwnPractice(only.ydernummer, str(only.source), only.as_of, Certainty.UNCERTAIN)
