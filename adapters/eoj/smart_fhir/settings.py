"""What one connection of this kind must say about itself."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from adapters.wire.claims import Employers
from adapters.wire.http import checked_url
from adapters.wire.jose import ALGORITHMS, Algorithm
from adapters.wire.oauth.settings import SystemClientSettings
from gateway.domain.peers.held import HeldKind, holds

SYSTEM_SCOPES = ("system/Patient.rs", "system/Organization.rs", "system/Encounter.crus")
Url = Annotated[str, AfterValidator(checked_url)]


class Settings(SystemClientSettings):
    """One stanza. ``issuer`` is the FHIR endpoint, exactly as it stands in the launch's ``iss``.

    Our key or secret is needed to file notes, and used for the launch too unless ``launch_as_public_client``.
    """

    issuer: Url = Field(json_schema_extra=holds(HeldKind.PUBLISHED))
    tenant: UUID
    launch_as_public_client: bool = False
    token_issuer: str | None = Field(None, description="pins the id token's iss; otherwise discovery says it")
    algorithms: tuple[Algorithm, ...] = ALGORITHMS
    launch_scopes: tuple[str, ...] = (
        "openid",
        "fhirUser",
        "launch",
        "patient/Patient.rs",
        "user/Practitioner.rs",
        "user/PractitionerRole.rs",
        "user/Organization.rs",
    )
    system_scopes: tuple[str, ...] = Field(
        (), description="asked for when filing; empty: what finding a citizen and filing a note need"
    )
    note_as: Literal["auto", "DocumentReference", "Communication", "QuestionnaireResponse"] = Field(
        "auto", description="the resource a note becomes; auto: the first that the CapabilityStatement takes"
    )
    takes_pictures: bool = Field(
        False, description="the record takes a DocumentReference with a JPEG: pictures may be offered for the note"
    )
    questionnaire: str = Field("", description="canonical address of the form that a QuestionnaireResponse answers")
    questionnaire_text: str = Field("note", pattern=r"^[^\s]{1,255}$", description="linkId of the form's text field")
    right_claim: str = "roles"
    right: str = "laegebro-start"
    employee_claim: str = "sub"
    name_claim: str = "name"
    authorisation_claim: str = "authorization_id"
    role_claim: str = ""
    workplace_claim: str = Field(
        "", description="where she works, in the id token; empty: the places of her PractitionerRoles"
    )
    workplaces: dict[str, str] = Field({}, description="their words in workplace_claim → ours, where they differ")
    organisation_cvr: str = Field(
        "",
        pattern=r"^([0-9]{8})?$",
        description="custodian of the notes; an id token that names another organisation is refused",
    )
    employers: Employers = Field(default_factory=dict)
    total_timeout: float = Field(10.0, gt=0, le=60, description="seconds for one call")
    quiet_period: float | None = Field(
        None, gt=0, description="seconds this system may still apply a request that timed out"
    )
