"""The device handed to the citizen and back, or changed for another one; and what the citizen's page may know.

``web/handover`` and ``web/citizen`` call these; the sessions themselves are ``gateway.access``'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from gateway.domain.consultation import device_handover
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.people import Actor
from gateway.domain.records import AuditRow
from gateway.domain.scope import Scope
from gateway.ports.base import Clock
from gateway.ports.rows import ConsultationStore
from gateway.services.changing import change


def hand_over(
    scope: Scope,
    id: UUID,
    locked: bool,
    actor: Actor,
    *,
    store: ConsultationStore,
    clock: Clock,
    audit: Sequence[AuditRow] = (),
) -> Consultation:
    now = clock.now()
    return change(store, scope, id, lambda c: device_handover.hand_over(c, locked, now, actor), audit=audit)


def give_back(scope: Scope, id: UUID, actor: Actor, *, store: ConsultationStore, clock: Clock) -> Consultation:
    now = clock.now()
    return change(store, scope, id, lambda c: device_handover.give_back(c, now, actor))


def call_employee(scope: Scope, id: UUID, actor: Actor, *, store: ConsultationStore, clock: Clock) -> Consultation:
    """ "Bed om medarbejderen", by the clinic."""
    now = clock.now()
    return change(store, scope, id, lambda c: device_handover.call_employee(c, now, actor))


def finish(
    scope: Scope, id: UUID, actor: Actor, review: timedelta, *, store: ConsultationStore, clock: Clock
) -> Consultation:
    """ "Slut", by the citizen."""
    now = clock.now()
    return change(store, scope, id, lambda c: device_handover.finish(c, now, actor, review))


def change_device(scope: Scope, id: UUID, actor: Actor, *, store: ConsultationStore, clock: Clock) -> Consultation:
    now = clock.now()
    return change(store, scope, id, lambda c: device_handover.change_device(c, now, actor))


def citizen_view(consultation: Consultation | None, now: datetime) -> dict[str, Any]:
    """The citizen's whole knowledge: which screen, whom one talks with, and since when somebody is called for.

    No name of the citizen, no reason, no note, no number of the queue, nothing of any other consultation.
    """
    if consultation is None or device_handover.citizen_screen(consultation, now) == "blank":
        return {"screen": "blank", "version": 0, "settling": False}
    entry, handover, station = consultation.entry, consultation.handover, consultation.workstation
    called = handover.called_at if handover else None
    until = device_handover.blank_at(consultation)
    return {
        "screen": device_handover.citizen_screen(consultation, now),
        "version": consultation.version,
        "doctor": entry.clinician if entry else "",
        "practice": entry.practice_name if entry else "",
        "ring_until": entry.ring_until.isoformat() if entry and entry.ring_until else None,
        "here": str(consultation.availability) == "here",
        "called_at": called.isoformat() if called else None,
        "phone": station.phone if station and called else "",
        "blank_at": until.isoformat() if until else None,
        "settling": False,
    }
