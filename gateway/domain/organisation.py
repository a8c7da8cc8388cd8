"""An organisation that employs the nurse and answers for the data: municipality, region or provider (D13)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from gateway.domain.finding import DEFAULT_ORDER, Source


@dataclass(frozen=True, slots=True)
class Organisation:
    """The tenant as the services need it. ``synthetic`` organisations hold only official test persons (D18)."""

    id: UUID
    name: str
    cvr: str
    synthetic: bool = False
    review: timedelta = timedelta(minutes=15)
    consent_wording: str = "1"
    practice_sources: tuple[Source, ...] = DEFAULT_ORDER  # who is asked for the own doctor, in this order
