"""One connection's settings: the access point to the MedCom net, and who is who on it."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field, field_validator

from adapters.wire.medcom.exchange.parties import AccessPointSettings, Party, checked
from gateway.domain.identifiers import Ydernummer


class Settings(AccessPointSettings):
    """``senders``: by CVR, on whose behalf we write; ``practices``: by ydernummer, to whom. ``accepts_new``: a message
    that follows none of ours is taken where its citizen has a consultation open at the practice; otherwise it is
    refused aloud."""

    senders: dict[str, Party] = Field(min_length=1)
    practices: dict[str, Party] = Field(min_length=1)
    accepts_new: bool = False

    @field_validator("practices")
    @classmethod
    def _canonical(cls, value: dict[str, Party]) -> dict[str, Party]:
        return {checked(Ydernummer.parse, digits): party for digits, party in value.items()}

    @property
    def ours(self) -> Sequence[Party]:
        return list(self.senders.values())

    @property
    def theirs(self) -> Sequence[tuple[str, Party]]:
        return list(self.practices.items())

    @property
    def opens_threads(self) -> bool:
        return self.accepts_new
