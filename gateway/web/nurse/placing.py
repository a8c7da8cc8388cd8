"""The start page's fields become a ``Placing``: one reading for the form and for the JSON twin.

Every fault is collected, so that the page can show all of them at once (requirements.md U05).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from gateway.domain.consultation import opening
from gateway.domain.consultation.aggregate import Consultation, Kind
from gateway.domain.consultation.case import Consent, ConsentAnswer
from gateway.domain.consultation.queue_entry import CHOICES, Basis
from gateway.domain.errors import InvalidField, PracticeNotFound
from gateway.domain.identifiers import Ydernummer
from gateway.domain.launch import Agreement
from gateway.domain.people import Form
from gateway.domain.practice import danish_day
from gateway.services import queue
from gateway.services.launch import refuse_contact
from gateway.services.queue import Placing
from gateway.web import guards
from gateway.web.arrival.workstation import read_workstation, remember
from gateway.web.bodies import local_moment
from gateway.web.guards import current_gateway
from gateway.web.nurse.consent_fields import LONGEST_NAME, choice, consent_of, read_consent, read_participants

Fields = Mapping[str, str]
T = TypeVar("T")
_NAMES = ("agreed_with",)


class Faults(Exception):
    """Everything that was wrong, field by field."""

    def __init__(self, *faults: InvalidField | PracticeNotFound) -> None:
        super().__init__(*faults)
        self.faults = faults


def place(consultation: Consultation, fields: Fields) -> Consultation:
    """Into the queue, or closed with a refusal when the citizen says no. Raises ``Faults``."""
    if fields.get("consent.answer") == ConsentAnswer.REFUSED and consultation.sole_case:
        try:
            return _refuse(consultation, fields)
        except InvalidField as fault:
            raise Faults(fault) from None
    placing = read_placing(consultation, fields)
    gateway = current_gateway()
    try:
        route = queue.routable_practice(
            placing.ydernummer, providers=gateway.providers, practices=gateway.practices, clock=gateway.clock
        )
        placed = queue.enqueue(
            guards.my_scope(),
            consultation.id,
            placing,
            route,
            guards.me(),
            store=gateway.store,
            practices=gateway.practices,
            clock=gateway.clock,
            ids=gateway.ids,
            audit=[guards.audit_row("write", "place", consultation)],
            announcing=gateway.peers.announcing(),
        )
    except (InvalidField, PracticeNotFound) as fault:
        raise Faults(fault) from None
    remember(placing.workstation)
    return placed


def _refuse(consultation: Consultation, fields: Fields) -> Consultation:
    gateway = current_gateway()
    organisation = gateway.organisation(consultation.tenant)
    consent = consent_of(ConsentAnswer.REFUSED, fields)
    return refuse_contact(
        guards.my_scope(),
        consultation.id,
        consultation.cases[0].id,
        consent,
        organisation,
        guards.me(),
        store=gateway.store,
        audit=[guards.audit_row("write", "refuse", consultation)],
    )


def read_placing(consultation: Consultation, fields: Fields) -> Placing:
    """Raises ``Faults`` with each field that cannot be used."""
    faults: list[InvalidField] = []

    def attempt(reading: Callable[[], T]) -> T | None:
        try:
            return reading()
        except InvalidField as fault:
            faults.append(fault)
            return None

    reason = fields.get("reason", consultation.reason).replace("\r\n", "\n")
    ydernummer = attempt(lambda: _ydernummer(consultation, fields))
    station = attempt(lambda: read_workstation(fields))
    consents = attempt(lambda: _consents(consultation, fields))
    form = attempt(lambda: choice(Form, "form", fields.get("form") or Form.ASSISTED))
    agreed = attempt(lambda: _agreed_at(fields))
    people = attempt(lambda: read_participants(form or Form.ASSISTED, fields))
    called, because = attempt(lambda: _unnumbered(consultation, fields)) or ("", "")
    attempt(lambda: opening.require_reason(consultation, reason))
    attempt(lambda: _require_agreement(consultation, fields))
    for name in _NAMES:
        attempt(partial(_require_short, name, fields))
    basis = attempt(lambda: _basis(consultation, ydernummer, fields)) if ydernummer else None
    if faults or not (ydernummer and station and form and basis) or consents is None or people is None:
        raise Faults(*faults)
    return Placing(
        ydernummer=ydernummer,
        basis=basis,
        workstation=station,
        form=form,
        participants=people,
        called=called,
        because=because,
        reason=reason,
        consents=consents,
        agreed_at=agreed or (None if "agreed_at" in fields else consultation.agreed_at),
        agreed_with=fields.get("agreed_with", consultation.agreed_with),
    )


def _ydernummer(consultation: Consultation, fields: Fields) -> Ydernummer:
    if fields.get("ydernummer"):
        return Ydernummer.parse(fields["ydernummer"])
    own = consultation.sole_case.own_practice if consultation.sole_case else None
    known = own.ydernummer if own else consultation.meant_for
    if known is None:
        raise InvalidField("ydernummer", "required")
    return known


def _basis(consultation: Consultation, ydernummer: Ydernummer, fields: Fields) -> Basis:
    if consultation.kind is Kind.WITHOUT_NUMBER:
        return Basis.AGREED_WITHOUT_CPR
    own = consultation.sole_case.registered if consultation.sole_case else None
    if own is not None and own.ydernummer == ydernummer:
        return Basis.OWN_GP
    gateway = current_gateway()
    if own is not None and ydernummer in gateway.practices.state(own.ydernummer, gateway.clock.now()).substitutes:
        return Basis.SUBSTITUTE
    return chosen_basis(fields)


def chosen_basis(fields: Fields) -> Basis:
    """ "Hvorfor en anden læge?" (N07); a program that does not say means that the employee chose."""
    said = fields.get("basis", Basis.CHOSEN)
    if said not in CHOICES:
        raise InvalidField("basis", "unknown" if said else "required")
    return Basis(said)


def _consents(consultation: Consultation, fields: Fields) -> dict[UUID, Consent]:
    if consultation.sole_case is None:
        return {}  # in a round each citizen's was declared as she was added
    consent = read_consent(fields)
    if not consent.answer.allows_contact:
        raise InvalidField("consent.answer", "required")
    opening.require_capable(consultation.sole_case, consent)
    return {consultation.sole_case.id: consent}


def _agreed_at(fields: Fields) -> datetime | None:
    """ISO with a zone from programs; a date and a time of day in Copenhagen from the form."""
    whole = fields.get("agreed_at", "").strip()
    if not whole and (fields.get("agreed_date") or fields.get("agreed_time")):
        today = danish_day(current_gateway().clock.now())
        whole = f"{fields.get('agreed_date') or today}T{fields.get('agreed_time') or ''}"
    return local_moment("agreed_at", whole) if whole else None


def _unnumbered(consultation: Consultation, fields: Fields) -> tuple[str, str]:
    """What to call a citizen without a number and why there is none; asked once (N19)."""
    case = consultation.sole_case
    if case is None or consultation.kind is not Kind.WITHOUT_NUMBER:
        return "", ""
    called, because = fields.get("called") or case.citizen.name, fields.get("because") or case.unnumbered_because
    opening.name_unnumbered(consultation, called, because)
    return called, because


def read_agreement(fields: Fields) -> Agreement:
    """With whom, and when; no time means now."""
    return Agreement(fields.get("agreed_with", "").strip(), _agreed_at(fields))


def _require_agreement(consultation: Consultation, fields: Fields) -> None:
    needed = consultation.kind in (Kind.WITHOUT_NUMBER, Kind.ROUND)
    if needed and not fields.get("agreed_with", consultation.agreed_with).strip():
        raise InvalidField("agreed_with", "required")


def _require_short(name: str, fields: Fields) -> None:
    if len(fields.get(name, "")) > LONGEST_NAME:
        raise InvalidField(name, "too-long")


def as_fields(form: Mapping[str, Any]) -> dict[str, str]:
    """A posted form without its token."""
    return {name: str(value) for name, value in form.items() if name != "csrf_token"}
