"""An entry goes on to another practice, with the moment it has waited since (D1)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from gateway.domain import clocks, handing
from gateway.domain.consultation import Consultation
from gateway.domain.errors import TransitionRefused
from gateway.domain.identifiers import Ydernummer
from gateway.domain.people import Actor
from gateway.domain.practice import Practice
from gateway.domain.records import AuditRow
from gateway.domain.scope import Scope
from gateway.ports import Clock, ConsultationStore, Ids, PracticeBook
from gateway.services.changing import change


def transfer(
    scope: Scope,
    id: UUID,
    ydernummer: Ydernummer,
    route: tuple[Practice, tuple[str, ...]],
    actor: Actor,
    *,
    store: ConsultationStore,
    practices: PracticeBook,
    clock: Clock,
    ids: Ids,
    audit: Sequence[AuditRow] = (),
) -> Consultation:
    """The first practice is told that it is over there, the second gets it all; a second click changes nothing."""
    practice, connections = route
    now, entry_id = clock.now(), ids.new()

    def transferred(consultation: Consultation) -> Consultation:
        if not consultation.entry_open:
            raise TransitionRefused("transfer", str(consultation.status), "no-open-entry")
        return handing.transfer(
            consultation,
            entry_id=entry_id,
            ydernummer=ydernummer,
            practice_name=practice.name,
            connections=connections,
            expires_at=clocks.waiting_ends(now, consultation.agreed_at, practices.state(ydernummer, now).closes_at),
            at=now,
            actor=actor,
        )

    return change(store, scope, id, transferred, audit=audit)
