"""Whose patient is this: asks the tenant's sources at a launch and has their answers weighed (requirements.md D17)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from gateway.domain.citizen.finding import Finding, Notice, Question, Source
from gateway.domain.identifiers import Cpr
from gateway.domain.launch import Launch
from gateway.domain.practice import COPENHAGEN
from gateway.ports.registers import InsuredRegister, PracticeResolver, ProviderDirectory
from gateway.services.national import Answer, BudgetedLookup


@dataclass(frozen=True, slots=True)
class Sources:
    """What a launch of one tenant may ask. ``national`` None: the tenant has no agreement on the look-up."""

    resolve: PracticeResolver
    insured: InsuredRegister
    national: BudgetedLookup | None = None


def find_own_practice(
    launch: Launch, order: tuple[Source, ...], *, sources: Sources, providers: ProviderDirectory, now: datetime
) -> Finding | None:
    """None where there is no citizen or no number and nobody named a practice: then the employee names it herself.

    The national look-up is asked first and waited for last, so that what lies in our own tables costs no time."""
    citizen = launch.citizen
    if citizen is None or (citizen.identifier is None and launch.practice is None):
        return None
    day = now.astimezone(COPENHAGEN).date()
    answer = _begun(launch, order, sources, now)
    question = _from_our_own(launch, order, sources, day)
    if answer is not None:
        said = answer()
        question = replace(question, national=said, national_failed=said is None)
    return sources.resolve(question, lambda ydernummer: providers.find(ydernummer, day))


def _begun(launch: Launch, order: tuple[Source, ...], sources: Sources, now: datetime) -> Answer | None:
    """Asked for a real CPR only: the service takes no replacement numbers."""
    identifier = launch.citizen.identifier if launch.citizen else None
    if sources.national is None or Source.NATIONAL not in order or not isinstance(identifier, Cpr):
        return None
    return sources.national.begin(identifier, now)


def _from_our_own(launch: Launch, order: tuple[Source, ...], sources: Sources, day: date) -> Question:
    identifier = launch.citizen.identifier if launch.citizen else None
    question = Question(day, claim=launch.practice, numbered=isinstance(identifier, Cpr), order=order)
    if identifier is None or not question.numbered or Source.INSURED not in order:
        return question
    as_of, periods = sources.insured.find_insured(identifier)
    return replace(question, insured=periods, insured_as_of=as_of)


def protected_by(launch: Launch, finding: Finding | None) -> Launch:
    """The launch with its citizen's name protected, where the civil registration says so."""
    if launch.citizen is None or finding is None or Notice.PROTECTED not in finding.notices:
        return launch
    return replace(launch, citizen=replace(launch.citizen, protected=True))
