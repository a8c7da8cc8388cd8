"""What stands already when somebody starts: a second launch of the same citizen is asked about, never guessed (D7).

The five cases: the same launch again is the same consultation; another launch while one is open is a question, her own
or a colleague's; after closing it is a new one; and what another organisation has open is never told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from gateway.domain.consultation.aggregate import Consultation, Kind
from gateway.domain.errors import ConcurrentChange, NotFound
from gateway.domain.launch import Launch
from gateway.domain.people import Workstation
from gateway.domain.scope import TenantScope
from gateway.ports.rows import ConsultationStore
from gateway.services.changing import ATTEMPTS, Together

OF_ONE = (Kind.ONE_CITIZEN, Kind.WITHOUT_NUMBER)  # a round is opened on purpose, and nobody is asked about it


class Colleagues(Protocol):
    """What colleagues of one tenant share; ``store.workplaces`` implements it."""

    def open_about(self, launch: Launch) -> Sequence[Consultation]: ...

    def stands_there(self, tenant: UUID, station: Workstation, employee: str, id: UUID) -> bool: ...


@dataclass(frozen=True, slots=True)
class Met:
    """What a launch finds open. ``same``: the consultation it has made before. ``other``: the one the employee must be
    asked about."""

    same: Consultation | None
    other: Consultation | None = None


def met(launch: Launch, employee: str, *, store: ConsultationStore, colleagues: Colleagues) -> Met:
    """``other`` is her own before a colleague's; None where the launch repeats one of hers or nothing is open."""
    if launch.citizen is None:
        return Met(store.find_by_launch_key(launch.tenant, launch.key))
    found = colleagues.open_about(launch)
    same = next((one for one in found if one.launch_key == launch.key), None)
    if same is not None and same.responsible == employee:
        return Met(same)
    others = [one for one in found if one.kind in OF_ONE]
    hers = [one for one in others if one.responsible == employee]
    return Met(same, next(iter([*hers, *others]), None))


def note_asked(consultation: Consultation, together: Together, *, store: ConsultationStore) -> None:
    """Burn the launch's token and say who was told of this consultation, although nothing was started yet."""
    scope, found = TenantScope(consultation.tenant), consultation
    for _ in range(ATTEMPTS):
        try:
            together.commit(store, found)
            return
        except ConcurrentChange:
            found = store.load(scope, consultation.id)
    raise ConcurrentChange


def require_shared(consultation: Consultation, station: Workstation, employee: str, colleagues: Colleagues) -> None:
    """``NotFound`` unless it stands on the list of the employee's own workplace."""
    if not colleagues.stands_there(consultation.tenant, station, employee, consultation.id):
        raise NotFound("consultation")
