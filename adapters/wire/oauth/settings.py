"""The part of a stanza that says who we are at a peer: by our own key, by shared secret, or by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar, Self

from cryptography.x509 import Certificate, load_pem_x509_certificates
from pydantic import BaseModel, ConfigDict, Field, model_validator

from adapters.wire.jose import Algorithm
from adapters.wire.oauth.client_key import ClientKey
from adapters.wire.oauth.login import AuthMethod, Client
from gateway.domain.errors import ConfigFault
from gateway.domain.peers.held import HeldKind, holds

Secrets = Callable[[str], str]
REFERENCE = r"^(env|file):.+"


class KeySettings(BaseModel):
    """The key we sign with, and how the peer knows it.

    ``client_key``, ``client_certificate`` are references (``file:``, ``env:``) to PEM. ``client_key_algorithm`` chooses
    among those an RSA key serves; ``client_key_id`` is the ``kid`` the peer gave the key. With ``client_certificate``
    (of that key) the header names it by ``x5t`` and ``x5t#S256``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    rsa_algorithm: ClassVar[Algorithm] = "RS384"  # of SMART Backend Services' two

    client_key: str | None = Field(None, pattern=REFERENCE, json_schema_extra=holds(HeldKind.OUR_KEY))
    client_key_algorithm: Algorithm | None = None
    client_key_id: str | None = Field(None, pattern=r"^[\x21-\x7e]{1,256}$")
    client_certificate: str | None = Field(
        None, pattern=REFERENCE, json_schema_extra=holds(HeldKind.OUR_CERTIFICATE, key="client_key")
    )

    @model_validator(mode="after")
    def _about_a_key(self) -> Self:
        for name in ("client_key_algorithm", "client_key_id", "client_certificate"):
            if self.client_key is None and getattr(self, name) is not None:
                raise ValueError(f"{name}: needs client_key")
        return self

    def signing_key(self, secrets: Secrets | None) -> ClientKey:
        """Raises ``ConfigFault`` naming the field whose reference leads to nothing usable."""
        reference = self.client_key or ""
        try:
            key = ClientKey.from_pem(_read("client_key", reference, secrets))
        except ValueError as fault:
            raise ConfigFault(f"client_key: {reference}: {fault}") from None
        wanted = self.client_key_algorithm or (self.rsa_algorithm if len(key.algorithms) > 1 else key.algorithm)
        if wanted not in key.algorithms:
            raise ConfigFault(f"client_key_algorithm: {wanted}: this key signs with {', '.join(key.algorithms)}")
        return replace(
            key, chosen=wanted, named=self.client_key_id or "", certificate=self._certificate_of(key, secrets)
        )

    def _certificate_of(self, key: ClientKey, secrets: Secrets | None) -> Certificate | None:
        reference = self.client_certificate
        if reference is None:
            return None
        try:
            own = load_pem_x509_certificates(_read("client_certificate", reference, secrets).encode())[0]
        except ValueError:
            raise ConfigFault(f"client_certificate: {reference}: must be a certificate in PEM") from None
        if not key.is_of(own):
            raise ConfigFault(f"client_certificate: {reference}: is of another key than client_key")
        return own


class ClientSettings(KeySettings):
    """``client_key`` (``private_key_jwt``), or ``client_secret``, a reference to a secret the peer gave us, sent as
    ``token_endpoint_auth_method`` says. At most one of them; with neither we are a public client."""

    client_id: str = Field(min_length=1)
    client_secret: str | None = Field(None, pattern=REFERENCE, json_schema_extra=holds(HeldKind.OUR_SECRET))
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
        return Client(self.client_id, None if self.client_key is None else self.signing_key(secrets))


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
