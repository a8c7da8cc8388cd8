"""What one connection of this kind must say about itself."""

from __future__ import annotations

from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from adapters.wire.claims import Employers
from adapters.wire.http import checked_url
from adapters.wire.jose import ALGORITHMS, Algorithm, usable_keys
from gateway.domain.peers.held import HeldKind, holds

Url = Annotated[str, AfterValidator(checked_url)]


class Settings(BaseModel):
    """One stanza. Exactly one of ``jwks`` (keys pinned in the stanza) and ``jwks_url`` (keys read from the EOJ)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: str = Field(min_length=1, description="the token's iss, exactly")
    audience: str = Field(min_length=1, description="the token's aud: our own public address")
    tenant: UUID
    write_back: str = Field(min_length=1, description="connection that files notes in the same record")
    organisation_cvr: str = Field("", pattern=r"^([0-9]{8})?$")
    employers: Employers = Field(default_factory=dict)
    jwks: dict[str, Any] | None = Field(None, json_schema_extra=holds(HeldKind.THEIR_KEYS))
    jwks_url: Url | None = Field(None, json_schema_extra=holds(HeldKind.PUBLISHED))
    algorithms: tuple[Algorithm, ...] = ALGORITHMS
    right_claim: str = "roles"
    right: str = "laegebro-start"
    employee_claim: str = "sub"
    name_claim: str = "name"
    authorisation_claim: str = "authorization_id"
    role_claim: str = "title"
    workplace_claim: str = Field(
        "workplace", description="where she works: names, SOR codes or ids of the organisation's workplaces"
    )
    workplaces: dict[str, str] = Field({}, description="their words in workplace_claim → ours, where they differ")

    @model_validator(mode="after")
    def _one_source_of_keys(self) -> Self:
        if (self.jwks is None) == (self.jwks_url is None):
            raise ValueError("exactly one of jwks and jwks_url")
        if self.jwks is not None and not usable_keys(self.jwks):
            raise ValueError("jwks holds no public signature key")
        return self
