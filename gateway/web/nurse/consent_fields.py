"""What the employee declares about people on the start page: the consent, and who takes part (N03, N04)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from gateway.domain.consultation import opening
from gateway.domain.consultation.case import Consent, ConsentAnswer, Representative
from gateway.domain.errors import InvalidField
from gateway.domain.people import Form, Participant, ParticipantRole, Presence
from gateway.web import guards
from gateway.web.guards import current_gateway

Fields = Mapping[str, str]
T = TypeVar("T")
OTHERS = ("other", "other.2", "other.3")  # rows of "Andre til stede"
LONGEST_NAME = 200


def read_consent(fields: Fields) -> Consent:
    """One of the answers on the page; a refusal too. ``InvalidField`` where something it needs is missing."""
    answer = choice(ConsentAnswer, "consent.answer", fields.get("consent.answer", ""))
    if not answer.allows_contact and answer is not ConsentAnswer.REFUSED:
        raise InvalidField("consent.answer", "required")
    return consent_of(answer, fields)


def consent_of(answer: ConsentAnswer, fields: Fields) -> Consent:
    """Under the wording that was shown: where the organisation has changed it meanwhile, it is asked anew."""
    wording = current_gateway().organisation(guards.my_tenant()).consent_wording
    if fields.get("consent.wording", wording) != wording:
        raise InvalidField("consent.wording", "changed")
    acting = answer is ConsentAnswer.REPRESENTATIVE
    chosen = fields.get("consent.representative", "") if acting else ""
    for name in ("consent.representative_name", "consent.reason"):
        if len(fields.get(name, "")) > LONGEST_NAME:
            raise InvalidField(name, "too-long")
    return Consent(
        answer=answer,
        declared_by=guards.me().name,
        declared_by_id=guards.me().id,
        declared_at=current_gateway().clock.now(),
        wording_version=wording,
        representative=choice(Representative, "consent.representative", chosen) if acting else None,
        representative_name=fields.get("consent.representative_name", "").strip() if acting else "",
        reason=fields.get("consent.reason", "").strip() if answer is ConsentAnswer.URGENT else "",
    )


def choice(kind: Callable[[str], T], field: str, text: str) -> T:
    try:
        return kind(text)
    except ValueError:
        raise InvalidField(field, "required") from None


def read_participants(form: Form, fields: Fields) -> tuple[Participant, ...]:
    """Whom the form implies, and the others who are named; a form with a relative has one, named or not."""
    ids = current_gateway().ids
    people = opening.present_people(form, ids.new(), ids.new(), guards.me().name)
    others = tuple(_other(row, fields) for row in OTHERS if fields.get(f"{row}.role"))
    if form is Form.RELATIVE_PRESENT and all(other.role is not ParticipantRole.RELATIVE for other in others):
        others = (Participant(ids.new(), ParticipantRole.RELATIVE), *others)
    return (*people, *others)


def _other(row: str, fields: Fields) -> Participant:
    role = choice(ParticipantRole, f"{row}.role", fields[f"{row}.role"])
    name = fields.get(f"{row}.name", "").strip()
    if len(name) > LONGEST_NAME:
        raise InvalidField(f"{row}.name", "too-long")
    how = choice(Presence, f"{row}.how", fields.get(f"{row}.how") or Presence.IN_ROOM)
    return Participant(current_gateway().ids.new(), role, name, how)
