"""The part of a stanza that says who we are at a peer's authorization server: by key, by shared secret, or by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from adapters.wire.jose import ClientKey
from adapters.wire.oauth import AuthMethod, Client
from gateway.domain.errors import ConfigFault

Secrets = Callable[[str], str]
REFERENCE = r"^(env|file):.+"


class ClientSettings(BaseModel):
    """``client_key`` and ``client_secret`` are references (``file:``, ``env:``): to an EC private key in PEM
    (``private_key_jwt``), or to a secret the peer gave us, sent as ``token_endpoint_auth_method`` says. At most one of
    them; with neither we are a public client."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    client_id: str = Field(min_length=1)
    client_key: str | None = Field(None, pattern=REFERENCE)
    client_secret: str | None = Field(None, pattern=REFERENCE)
    token_endpoint_auth_method: AuthMethod = "client_secret_basic"  # noqa: S105 - its name, no password

    @model_validator(mode="after")
    def _one_proof(self) -> Self:
        if self.client_key is not None and self.client_secret is not None:
            raise ValueError("either client_key or client_secret, not both")
        return self

    def client(self, secrets: Secrets | None) -> Client:
        """Raises ``ConfigFault`` naming the field whose reference leads to nothing usable."""
        if self.client_secret is not None:
            secret = _read("client_secret", self.client_secret, secrets).strip()
            return Client(self.client_id, secret=secret, method=self.token_endpoint_auth_method)
        if self.client_key is None:
            return Client(self.client_id)
        try:
            return Client(self.client_id, ClientKey.from_pem(_read("client_key", self.client_key, secrets)))
        except ValueError as fault:
            raise ConfigFault(f"client_key: {self.client_key}: {fault}") from None


class SystemClientSettings(ClientSettings):
    """Of a peer that we call as a system: there a public client is nobody."""

    @model_validator(mode="after")
    def _some_proof(self) -> Self:
        if self.client_key is None and self.client_secret is None:
            raise ValueError("client_key or client_secret is needed")
        return self


def _read(field: str, reference: str, secrets: Secrets | None) -> str:
    if secrets is None:
        raise ConfigFault(f"{field}: no secrets to read it from")
    value = secrets(reference)
    if not value.strip():
        raise ConfigFault(f"{field}: {reference}: is empty")
    return value
