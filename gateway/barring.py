"""What becomes of somebody whose access is closed: her sessions end, her open consultations go to her workplace.

The command and the console's page do it by the same functions, in an administrator's hand.
"""

from __future__ import annotations

from uuid import UUID

from gateway.domain.consultation.aggregate import Consultation
from gateway.services.operations import barring
from gateway.wiring import Gateway


def hand_over(gateway: Gateway, person: str, tenant: UUID) -> int:
    """What she had open, to her workplace; how many consultations."""

    def hers() -> list[Consultation]:
        undone = gateway.workplaces.undone_of_employee(tenant, person)
        return [*gateway.store.open_of_employee(tenant, person), *undone]

    return barring.hand_over(person, tenant, hers, gateway.store, gateway.clock)


def bar(gateway: Gateway, tenant: UUID, subject: str) -> tuple[int, int]:
    """How many sessions ended, and how many consultations were given to the workplace. May be done again."""
    person = gateway.barrings.person(tenant, "", subject)
    ended = gateway.barrings.bar(person, subject, tenant, gateway.clock.now())
    return ended, hand_over(gateway, person, tenant)
