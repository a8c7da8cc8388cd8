"""What becomes of the open consultations of somebody whose access was closed: they go to her workplace (D7)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from gateway.domain.consultation import transferring
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.people import SYSTEM
from gateway.domain.scope import TenantScope
from gateway.ports.base import Clock
from gateway.ports.rows import ConsultationStore
from gateway.services.changing import change


def hand_over(
    employee: str, tenant: UUID, hers: Callable[[], Sequence[Consultation]], store: ConsultationStore, clock: Clock
) -> int:
    """Give away what ``hers`` lists, until it lists nothing new; how many those were. May be run again at any time."""
    seen: set[UUID] = set()
    handed = 0

    def to_workplace(current: Consultation) -> Consultation:
        if current.responsible != employee:  # a colleague was faster
            return current
        return transferring.hand_to_workplace(current, clock.now(), SYSTEM)

    while left := [each for each in hers() if each.id not in seen]:
        for one in left:
            seen.add(one.id)
            after = change(store, TenantScope(tenant), one.id, to_workplace)
            handed += after.responsible != employee
    return handed
