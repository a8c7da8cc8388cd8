"""What one connection to a Nexus instance must say about itself."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from adapters.wire.http import checked_url
from adapters.wire.oauth.settings import SystemClientSettings

Url = Annotated[str, AfterValidator(checked_url)]


class FormSettings(BaseModel):
    """The form that the municipality has made for these notes: its name, the action that creates it, the one that
    corrects it, and its fields by label. ``fixed``: what stands in other fields, by label (of a list: its name).
    ``placement``: the pathway it is filed under, from the outermost in, parted by ``/``; "" = the citizen herself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field("Videokonsultation med læge", min_length=1)
    create: str = Field("Aktivt", min_length=1)
    correct: str = Field("Aktivt", min_length=1)
    text: str = Field("Notat", min_length=1)
    key: str = Field("Lægebro-id", min_length=1)
    fixed: dict[str, str] = {}
    placement: str = ""


class Settings(SystemClientSettings):
    """``base_url`` is the instance's home document, ``…/api/core/mobile/{instance}/v2/``; everything else is found by
    its links. ``token_url`` is where KMD's login service gives tokens; ``view`` the citizen view in which what was
    filed is looked for."""

    base_url: Url
    token_url: Url
    tenant: UUID
    scope: str = "openid"
    view: str = Field("- Alt", min_length=1)
    form: FormSettings = FormSettings()
    organisation_cvr: str = Field("", pattern=r"^([0-9]{8})?$")
    total_timeout: float = Field(10.0, gt=0, le=60, description="seconds for one call")
    quiet_period: float | None = Field(
        None, gt=0, description="seconds a request that timed out may still take effect, and a view may lag behind"
    )
