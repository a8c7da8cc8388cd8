"""What one connection to a municipality on the MedCom net must say about itself."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from pydantic import Field

from adapters.wire.medcom.exchange.parties import AccessPointSettings, Party


class Settings(AccessPointSettings):
    """``sender``: who writes the notes; ``municipality``: who takes them; ``units``: other units that take them, by the
    place that the organisation has set up for a group's notes."""

    tenant: UUID
    sender: Party = Field(description="who writes the notes: name, SOR and GLN of the nurses' own unit")
    municipality: Party = Field(description="who takes the notes: name, SOR and GLN of the unit behind the care system")
    units: dict[str, Party] = Field({}, description="other units that take notes, by the place set up for a group")
    accept_is_filed: bool = Field(
        True, description="the acknowledgement ok says that the note stands in the record, not in an inbox before it"
    )
    organisation_cvr: str = Field("", pattern=r"^([0-9]{8})?$", description="CVR number of the municipality")

    @property
    def ours(self) -> Sequence[Party]:
        return [self.sender]

    @property
    def theirs(self) -> Sequence[tuple[str, Party]]:
        return [("", party) for party in (self.municipality, *self.units.values())]

    def unit_for(self, placement: str) -> Party:
        return self.units.get(placement, self.municipality)
