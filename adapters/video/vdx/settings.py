"""What one connection to VDX must say about itself."""

from __future__ import annotations

from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from adapters.wire.http import checked_url
from adapters.wire.oauth.own_certificate import Secrets, showing
from adapters.wire.oauth.settings import REFERENCE, ClientSettings
from adapters.wire.trial.certificate import fingerprint_of
from adapters.wire.trial.reach import Line
from gateway.domain.peers.held import HeldKind, holds

Url = Annotated[str, AfterValidator(checked_url)]
Number = Annotated[str, Field(pattern=r"^[0-9]{6}$")]


class Settings(ClientSettings):
    """``practices`` are those whose calls are held at VDX instead of in our own video. With ``tls_certificate`` and
    ``tls_key`` (references to PEM) our certificate is shown to login and API; a login that knows us by it needs neither
    ``client_key`` nor ``client_secret`` (RFC 8705 §2)."""

    base_url: Url = Field(description="the Video-API's address, without /v2")
    token_url: Url = Field(description="where VDX' login gives tokens to our client")
    tls_certificate: str | None = Field(
        None,
        pattern=REFERENCE,
        description="our certificate towards VDX (OCES)",
        json_schema_extra=holds(HeldKind.OUR_CERTIFICATE, key="tls_key"),
    )
    tls_key: str | None = Field(
        None,
        pattern=REFERENCE,
        description="the key of that certificate",
        json_schema_extra=holds(HeldKind.OUR_KEY),
    )
    scope: str = Field("openid", description="asked for with the token")
    practices: tuple[Number, ...] = Field(min_length=1, description="ydernumre whose calls are held at VDX")
    links: tuple[str, ...] = Field(("https://m.vconf.dk",), min_length=1, description="origins a room's link may have")
    pool: bool = Field(True, description="take a room from the organisation's pool, which is ready at once")
    template: int | None = Field(None, gt=0, description="schedulingTemplateId; else the organisation's own")
    organizer: str = Field("", max_length=45, description="e-mail of the organiser; else the client's own")
    longest_call: int = Field(240, ge=15, le=1440, description="minutes after which VDX ends a call by itself")
    total_timeout: float = Field(5.0, gt=0, le=60, description="seconds for one call to VDX")

    @model_validator(mode="after")
    def _some_proof(self) -> Self:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate, tls_key: both or neither")
        if self.client_key is None and self.client_secret is None and self.tls_certificate is None:
            raise ValueError("client_key, client_secret or tls_certificate is needed")
        return self

    def line(self, secrets: Secrets) -> Line | None:
        trust = showing(self.tls_certificate, self.tls_key, secrets)
        return Line(trust, fingerprint_of(secrets(self.tls_certificate or ""))) if trust else None

    @model_validator(mode="after")
    def _origins(self) -> Self:
        for origin in self.links:
            parts = urlsplit(checked_url(origin))
            if f"{parts.scheme}://{parts.netloc}" != origin:
                raise ValueError("links: an origin is https://host")
        return self
