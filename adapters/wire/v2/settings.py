"""What every HL7 v2 connection says of its line: where it leads, who writes to whom, and how long it is waited for."""

from __future__ import annotations

import ssl
from datetime import timedelta
from hmac import compare_digest
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from adapters.wire.mllp import Endpoint, client_tls
from adapters.wire.oauth.own_certificate import Secrets
from adapters.wire.trial.certificate import fingerprint_of
from adapters.wire.trial.reach import Line
from gateway.domain.peers.held import HeldKind, holds

VERSION: Final = "2.5.1"
LOOPBACK = ("localhost", "127.0.0.1", "::1")
Name = Field(min_length=1, max_length=20, pattern=r"^[A-Za-z0-9_. ÆØÅæøå-]+$")
Fingerprints = Annotated[
    str,
    Field(
        pattern=r"^([0-9a-f]{64}( [0-9a-f]{64}){0,3})?$",
        description="SHA-256 in hex of the certificate of whoever calls us; while it is replaced both, a blank between",
        json_schema_extra=holds(HeldKind.THEIR_FINGERPRINTS),
    ),
]


def is_one_of(known: str, certificate: str) -> bool:
    """Whether the caller's certificate has one of those fingerprints."""
    return any(compare_digest(certificate.encode(), each.encode()) for each in known.split())


class LineSettings(BaseModel):
    """Address and names of a peer's HL7 v2 endpoint.

    ``tls_authority`` is the file that vouches for the peer's certificate ("" = the system's list); ``tls_certificate``
    and ``tls_key`` are our own, files both. ``tls = false`` is for the loopback address and for ``tunnelled`` lines.
    ``quiet_period`` must be longer than the peer can still apply a message that timed out (requirements.md R5). Times
    are seconds.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = Field(min_length=1, max_length=253)
    port: int = Field(ge=1, le=65535)
    tls: bool = True
    tunnelled: bool = False
    tls_authority: str = Field("", json_schema_extra=holds(HeldKind.THEIR_CERTIFICATES, is_path=True))
    tls_certificate: str = Field("", json_schema_extra=holds(HeldKind.OUR_CERTIFICATE, key="tls_key", is_path=True))
    tls_key: str = Field("", json_schema_extra=holds(HeldKind.OUR_KEY, is_path=True))
    our_application: str = Name
    our_facility: str = Name
    peer_application: str = Name
    peer_facility: str = Name
    charset: Literal["UNICODE UTF-8", "8859/1"] = "UNICODE UTF-8"
    processing: Literal["P", "T"] = "P"
    connections: int = Field(default=2, ge=1, le=16)
    quiet_period: float = Field(default=120.0, gt=0, le=3600)
    connect_timeout: float = Field(default=2.0, gt=0, le=30)
    total_timeout: float = Field(default=8.0, gt=0, le=60)

    @model_validator(mode="after")
    def _is_protected(self) -> LineSettings:
        if not self.tls and not self.tunnelled and self.host not in LOOPBACK:
            raise ValueError("tls = false is for this machine only; a line inside a tunnel says tunnelled = true")
        return self

    @property
    def max_apply_delay(self) -> timedelta:
        return timedelta(seconds=self.quiet_period)

    def line(self, secrets: Secrets) -> Line | None:
        shown = Path(self.tls_certificate).read_text(encoding="ascii") if self.tls_certificate else ""
        tls = self._tls()
        return Line(tls, fingerprint_of(shown)) if tls else None

    def _tls(self) -> ssl.SSLContext | None:
        return client_tls(self.tls_authority, self.tls_certificate, self.tls_key) if self.tls else None

    def endpoint(self) -> Endpoint:
        return Endpoint(self.host, self.port, self._tls(), self.connect_timeout, self.total_timeout, self.connections)
