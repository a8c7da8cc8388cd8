"""Weighs what the sources said about a citizen's own doctor; pure, no clock and no look-up of its own.

The first source in the tenant's order that answers is shown as the source; every later one that answers must agree.
A prior doctor never reaches this place, and a future one counts from its date (``InsuredPeriods.own_on``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta

from gateway.domain.citizen.finding import (
    DoubtReason,
    Evidence,
    Finding,
    Flaw,
    Notice,
    Outcome,
    Question,
    Said,
    Source,
    StopReason,
)
from gateway.domain.citizen.lookup import Custody, InsuranceGroup, PersonStatus
from gateway.domain.identifiers import Ydernummer
from gateway.domain.practice import Practice

PracticeOf = Callable[[Ydernummer], Practice | None]

SOON = timedelta(days=14)
_SPECIAL = frozenset(
    (InsuranceGroup.PRISON, InsuranceGroup.CONSCRIPT, InsuranceGroup.INSTITUTION, InsuranceGroup.ABROAD)
)
_STOPS = {
    PersonStatus.DEAD: StopReason.DEAD,
    PersonStatus.ANNULLED: StopReason.ANNULLED,
    PersonStatus.DELETED: StopReason.DELETED,
    PersonStatus.RENUMBERED: StopReason.RENUMBERED,
}
_CARE = {
    PersonStatus.NO_RESIDENCE: Notice.NO_RESIDENCE,
    PersonStatus.MISSING: Notice.MISSING,
    PersonStatus.EMIGRATED: Notice.EMIGRATED,
}


def resolve(question: Question, practice_of: PracticeOf) -> Finding:
    """The finding for that day. ``practice_of``: the register's version of a ydernummer on the day, None if unknown."""
    evidence = tuple(_weighed(one, question.day, practice_of) for one in _answers(question))
    stop = _stop(question, evidence)
    finding = stop or _judged(question, evidence)
    return replace(finding, evidence=evidence, notices=tuple(_notices(question, finding)))


# --- what each source said --------------------------------------------------------------------------------------------


def _answers(question: Question) -> Iterator[Evidence]:
    readers = {Source.EOJ: _answer_of_record, Source.NATIONAL: _answer_of_national, Source.INSURED: _answer_of_register}
    for source in question.order:
        one = readers[source](question)
        if one is not None:
            yield one


def _answer_of_record(question: Question) -> Evidence | None:
    claim = question.claim
    return Evidence(Source.EOJ, Said.PRACTICE, claim.as_of, claim.ydernummer) if claim else None


def _answer_of_national(question: Question) -> Evidence | None:
    answer = question.national
    if answer is None:
        return Evidence(Source.NATIONAL, Said.UNAVAILABLE) if question.national_failed else None
    as_of = answer.as_of.date()
    if not answer.known:
        return Evidence(Source.NATIONAL, Said.NOBODY, as_of)
    if answer.dummies:
        return Evidence(Source.NATIONAL, Said.DUMMIES, as_of)
    said = _by_group(answer.group, answer.own)
    own = answer.own if said is Said.PRACTICE else None
    return Evidence(Source.NATIONAL, said, as_of, own, answer.own_name if own else "")


def _answer_of_register(question: Question) -> Evidence | None:
    if question.insured_as_of is None or not question.numbered:
        return None
    periods = question.insured
    if periods is None:
        return Evidence(Source.INSURED, Said.NOT_LISTED, question.insured_as_of)
    own = periods.own_on(question.day)
    said = _by_group(periods.group_on(question.day), own)
    return Evidence(Source.INSURED, said, periods.as_of, own if said is Said.PRACTICE else None)


def _by_group(group: InsuranceGroup, own: Ydernummer | None) -> Said:
    """The group outranks the doctor named: in group 2 one may use any, in 8 and 9 nobody's patient is left."""
    outranking = {
        InsuranceGroup.NO_FIXED_DOCTOR: Said.NO_FIXED_GP,
        InsuranceGroup.REMOVED: Said.REMOVED,
        InsuranceGroup.DEAD: Said.DEAD,
    }
    if group in outranking:
        return outranking[group]
    if own is not None:
        return Said.PRACTICE
    return Said.SPECIAL_GROUP if group in _SPECIAL else Said.NOTHING


def _weighed(one: Evidence, day: date, practice_of: PracticeOf) -> Evidence:
    """The practice held against the Yderregister: valid that day and speciality 80, or flawed (P2.1)."""
    if one.ydernummer is None:
        return one
    practice = practice_of(one.ydernummer)
    if practice is None:
        return replace(one, flaw=Flaw.NOT_IN_REGISTER)
    named = replace(one, name=practice.name or one.name)
    if not practice.valid_on(day):
        return replace(named, flaw=Flaw.CLOSED)
    return named if practice.is_general_practice else replace(named, flaw=Flaw.NOT_GENERAL_PRACTICE)


# --- the judgement ----------------------------------------------------------------------------------------------------


def _stop(question: Question, evidence: tuple[Evidence, ...]) -> Finding | None:
    """The civil registration's word stops; a register that says *dead* does too, unless the registration, asked
    today, says otherwise (that is a disagreement)."""
    answer = question.national
    if answer is not None and answer.known and (answer.status.stops_a_start or answer.renumbered_to is not None):
        reason = _STOPS.get(answer.status, StopReason.RENUMBERED)
        new = answer.renumbered_to if reason is StopReason.RENUMBERED else None
        return Finding(Outcome.DO_NOT_START, reason, renumbered_to=new)
    dead = [one for one in evidence if one.said is Said.DEAD]
    denied = answer is not None and answer.known and bool(answer.status) and not answer.dummies
    if dead and not (denied and all(one.source is Source.INSURED for one in dead)):
        return Finding(Outcome.DO_NOT_START, StopReason.DEAD)
    return None


def _judged(question: Question, evidence: tuple[Evidence, ...]) -> Finding:
    answers = [one for one in evidence if one.said.is_an_answer]
    if not answers:
        return _silence(question, evidence)
    if len({(one.said, one.ydernummer) for one in answers}) > 1:
        return _uncertain(_disagreement(answers))
    first = answers[0]
    if first.said is Said.PRACTICE:
        return _uncertain(DoubtReason(first.flaw)) if first.flaw else _own(first)
    if first.said is Said.NO_FIXED_GP:
        return Finding(Outcome.NO_FIXED_GP, "group-2", source=first.source, as_of=first.as_of)
    if first.said is Said.NOBODY:
        return Finding(Outcome.UNKNOWN_CITIZEN, "number-unknown", source=first.source, as_of=first.as_of)
    return _uncertain(DoubtReason(first.said))


def _disagreement(answers: list[Evidence]) -> DoubtReason:
    nobody = any(one.said is Said.NOBODY for one in answers)
    return DoubtReason.NUMBER_UNKNOWN if nobody else DoubtReason.SOURCES_DISAGREE


def _own(first: Evidence) -> Finding:
    return Finding(Outcome.OWN_GP, "", first.ydernummer, first.source, first.as_of)


def _uncertain(reason: DoubtReason) -> Finding:
    return Finding(Outcome.UNCERTAIN, reason)


def _silence(question: Question, evidence: tuple[Evidence, ...]) -> Finding:
    """Nobody named a doctor. A number that our register does not hold is an unknown citizen only where no better
    source was silent for reasons of its own."""
    if not question.numbered:
        return _uncertain(DoubtReason.REPLACEMENT_NUMBER)
    heard = {one.said for one in evidence}
    for said in (Said.UNAVAILABLE, Said.DUMMIES):
        if said in heard:
            return _uncertain(DoubtReason(said))
    if heard == {Said.NOT_LISTED}:
        as_of = evidence[0].as_of
        return Finding(Outcome.UNKNOWN_CITIZEN, "not-listed", source=Source.INSURED, as_of=as_of)
    return _uncertain(DoubtReason.NO_ANSWER)


# --- what is passed on beside it --------------------------------------------------------------------------------------


def _notices(question: Question, finding: Finding) -> Iterator[Notice]:
    answer = question.national
    if answer is not None and answer.known:
        if answer.protected:
            yield Notice.PROTECTED
        if answer.status in _CARE:
            yield _CARE[answer.status]
        if answer.custody:
            yield Notice.GUARDIAN if Custody.GUARDIAN in answer.custody else Notice.CUSTODY
    if question.national_failed:
        yield Notice.NOT_ASKED
    yield from _group_notices(question)
    yield from _practice_notices(question, finding)


def _group_notices(question: Question) -> Iterator[Notice]:
    groups = {question.national.group} if question.national and not question.national.dummies else set()
    if question.insured is not None:
        groups.add(question.insured.group_on(question.day))
    if groups & _SPECIAL:
        yield Notice.SPECIAL_GROUP


def _practice_notices(question: Question, finding: Finding) -> Iterator[Notice]:
    if finding.ydernummer is not None and finding.ydernummer.looks_mistyped:
        yield Notice.MISTYPED
    relies = finding.source is Source.INSURED and finding.as_of is not None
    if relies and finding.as_of is not None and question.day - finding.as_of > question.old_after:
        yield Notice.OLD_REGISTER
    periods = question.insured
    changes = periods.future_from if periods is not None and periods.future is not None else None
    if changes is not None and timedelta(0) < changes - question.day <= SOON:
        yield Notice.CHANGES_SOON
