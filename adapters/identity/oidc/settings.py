"""What one connection of this kind must say about itself."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from adapters.wire.http import checked_url
from adapters.wire.jose import ALGORITHMS, Algorithm
from adapters.wire.oauth.settings import ClientSettings
from gateway.domain.oversight import ConsoleRole
from gateway.domain.peers.held import HeldKind, holds

Url = Annotated[str, AfterValidator(checked_url)]


class Settings(ClientSettings):
    """One stanza. ``subject_claim`` must be the employee's stable id, the same one her launches carry (D16).

    ``tenant`` or ``clinic`` says whose people log in here.
    """

    rsa_algorithm: ClassVar[Algorithm] = "RS256"  # every OpenID provider has it (OpenID Connect Discovery §3)

    issuer: Url = Field(json_schema_extra=holds(HeldKind.PUBLISHED))
    discovery: Url | None = Field(None, description="below which openid-configuration lies, where not at the issuer")
    scopes: tuple[str, ...] = ("openid", "profile")
    algorithms: tuple[Algorithm, ...] = ALGORITHMS
    tenant: UUID | None = None
    clinic: UUID | None = None
    also_clinics: tuple[UUID, ...] = Field((), description="other clinics whose people log in here, by ydernumre")
    subject_claim: str = "sub"
    name_claim: str = "name"
    right_claim: str = "roles"
    right: str = Field(min_length=1)
    console: dict[str, ConsoleRole] = Field({}, description="their roles (in right_claim) that open the console → ours")
    role_claim: str = "job_title"
    authorisation_claim: str = "authorization_id"
    workplace_claim: str = Field("", description="where she works: names, SOR codes or ids of workplaces")
    workplaces: dict[str, str] = Field({}, description="their words in workplace_claim → ours, where they differ")
    clinic_role_claim: str = "clinic_role"
    ydernumre_claim: str = "ydernumre"
    acr_values: tuple[str, ...] = Field((), description="authentication contexts (acr) that are asked for and taken")
    amr: tuple[str, ...] = Field((), description="methods (amr, RFC 8176) of which one must have been used")
    nsis_level: Literal["", "Low", "Substantial", "High"] = Field("", description="lowest NSIS level of assurance")
    nsis_claim: str = "https://data.gov.dk/concept/core/nsis/loa"
    longest_session_seconds: int | None = Field(None, ge=60, description="max_age asked for, and checked")
