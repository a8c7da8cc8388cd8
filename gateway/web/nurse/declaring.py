"""What the employee declares about people: the consent, who takes part, and an agreement (requirements.md N03, N04)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from gateway.domain.consultation import opening
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.case import Consent, ConsentAnswer, Representative
from gateway.domain.consultation.typed_moment import local_moment, typed_clock, typed_day, typed_moment
from gateway.domain.errors import InvalidField
from gateway.domain.launch import Agreement
from gateway.domain.people import Form, Participant, ParticipantRole, Presence
from gateway.domain.practice import danish_day
from gateway.services.act import Acting, F
from gateway.web.arrival.typed_number import require_agreed
from gateway.web.nurse.forms import Agreeing, Consenting, Other, Others

T = TypeVar("T")


def consent_in(said: Consenting, consultation: Consultation, by: Acting[F]) -> Consent:
    """One of the answers on the page; a refusal too. ``InvalidField`` where something it needs is missing."""
    answer = choice(ConsentAnswer, "consent.answer", said.answer)
    if not answer.allows_contact and answer is not ConsentAnswer.REFUSED:
        raise InvalidField("consent.answer", "required")
    return consent_of(answer, said, consultation, by)


def consent_of(answer: ConsentAnswer, said: Consenting, consultation: Consultation, by: Acting[F]) -> Consent:
    """Under the wording that was shown: where the organisation has changed it meanwhile, it is asked anew."""
    wording = by.organisation(consultation).consent_wording
    if said.wording not in (None, wording):
        raise InvalidField("consent.wording", "changed")
    acting = answer is ConsentAnswer.REPRESENTATIVE
    return Consent(
        answer=answer,
        declared_by=by.actor.name,
        declared_by_id=by.actor.id,
        declared_at=by.at,
        wording_version=wording,
        representative=choice(Representative, "consent.representative", said.representative) if acting else None,
        representative_name=said.representative_name if acting else "",
        reason=said.reason if answer is ConsentAnswer.URGENT else "",
    )


def choice(kind: Callable[[str], T], field: str, text: str) -> T:
    try:
        return kind(text)
    except ValueError:
        raise InvalidField(field, "required") from None


def participants_in(form: Form, said: Others, by: Acting[F]) -> tuple[Participant, ...]:
    """Whom the form implies, and the others who are named; a form with a relative has one, named or not."""
    ids = by.ports.ids
    people = opening.present_people(form, ids.new(), ids.new(), by.actor.name)
    others = tuple(_other(name, row, by) for name, row in said.rows() if row.role)
    if form is Form.RELATIVE_PRESENT and all(other.role is not ParticipantRole.RELATIVE for other in others):
        others = (Participant(ids.new(), ParticipantRole.RELATIVE), *others)
    return (*people, *others)


def _other(field: str, row: Other, by: Acting[F]) -> Participant:
    role = choice(ParticipantRole, f"{field}.role", row.role)
    how = choice(Presence, f"{field}.how", row.how or Presence.IN_ROOM)
    return Participant(by.ports.ids.new(), role, row.name, how)


def agreed_time(said: Agreeing, now: datetime) -> datetime | None:
    """ISO with a zone from programs; a date and a time of day in Copenhagen from the form."""
    if said.agreed_at:
        return local_moment("agreed_at", said.agreed_at, now)
    typed = said.agreed_date.strip() or said.agreed_time.strip()
    return typed_moment("agreed_at", said.agreed_date, said.agreed_time, now) if typed else None


def agreement_parts(said: Agreeing, now: datetime, needed: bool = True) -> tuple[Callable[[], object], ...]:
    """Each field of an agreement by itself, so that all its faults are told at once."""
    day, clock = said.agreed_date.strip(), said.agreed_time.strip()
    return (
        lambda: require_agreed(Agreement(said.agreed_with or "", None)) if needed else None,
        lambda: typed_day(day, danish_day(now), "agreed_date") if day else None,
        lambda: typed_clock(clock, "agreed_at") if clock or day else None,
    )


def agreement_in(said: Agreeing, now: datetime) -> Agreement:
    """With whom, and when; no time means now."""
    return Agreement(said.agreed_with or "", agreed_time(said, now))
