"""One connection's settings: the VANS client, and who writes to whom."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from adapters.wire.http import checked_url
from adapters.wire.oioxml.letter import IdentifierCode, Place, Unsayable, sayable
from gateway.domain.peers.held import HeldKind, holds


def _checked(text: str) -> str:
    try:
        return sayable(text)
    except Unsayable as fault:
        raise ValueError("only characters of ISO-8859-1") from fault


Url = Annotated[str, AfterValidator(checked_url)]
Name = Annotated[str, AfterValidator(_checked)]


class PlaceSettings(BaseModel):
    """An address on the net: ``ean`` is the location number (13 digits), ``identifier`` a number of the kind that
    ``code`` says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ean: str = Field(pattern=r"^[0-9]{13}$")
    identifier: str = Field(min_length=1, max_length=17)
    code: IdentifierCode = "lokationsnummer"
    organisation: Name = Field(min_length=1, max_length=35)
    department: Name = Field("", max_length=35)

    def place(self) -> Place:
        return Place(self.ean, self.identifier, self.code, self.organisation, self.department)


class Settings(BaseModel):
    """``address`` takes a letter by POST; ``receipts`` is the folder where the VANS client puts the receipts that come
    back, on a disk that every worker and relay shares. ``token``: reference of a secret that the address asks for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tenant: UUID
    address: Url
    receipts: Path
    sender: PlaceSettings
    receiver: PlaceSettings
    token: str = Field("", json_schema_extra=holds(HeldKind.OUR_SECRET))
    organisation_cvr: str = Field("", pattern=r"^([0-9]{8})?$")
    corrections_replace: bool = Field(True, description="a rettetbrev takes the place of the letter it corrects there")
    receipt_is_filed: bool = Field(True, description="a positive receipt says that the note stands in the record")
    line_length: int = Field(0, ge=0, le=1000, description="longest line the receiver shows; 0 = any")
    resend_after: float = Field(1800.0, gt=0, description="seconds without a receipt before the letter goes again")
    quiet_period: float = Field(60.0, gt=0, le=3600, description="seconds between two looks for a receipt")
    total_timeout: float = Field(10.0, gt=0, le=60, description="seconds for one call")
