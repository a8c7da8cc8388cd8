"""Which consultations may be announced to a practice by message, and by which connections a practice is asked. Pure.

MedCom's CareCommunication must not be used for what is acute, and it is about exactly one citizen with a number and a
name. Everything else goes by the practice's other connections.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from gateway.domain.citizen.citizen import Citizen
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.queue_entry import EARLY


def is_planned(agreed_at: datetime | None, asked_at: datetime) -> bool:
    """Agreed for so much later that nobody need look now (as ``queueing.place`` has it)."""
    return agreed_at is not None and agreed_at - EARLY > asked_at


def can_be_named(citizen: Citizen | None) -> bool:
    """A number and a name that may be told."""
    known = citizen is not None and citizen.identifier is not None
    return known and citizen is not None and not citizen.protected and bool(citizen.name.strip())


def usable_connections(
    consultation: Consultation, connections: tuple[str, ...], announcing: Collection[str], at: datetime
) -> tuple[str, ...]:
    """All of the practice's connections, or without those that only announce; empty where that leaves none."""
    citizen = consultation.cases[0].citizen if len(consultation.cases) == 1 else None
    if is_planned(consultation.agreed_at, at) and can_be_named(citizen):
        return connections
    return tuple(name for name in connections if name not in announcing)
