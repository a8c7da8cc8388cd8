"""From the launch to a filled page: the draft, who takes part, what it is about, and the consent (D2–D4, D19)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from gateway.domain.citizen.citizen import ADULT_CONSENT, UNNUMBERED, OwnPractice
from gateway.domain.citizen.finding import Finding
from gateway.domain.consultation.aggregate import Consultation, Ending, Kind, Status
from gateway.domain.consultation.case import CitizenCase, Consent, ConsentAnswer
from gateway.domain.errors import InvalidField, TransitionRefused
from gateway.domain.identifiers import require_no_number
from gateway.domain.launch import Launch
from gateway.domain.people import Actor, ActorKind, Form, Participant, ParticipantRole, Workstation
from gateway.domain.practice import danish_day

CALLED_LENGTH = 40
REASON_LENGTH = (10, 1000)  # requirements.md N05
UNSTARTED_CAUSES = ("closed", "not-connected", "unknown-practice")  # D11
EDITABLE = (Status.DRAFT, Status.DECIDING)


@dataclass(frozen=True, slots=True)
class NewConsultation:
    """What a launch does not bring: ids, moment, whether it is invented (D18). ``room``: the secret name."""

    id: UUID
    short_id: str
    case_id: UUID
    room: str = field(repr=False)
    at: datetime
    synthetic: bool = False


@dataclass(frozen=True, slots=True)
class Preparation:
    """What the employee has filled in before the queue."""

    workstation: Workstation
    form: Form
    participants: tuple[Participant, ...] = field(repr=False)
    reason: str = field(repr=False)
    agreed_at: datetime | None = None
    agreed_with: str = field(default="", repr=False)


def open_from(
    launch: Launch,
    new: NewConsultation,
    employee_id: str,
    own_practice: OwnPractice | None = None,
    finding: Finding | None = None,
) -> Consultation:
    """A draft with one case for the launched record, or none for a round or general advice."""
    actor = Actor(ActorKind.EMPLOYEE, employee_id, launch.employee.name)
    kind = _kind_of(launch)
    consultation = Consultation(
        id=new.id,
        tenant=launch.tenant,
        short_id=new.short_id,
        kind=kind,
        status=Status.DRAFT,
        launch_key=launch.key,
        channel=str(launch.channel),
        created_at=new.at,
        responsible=employee_id,
        responsible_name=launch.employee.name,
        room=new.room,
        cases=_cases_of(launch, new.case_id, own_practice, finding),
        agreed_at=launch.agreement.at if launch.agreement else None,
        agreed_with=launch.agreement.with_whom if launch.agreement else "",
        synthetic=new.synthetic,
        meant_for=launch.practice.ydernummer if launch.practice and launch.citizen is None else None,
        form=Form.EMPLOYEE_ONLY if launch.advice else Form.ASSISTED,
    )
    return consultation.noting("launched", new.at, actor, channel=str(launch.channel), kind=str(kind))


def _cases_of(
    launch: Launch, case_id: UUID, own: OwnPractice | None, finding: Finding | None
) -> tuple[CitizenCase, ...]:
    """The launched record as a case; without a record reference nothing can be filed, so no connection is named."""
    if launch.citizen is None:
        return ()
    connection = launch.connection if launch.record_ref else ""
    case = CitizenCase(case_id, launch.citizen, connection, launch.record_ref, own, finding=finding)
    return (replace(case, unnumbered_because=launch.unnumbered_because),)


def _kind_of(launch: Launch) -> Kind:
    if launch.citizen is None:
        return Kind.GENERAL_ADVICE if launch.advice else Kind.ROUND
    return Kind.ONE_CITIZEN if launch.citizen.identifier is not None else Kind.WITHOUT_NUMBER


def write_reason(consultation: Consultation, text: str) -> Consultation:
    """Keep what is being typed (U07): no event, no validation but the upper limit."""
    if consultation.status not in EDITABLE:
        raise TransitionRefused("write", str(consultation.status))
    if len(text) > REASON_LENGTH[1]:
        raise InvalidField("reason", "too-long")
    return replace(consultation, reason=text)


def prepare(consultation: Consultation, filled: Preparation) -> Consultation:
    """Every fault is an ``InvalidField`` naming it."""
    if consultation.status not in EDITABLE:
        raise TransitionRefused("prepare", str(consultation.status))
    require_reason(consultation, filled.reason)
    _require_phone(filled.workstation.phone)
    return replace(
        consultation,
        workstation=filled.workstation,
        form=filled.form,
        participants=filled.participants,
        reason=filled.reason.strip(),
        agreed_at=filled.agreed_at,
        agreed_with=filled.agreed_with.strip(),
    )


def require_reason(consultation: Consultation, reason: str) -> None:
    """10–1000 characters; without exactly one known citizen, no identity number in it (U16)."""
    length = len(reason.strip())
    if length < REASON_LENGTH[0]:
        raise InvalidField("reason", "too-short")
    if length > REASON_LENGTH[1]:
        raise InvalidField("reason", "too-long")
    if consultation.kind is not Kind.ONE_CITIZEN:
        require_no_number("reason", reason)


def _require_phone(phone: str) -> None:
    if len([c for c in phone if c.isdigit()]) < 8:
        raise InvalidField("phone", "not-eight-digits")


def declare_consent(consultation: Consultation, case_id: UUID, consent: Consent, actor: Actor) -> Consultation:
    """Record an answer that allows contact; a repetition of the same answer is a no-op."""
    if consultation.status not in EDITABLE:
        raise TransitionRefused("consent", str(consultation.status))
    if not consent.answer.allows_contact:
        raise InvalidField("consent.answer", "refusal-is-its-own-verb")
    case = consultation.case(case_id)
    require_capable(case, consent)
    if case.consent is not None and replace(case.consent, declared_at=consent.declared_at) == consent:
        return consultation
    changed = consultation.with_case(replace(case, consents=(*case.consents, consent)))
    return changed.noting("consent-declared", consent.declared_at, actor, answer=str(consent.answer))


def require_capable(case: CitizenCase, consent: Consent) -> None:
    """Who is younger than fifteen does not consent alone (sundhedsloven § 17); of unknown age: the employee judges."""
    age = case.citizen.age_on(danish_day(consent.declared_at))
    if consent.answer is ConsentAnswer.GIVEN and age is not None and age < ADULT_CONSENT:
        raise InvalidField("consent.answer", "under-fifteen")


def name_unnumbered(consultation: Consultation, called: str, because: str) -> Consultation:
    """A citizen without an identity number: what to call her, and why there is none (N19)."""
    if because not in UNNUMBERED:
        raise InvalidField("because", "required")
    if not called.strip():
        raise InvalidField("called", "required")
    if len(called.strip()) > CALLED_LENGTH:
        raise InvalidField("called", "too-long")
    require_no_number("called", called)
    case = consultation.cases[0]
    known = replace(case, citizen=replace(case.citizen, name=called.strip()), unnumbered_because=because)
    return consultation.with_case(known)


def record_refusal(consultation: Consultation, case_id: UUID, consent: Consent, actor: Actor) -> Consultation:
    """The citizen says no: the practice is never contacted; a note that it was declined is owed (D3). In a round
    that ends nothing but the citizen's own part (rounds.py).

    A repetition is a no-op."""
    if consent.answer is not ConsentAnswer.REFUSED:
        raise InvalidField("consent.answer", "not-a-refusal")
    if consultation.ending is Ending.CITIZEN_REFUSED:
        return consultation
    if consultation.status not in EDITABLE:
        raise TransitionRefused("refuse", str(consultation.status))
    case = consultation.case(case_id)
    changed = consultation.with_case(replace(case, consents=(*case.consents, consent)))
    closed = changed.moved(
        "refuse", Status.CLOSED, consent.declared_at, actor, ending=Ending.CITIZEN_REFUSED, modality="none"
    )
    return closed.noting("citizen-refused", consent.declared_at, actor)


def choose_practice(
    consultation: Consultation, case_id: UUID | None, own: OwnPractice, actor: Actor, at: datetime
) -> Consultation:
    """The employee chose the practice herself (no CPR, no fixed GP, or uncertain); the same choice again is a no-op."""
    if consultation.status not in EDITABLE:
        raise TransitionRefused("choose-practice", str(consultation.status))
    consultation.require_place_at(own.ydernummer)
    chosen = consultation.meant_for if case_id is None else consultation.case(case_id).own_practice
    if chosen in (own, own.ydernummer):
        return consultation
    if case_id is None:
        meant = replace(consultation, meant_for=own.ydernummer)
        return meant.noting("practice-chosen", at, actor, ydernummer=str(own.ydernummer))
    case = replace(consultation.case(case_id), own_practice=own)
    return consultation.with_case(case).noting("practice-chosen", at, actor, ydernummer=str(own.ydernummer))


def leave_unstarted(consultation: Consultation, cause: str, at: datetime, actor: Actor) -> Consultation:
    """No practice could take it (closed, not connected, unknown): nothing was sent, the text goes, no note."""
    if cause not in UNSTARTED_CAUSES:
        raise InvalidField("cause", "unknown")
    if consultation.ending is Ending.NOT_STARTED:
        return consultation
    if consultation.status is not Status.DRAFT:
        raise TransitionRefused("leave-unstarted", str(consultation.status))
    closed = consultation.moved(
        "leave-unstarted", Status.CLOSED, at, actor, ending=Ending.NOT_STARTED, reason="", modality="none"
    )
    return closed.noting("not-started", at, actor, reason=cause)


def abandon(consultation: Consultation, at: datetime, actor: Actor) -> Consultation:
    """A draft nobody queued: text erased, no note (D20)."""
    if consultation.status is not Status.DRAFT:
        raise TransitionRefused("abandon", str(consultation.status))
    closed = consultation.moved("abandon", Status.CLOSED, at, actor, ending=Ending.ABANDONED, reason="")
    return closed.noting("abandoned", at, actor)


def present_people(form: Form, citizen: UUID, employee: UUID, employee_name: str) -> tuple[Participant, ...]:
    """The participants a form implies: the citizen, the employee, or both."""
    people: list[Participant] = []
    if form is not Form.EMPLOYEE_ONLY:
        people.append(Participant(citizen, ParticipantRole.CITIZEN))
    if form.employee_takes_part:
        people.append(Participant(employee, ParticipantRole.EMPLOYEE, employee_name))
    return tuple(people)
