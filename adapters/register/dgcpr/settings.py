"""What one connection of this kind must say about itself."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from adapters.wire.http import checked_url
from gateway.domain.errors import InvalidField
from gateway.domain.identifiers import Cvr
from gateway.domain.peers.held import HeldKind, holds

Url = Annotated[str, AfterValidator(checked_url)]


def _checked_cvr(text: str) -> str:
    try:
        return Cvr.parse(text).digits
    except InvalidField as fault:
        raise ValueError(fault.reason) from None


class Settings(BaseModel):
    """One stanza. ``key``, ``certificate`` and ``sts_certificates`` are references (``file:``, ``env:``) to PEM.

    The organisation is the one whose CVR is whitelisted at the service and written in the certificate (OCES3: OID
    2.5.4.97). ``sts_certificates`` holds one certificate, or several while the STS changes its own. ``tenant`` says
    whose agreement this is; without it, the operator's, for every tenant that has none of its own.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    tenant: UUID | None = None
    address: Url = Field(description="…/stamdata-cpr-ws/service/DetGodeCPROpslag-1.0.4")
    sts_address: Url = Field(description="…/sts/services/NewSecurityTokenService")
    sts_issuer: str = Field(min_length=1, description="the name the STS signs under, such as TEST1-NSP-STS")
    sts_certificates: str = Field(min_length=1, json_schema_extra=holds(HeldKind.THEIR_CERTIFICATES))
    sts_signs_with_sha1: bool = Field(False, description="believe rsa-sha1 from this STS, and from nobody else")
    certificate: str = Field(
        min_length=1,
        description="our organisation's or function's OCES certificate",
        json_schema_extra=holds(HeldKind.OUR_CERTIFICATE, key="key"),
    )
    key: str = Field(
        min_length=1, description="the RSA key of that certificate", json_schema_extra=holds(HeldKind.OUR_KEY)
    )
    system_name: str = Field("Laegebro", min_length=1, max_length=64)
    organisation_cvr: Annotated[str, AfterValidator(_checked_cvr)]
    organisation_name: str = Field(min_length=1, max_length=120)
    timeout_seconds: float = Field(2.0, gt=0, le=30, description="for everything together, the card included")
