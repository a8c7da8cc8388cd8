"""One way to act: a named move is applied to a consultation with who presses, when, the form and the ports it may ask.

A *move* is a function of the newest consultation and the ``Acting``; it returns what the consultation is afterwards and
writes nothing. ``perform`` loads, applies and commits it, again where somebody else was faster (changing.py).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.organisation import Organisation
from gateway.domain.people import Actor
from gateway.domain.records import AuditRow
from gateway.domain.scope import Scope
from gateway.ports.base import Clock, Ids
from gateway.ports.registers import ProviderDirectory
from gateway.ports.rows import ConsultationStore, PracticeBook, Write
from gateway.services.changing import Along, change

F = TypeVar("F")


@dataclass(frozen=True, slots=True)
class Ports:
    """What a move may ask. ``organisation``: the rules of a tenant. ``announcing``: names of the connections that only
    carry messages about agreed times."""

    store: ConsultationStore
    clock: Clock
    ids: Ids
    practices: PracticeBook
    providers: ProviderDirectory
    organisation: Callable[[UUID], Organisation]
    announcing: Callable[[], Collection[str]]


@dataclass(frozen=True, slots=True)
class Acting(Generic[F]):
    """One press. ``new``: the id of what it makes (an entry, a remark), one for all tries at the commit."""

    form: F = field(repr=False)
    actor: Actor
    at: datetime
    new: UUID
    ports: Ports = field(repr=False)

    @property
    def stamp(self) -> tuple[datetime, Actor]:
        """When and who, as every verb of the domain takes them."""
        return self.at, self.actor

    def organisation(self, consultation: Consultation) -> Organisation:
        return self.ports.organisation(consultation.tenant)


Move = Callable[[Consultation, Acting[F]], Consultation]


def acting(form: F, actor: Actor, ports: Ports) -> Acting[F]:
    """A press at this moment."""
    return Acting(form, actor, ports.clock.now(), ports.ids.new(), ports)


def perform(
    move: Move[F],
    scope: Scope,
    found: Consultation | UUID,
    by: Acting[F],
    *,
    audit: Sequence[AuditRow] = (),
    beside: Sequence[Write] = (),
) -> Consultation:
    """Apply the move and commit what it changed with its audit rows, and what stands ``beside`` it.

    ``found`` is the consultation where the caller has just read it, so that it is not read twice, else its id.
    """
    id, known = (found, None) if isinstance(found, UUID) else (found.id, found)
    return change(by.ports.store, scope, id, lambda c: move(c, by), along=Along(audit, beside), known=known)
