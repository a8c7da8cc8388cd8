"""An entry goes on to another practice, with the moment it has waited since (D1)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from gateway.domain.consultation import transferring
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.errors import TransitionRefused
from gateway.domain.identifiers import Ydernummer
from gateway.domain.people import Actor
from gateway.domain.practice import Practice
from gateway.domain.records import AuditRow
from gateway.domain.scope import Scope
from gateway.ports.base import Clock, Ids
from gateway.ports.rows import ConsultationStore, PracticeBook
from gateway.services.changing import change
from gateway.services.queue import doors_of, require_same_world, waits_until


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
    announcing: Collection[str] = (),
) -> Consultation:
    """The first practice is told that it is over there, the second gets it all; a second click changes nothing.

    The second one is asked on the same terms as at the first placing (services/queue.py): of the same world, open or
    agreed with, and by a connection that may carry it."""
    practice = route[0]
    now, entry_id = clock.now(), ids.new()
    state = practices.state(ydernummer, now)

    def transferred(consultation: Consultation) -> Consultation:
        if not consultation.entry_open:
            raise TransitionRefused("transfer", str(consultation.status), "no-open-entry")
        if consultation.entries[-1].ydernummer == ydernummer:
            return consultation
        require_same_world(consultation, state)
        return transferring.transfer(
            consultation,
            entry_id=entry_id,
            ydernummer=ydernummer,
            practice_name=practice.name,
            connections=doors_of(consultation, route, announcing, now),
            expires_at=waits_until(state, consultation.agreed_at, now),
            at=now,
            actor=actor,
        )

    return change(store, scope, id, transferred, audit=audit)
