# ruff: noqa: E501
"""The traps of whose-patient-is-this, one line each, with the place that documents it. Read by ``test_resolver.py``.

Two practices stand for all: A (019062) and B (034835) take consultations; the others have one flaw each.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from gateway.domain.citizen.finding import Finding, Notice, Outcome, Question, Source
from gateway.domain.citizen.lookup import (
    Custody,
    InsuranceGroup,
    InsuredPeriods,
    NationalAnswer,
    PersonStatus,
    practice_said,
)
from gateway.domain.identifiers import Cpr, Ydernummer
from gateway.domain.launch import PracticeClaim
from gateway.domain.practice import Practice
from gateway.masterdata.resolver import resolve

DAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
A, B = Ydernummer("019062"), Ydernummer("034835")
CLOSED, PHYSIO, FICTIVE, NIGHT, LATER = (Ydernummer(n) for n in ("000011", "000022", "000033", "000044", "000055"))
ABSENT, MISTYPED = Ydernummer("999997"), Ydernummer("019063")
NEW_CPR = Cpr("0201919990")


def practice(
    number: Ydernummer, speciality: str = "80", since: date = date(2000, 1, 1), to: date | None = None
) -> Practice:
    return Practice(number, f"Praksis {number}", "62521234", "Vej 1", "5000", "Odense C", speciality, "", since, to)


REGISTER = {
    one.ydernummer: one
    for one in (
        practice(A),
        practice(B),
        practice(MISTYPED),
        practice(CLOSED, to=DAY),
        practice(PHYSIO, "62"),
        practice(FICTIVE, "79"),
        practice(NIGHT, "82"),
        practice(LATER, since=date(2026, 11, 23)),
    )
}


def claim(number: Ydernummer = A, as_of: date = date(2026, 11, 1)) -> PracticeClaim:
    return PracticeClaim(number, "eoj", as_of)


G, S = InsuranceGroup, PersonStatus
ALIVE = NationalAnswer(True, NOW, A, "Testklinik I/S", G.FIXED_DOCTOR, S.RESIDENT)
NOBODY = NationalAnswer.nobody(NOW)
DUMMY = NationalAnswer(True, NOW, None, "", G.FIXED_DOCTOR, S.RESIDENT, dummies=True)
LISTED = InsuredPeriods(DAY, A, date(2010, 1, 1), G.FIXED_DOCTOR, date(2010, 1, 1))
SINCE = date(2026, 11, 20)


def national(**changed: object) -> NationalAnswer:
    return replace(ALIVE, **changed)  # type: ignore[arg-type]


def insured(**changed: object) -> InsuredPeriods:
    return replace(LISTED, **changed)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Case:
    """What the sources said → the outcome, the reason and the practice. ``source`` names the document of the trap."""

    name: str
    source: str
    outcome: Outcome
    reason: str = ""
    number: Ydernummer | None = None
    claim: PracticeClaim | None = None
    national: NationalAnswer | None = None
    insured: InsuredPeriods | None = None
    more: dict[str, object] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()

    def found(self) -> Finding:
        question = Question(DAY, self.claim, self.national, insured=self.insured)
        if self.insured is not None:
            question = replace(question, insured_as_of=self.insured.as_of)
        return resolve(replace(question, **self.more), REGISTER.get)  # type: ignore[arg-type]


OWN, FREE, STOP, UNSURE = Outcome.OWN_GP, Outcome.NO_FIXED_GP, Outcome.DO_NOT_START, Outcome.UNCERTAIN
UNKNOWN = Outcome.UNKNOWN_CITIZEN
FAILED: dict[str, object] = {"national_failed": True}
NOT_LISTED: dict[str, object] = {"insured_as_of": DAY}
ECPR: dict[str, object] = {"numbered": False}

# fmt: off
ONE_SOURCE = [
    Case("the record alone", "requirements.md D17", OWN, number=A, claim=claim()),
    Case("the national look-up alone", "dgcpr/samples/01", OWN, number=A, national=ALIVE),
    Case("the register alone", "requirements.md P2.3a", OWN, number=A, insured=LISTED),
    Case("all three agree", "issue: sources in order", OWN, number=A, claim=claim(), national=ALIVE, insured=LISTED),
    Case("an old claim that all confirm", "requirements.md P2.3", OWN, number=A, claim=claim(A, date(2019, 1, 1)), national=ALIVE),
    Case("a number that lost its zeros", "requirements.md P2.1 xs:integer", OWN, number=A, national=national(own=practice_said("19062"))),
    Case("nobody said anything", "issue 'uncertain'", UNSURE, "no-answer"),
    Case("no group said, a doctor named", "dgcpr XSD: group 0..1", OWN, number=A, national=national(group=G.NOT_SAID)),
    Case("group 0, unknown, with a doctor", "requirements.md P2.3a, only 1.0.4", OWN, number=A, national=national(group=G.UNKNOWN)),
    Case("group 0 and no doctor", "requirements.md P2.3a", UNSURE, "no-answer", national=national(group=G.UNKNOWN, own=None)),
]
PERIODS = [
    Case("prior only, after a change", "dgcpr/samples/03", UNSURE, "no-answer", national=national(own=None)),
    Case("a prior doctor does not outvote the record", "requirements.md P8", OWN, number=B, claim=claim(B), national=national(own=None)),
    Case("the future doctor tomorrow", "requirements.md P2.3a Frem", OWN, number=A, insured=insured(future=B, future_from=date(2026, 11, 23)), notices=(Notice.CHANGES_SOON,)),
    Case("the future doctor from today", "requirements.md P2.3a Frem", OWN, number=B, insured=insured(future=B, future_from=DAY)),
    Case("the future doctor since two days", "requirements.md P2.3a Frem", OWN, number=B, insured=insured(future=B, future_from=SINCE)),
    Case("a future doctor far away is no notice", "requirements.md P2.3a Frem", OWN, number=A, insured=insured(future=B, future_from=date(2027, 3, 1))),
    Case("the record lags behind the change", "requirements.md P8", UNSURE, "sources-disagree", claim=claim(A), insured=insured(future=B, future_from=SINCE)),
    Case("a present doctor not yet in force", "requirements.md P2.3a: choose by date", UNSURE, "no-answer", insured=insured(own_from=date(2026, 12, 1))),
    Case("a future doctor without a date", "layout: blank date", OWN, number=A, insured=insured(future=B, future_from=None)),
    Case("group 2 from next week", "layout: SSikrGrpKodeFrem", OWN, number=A, insured=insured(future_group=G.NO_FIXED_DOCTOR, future_group_from=date(2026, 12, 1))),
    Case("group 2 since yesterday", "layout: SSikrGrpKodeFrem", FREE, "group-2", insured=insured(future_group=G.NO_FIXED_DOCTOR, future_group_from=date(2026, 11, 21))),
]
GROUPS = [
    Case("group 2, nationally", "dgcpr/samples/02", FREE, "group-2", national=national(group=G.NO_FIXED_DOCTOR, own=None)),
    Case("group 2 in the register", "requirements.md P2.3a", FREE, "group-2", insured=insured(group=G.NO_FIXED_DOCTOR, own=None)),
    Case("group 2 outranks a doctor named", "requirements.md P2.3a may use any", FREE, "group-2", national=national(group=G.NO_FIXED_DOCTOR)),
    Case("both say group 2", "requirements.md P2.3a", FREE, "group-2", national=national(group=G.NO_FIXED_DOCTOR, own=None), insured=insured(group=G.NO_FIXED_DOCTOR, own=None)),
    Case("group 2 against the record's doctor", "issue: disagreement is shown", UNSURE, "sources-disagree", claim=claim(), national=national(group=G.NO_FIXED_DOCTOR, own=None)),
    Case("prison", "requirements.md P2.3a group 4", UNSURE, "special-group", national=national(group=G.PRISON, own=None), notices=(Notice.SPECIAL_GROUP,)),
    Case("conscript", "requirements.md P2.3a group 5", UNSURE, "special-group", insured=insured(group=G.CONSCRIPT, own=None), notices=(Notice.SPECIAL_GROUP,)),
    Case("institution", "requirements.md P2.3a group 6", UNSURE, "special-group", insured=insured(group=G.INSTITUTION, own=None), notices=(Notice.SPECIAL_GROUP,)),
    Case("abroad", "requirements.md P2.3a group 7", UNSURE, "special-group", insured=insured(group=G.ABROAD, own=None), notices=(Notice.SPECIAL_GROUP,)),
    Case("institution with an own doctor", "requirements.md P2.3a group 6", OWN, number=A, national=national(group=G.INSTITUTION), notices=(Notice.SPECIAL_GROUP,)),
    Case("removed", "requirements.md P2.3a group 8", UNSURE, "removed", insured=insured(group=G.REMOVED, own=None)),
    Case("removed, though the old doctor still stands there", "requirements.md P2.3a group 8", UNSURE, "removed", insured=insured(group=G.REMOVED)),
    Case("removed against the record", "requirements.md P2.3a group 8", UNSURE, "sources-disagree", claim=claim(), insured=insured(group=G.REMOVED)),
]
STOPS = [
    Case("dead", "dgcpr/samples/06", STOP, "dead", national=national(status=S.DEAD, group=G.DEAD, own=None)),
    Case("dead, whatever the record says", "requirements.md P2.3b status 90", STOP, "dead", claim=claim(), national=national(status=S.DEAD)),
    Case("group 9 without a status", "requirements.md P2.3a group 9", STOP, "dead", national=national(status=S.NOT_SAID, group=G.DEAD, own=None)),
    Case("group 9 in the register alone", "requirements.md P2.3a group 9", STOP, "dead", insured=insured(group=G.DEAD, own=None)),
    Case("group 9 in the register, record has a doctor", "requirements.md P2.3a group 9", STOP, "dead", claim=claim(), insured=insured(group=G.DEAD)),
    Case("group 9 in the register, alive nationally", "issue: disagreement is shown", UNSURE, "sources-disagree", national=ALIVE, insured=insured(group=G.DEAD)),
    Case("group 9 in the register, dummies nationally", "requirements.md P2.3b older behaviour", STOP, "dead", national=DUMMY, insured=insured(group=G.DEAD)),
    Case("annulled", "requirements.md P2.3b status 30", STOP, "annulled", national=national(status=S.ANNULLED, own=None)),
    Case("deleted", "requirements.md P2.3b status 50", STOP, "deleted", national=national(status=S.DELETED, own=None)),
    Case("renumbered", "dgcpr/samples/05", STOP, "renumbered", national=national(status=S.RENUMBERED, own=None, renumbered_to=NEW_CPR)),
    Case("renumbered, though a doctor is named", "requirements.md P3 renumbering", STOP, "renumbered", claim=claim(), national=national(status=S.RENUMBERED, renumbered_to=NEW_CPR)),
    Case("a new number without the status", "requirements.md P3 CurrentPerson…Identifier", STOP, "renumbered", national=national(renumbered_to=NEW_CPR)),
    Case("missing is a warning", "requirements.md P2.3b status 70", OWN, number=A, national=national(status=S.MISSING), notices=(Notice.MISSING,)),
    Case("emigrated is a warning", "requirements.md P2.3b status 80", OWN, number=A, national=national(status=S.EMIGRATED), notices=(Notice.EMIGRATED,)),
    Case("a number for tax only", "requirements.md P2.3b status 20", UNSURE, "no-answer", national=national(status=S.NO_RESIDENCE, group=G.UNKNOWN, own=None), notices=(Notice.NO_RESIDENCE,)),
    Case("Greenland is no stop", "requirements.md P2.3b status 05", OWN, number=A, national=national(status=S.GREENLAND)),
]
UNKNOWNS = [
    Case("no such citizen", "requirements.md P2.3b 'Ingen data fundet'", UNKNOWN, "number-unknown", national=NOBODY),
    Case("no such citizen, but the record has a doctor", "issue: disagreement is shown", UNSURE, "number-unknown", claim=claim(), national=NOBODY),
    Case("no such citizen, but the register lists one", "issue: disagreement is shown", UNSURE, "number-unknown", national=NOBODY, insured=LISTED),
    Case("not listed in our copy", "requirements.md P2.3c 404", UNKNOWN, "not-listed", more=NOT_LISTED),
    Case("not listed, the record has a doctor", "requirements.md P2.3c: a copy lags", OWN, number=A, claim=claim(), more=NOT_LISTED),
    Case("not listed, found nationally", "requirements.md P2.3c: a copy lags", OWN, number=A, national=ALIVE, more=NOT_LISTED),
    Case("not listed, national look-up down", "issue: never guessed", UNSURE, "unavailable", more=NOT_LISTED | FAILED, notices=(Notice.NOT_ASKED,)),
]
SILENCES = [
    Case("dummies: ydernummer 0, UKENDT", "dgcpr/samples/07", UNSURE, "dummies", national=DUMMY),
    Case("dummies: ADRESSEBESKYTTET, 1970, group 1", "dgcpr/samples/08", UNSURE, "dummies", national=replace(DUMMY, protected=True), notices=(Notice.PROTECTED,)),
    Case("dummies do not outvote the record", "requirements.md P2.3b no answer → ask EOJ", OWN, number=A, claim=claim(), national=DUMMY),
    Case("dummies do not outvote the register", "requirements.md P2.3b", OWN, number=A, national=DUMMY, insured=LISTED),
    Case("a dummy's group is not believed", "requirements.md P2.3b dummy group 1", UNSURE, "dummies", national=replace(DUMMY, group=G.NO_FIXED_DOCTOR)),
    Case("national look-up down, register answers", "issue: register answer otherwise", OWN, number=A, insured=LISTED, more=FAILED, notices=(Notice.NOT_ASKED,)),
    Case("national look-up down, record answers", "issue: never blocks a launch", OWN, number=A, claim=claim(), more=FAILED, notices=(Notice.NOT_ASKED,)),
    Case("national look-up down and nothing else", "issue: never guessed", UNSURE, "unavailable", more=FAILED, notices=(Notice.NOT_ASKED,)),
    Case("an old register is marked with its age", "issue: marked with its age", OWN, number=A, insured=insured(as_of=date(2026, 9, 1)), notices=(Notice.OLD_REGISTER,)),
    Case("an old register behind the record is not", "issue: marked with its age", OWN, number=A, claim=claim(), insured=insured(as_of=date(2026, 9, 1))),
]
PRACTICES = [
    Case("closed today", "requirements.md P2.1 AfgDatoYder", UNSURE, "closed", claim=claim(CLOSED)),
    Case("opens tomorrow", "requirements.md P2.1 TilgDatoYder", UNSURE, "closed", claim=claim(LATER)),
    Case("not in the register", "requirements.md N07 findes ikke", UNSURE, "not-in-register", claim=claim(ABSENT)),
    Case("physiotherapy", "requirements.md P2.1 code 62", UNSURE, "not-general-practice", claim=claim(PHYSIO)),
    Case("fictive", "requirements.md P2.1 code 79", UNSURE, "not-general-practice", national=national(own=FICTIVE)),
    Case("out of hours", "requirements.md P2.1 code 82", UNSURE, "not-general-practice", insured=insured(own=NIGHT)),
    Case("closed, and all agree on it", "requirements.md P2.1", UNSURE, "closed", claim=claim(CLOSED), national=national(own=CLOSED)),
    Case("closed in the record, another one nationally", "issue: never guessed", UNSURE, "sources-disagree", claim=claim(CLOSED), national=ALIVE),
    Case("a check digit only warns", "requirements.md P2.1 measured", OWN, number=MISTYPED, claim=claim(MISTYPED), notices=(Notice.MISTYPED,)),
    Case("record and national look-up disagree", "requirements.md N06", UNSURE, "sources-disagree", claim=claim(B), national=ALIVE),
    Case("national look-up and register disagree", "issue: disagreement is shown", UNSURE, "sources-disagree", national=ALIVE, insured=insured(own=B)),
    Case("two of three agree", "issue: never guessed", UNSURE, "sources-disagree", claim=claim(B), national=ALIVE, insured=LISTED),
]
PEOPLE = [
    Case("protected", "dgcpr/samples/04", OWN, number=A, national=national(protected=True), notices=(Notice.PROTECTED,)),
    Case("a child with two custody holders", "dgcpr/samples/09", OWN, number=A, national=national(custody=(Custody.MOTHER, Custody.FATHER)), notices=(Notice.CUSTODY,)),
    Case("a guardian", "requirements.md P2.3b vaerge", OWN, number=A, national=national(custody=(Custody.GUARDIAN,)), notices=(Notice.GUARDIAN,)),
    Case("a replacement number", "requirements.md P3: normally no own GP", UNSURE, "replacement-number", more=ECPR),
    Case("a replacement number is not sought in the register", "requirements.md P3", UNSURE, "replacement-number", more=ECPR | NOT_LISTED),
    Case("a replacement number with a doctor on the record", "requirements.md P3", OWN, number=A, claim=claim(), more=ECPR),
    Case("a source left out is not heard", "issue: configurable per municipality", OWN, number=A, claim=claim(B), national=ALIVE, more={"order": (Source.NATIONAL,)}),
]
# fmt: on
ALL = [*ONE_SOURCE, *PERIODS, *GROUPS, *STOPS, *UNKNOWNS, *SILENCES, *PRACTICES, *PEOPLE]
