"""What stands already when somebody starts: a second launch of the same citizen is asked about, never guessed (D7).

The five cases: the same launch again is the same consultation; another launch while one is open is a question, her own
or a colleague's; after closing it is a new one; and what another organisation has open is never told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol
from uuid import UUID

from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.errors import ConcurrentChange, NotFound
from gateway.domain.launch import Launch, UsedToken
from gateway.domain.people import Workstation
from gateway.domain.records import AuditRow
from gateway.domain.scope import TenantScope
from gateway.ports.rows import ConsultationStore
from gateway.services.changing import ATTEMPTS


class Colleagues(Protocol):
    """What colleagues of one tenant share; ``store.workplaces`` implements it."""

    def open_about(self, launch: Launch) -> Sequence[Consultation]: ...

    def undone_of_workplace(self, tenant: UUID, station: Workstation) -> Sequence[Consultation]: ...

    def waiting_at_workplace(self, tenant: UUID, station: Workstation, employee: str) -> Sequence[Consultation]: ...


def standing(launch: Launch, employee: str, *, store: ConsultationStore, colleagues: Colleagues) -> Consultation | None:
    """The open consultation ``employee`` must be asked about, her own before a colleague's; None where the launch
    repeats one of hers or nothing is open."""
    if launch.citizen is None:
        return None
    same = store.find_by_launch_key(launch.tenant, launch.key)
    if same is not None and same.responsible == employee:
        return None
    others = colleagues.open_about(launch)
    hers = [one for one in others if one.responsible == employee]
    return next(iter([*hers, *others]), None)


def note_asked(
    consultation: Consultation, *, store: ConsultationStore, used: Sequence[UsedToken], audit: Sequence[AuditRow]
) -> None:
    """Burn the launch's token and say who was told of this consultation, although nothing was started yet."""
    scope = TenantScope(consultation.tenant)
    rows = [replace(row, consultation=consultation.id) for row in audit]
    for _ in range(ATTEMPTS):
        try:
            store.commit(store.load(scope, consultation.id), used=used, audit=rows)
            return
        except ConcurrentChange:
            continue
    raise ConcurrentChange


def require_shared(consultation: Consultation, station: Workstation, employee: str, colleagues: Colleagues) -> None:
    """``NotFound`` unless it stands on the list of the employee's own workplace."""
    tenant = consultation.tenant
    listed = [
        *colleagues.waiting_at_workplace(tenant, station, employee),
        *colleagues.undone_of_workplace(tenant, station),
    ]
    if all(one.id != consultation.id for one in listed):
        raise NotFound("consultation")
