"""What one connection to VDX must say about itself."""

from __future__ import annotations

from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from adapters.wire.http import checked_url
from adapters.wire.oauth.settings import SystemClientSettings

Url = Annotated[str, AfterValidator(checked_url)]
Number = Annotated[str, Field(pattern=r"^[0-9]{6}$")]


class Settings(SystemClientSettings):
    """``practices`` are those whose calls are held at VDX instead of in our own video."""

    base_url: Url = Field(description="the Video-API's address, without /v2")
    token_url: Url = Field(description="where VDX' login gives tokens to our client")
    scope: str = Field("openid", description="asked for with the token")
    practices: tuple[Number, ...] = Field(min_length=1, description="ydernumre whose calls are held at VDX")
    links: tuple[str, ...] = Field(("https://m.vconf.dk",), min_length=1, description="origins a room's link may have")
    pool: bool = Field(True, description="take a room from the organisation's pool, which is ready at once")
    template: int | None = Field(None, gt=0, description="schedulingTemplateId; else the organisation's own")
    organizer: str = Field("", max_length=45, description="e-mail of the organiser; else the client's own")
    longest_call: int = Field(240, ge=15, le=1440, description="minutes after which VDX ends a call by itself")
    total_timeout: float = Field(5.0, gt=0, le=60, description="seconds for one call to VDX")

    @model_validator(mode="after")
    def _origins(self) -> Self:
        for origin in self.links:
            parts = urlsplit(checked_url(origin))
            if f"{parts.scheme}://{parts.netloc}" != origin:
                raise ValueError("links: an origin is https://host")
        return self
