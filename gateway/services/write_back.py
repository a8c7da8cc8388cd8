"""The note after the talk: saved as typed, approved by the employee, or sent by the clock (services/clocks)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from gateway.domain import review
from gateway.domain.consultation import Consultation
from gateway.domain.people import Actor
from gateway.domain.records import AuditRow
from gateway.domain.scope import Scope
from gateway.ports import Clock, ConsultationStore
from gateway.services.changing import change


def keep_text(scope: Scope, id: UUID, case_id: UUID, text: str, *, store: ConsultationStore) -> Consultation:
    """Save the employee's field as it is typed (U07)."""
    return change(store, scope, id, lambda c: review.write_text(c, case_id, text))


def keep_writing(scope: Scope, id: UUID, *, store: ConsultationStore, clock: Clock) -> Consultation:
    now = clock.now()
    return change(store, scope, id, lambda c: review.keep_writing(c, now))


def approve(
    scope: Scope,
    id: UUID,
    case_id: UUID,
    text: str,
    organisation: str,
    actor: Actor,
    *,
    store: ConsultationStore,
    clock: Clock,
    audit: Sequence[AuditRow] = (),
) -> Consultation:
    """Approved and owed to the record in one transaction; a second click changes nothing."""
    now = clock.now()
    return change(store, scope, id, lambda c: review.approve(c, case_id, text, organisation, now, actor), audit=audit)


def add_clinic_text(
    scope: Scope, id: UUID, case_id: UUID, text: str, actor: Actor, *, store: ConsultationStore, clock: Clock
) -> Consultation:
    now = clock.now()
    return change(store, scope, id, lambda c: review.add_clinic_text(c, case_id, text, now, actor))
