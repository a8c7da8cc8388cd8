"""One connection's settings: what an operator writes in a stanza of ``connections.toml``."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

LOOPBACK = ("localhost", "127.0.0.1", "::1")
Name = Field(min_length=1, max_length=20, pattern=r"^[A-Za-z0-9_. ÆØÅæøå-]+$")


class Settings(BaseModel):
    """Address and names of a practice's HL7 v2 endpoint.

    ``tls_authority`` is the file that vouches for the peer's certificate ("" = the system's list); ``tls_certificate``
    and ``tls_key`` are our own, files both. ``tls = false`` is for the loopback address and for ``tunnelled`` lines.
    ``answers_queries``: whether SQM^S25 is answered. ``claims``: whether the practice's acts are asked for, or come in
    at our own listener (then ``caller_certificate``, a SHA-256 in hex, says who may bring them). ``quiet_period`` must
    be longer than the peer can still apply a message that timed out (requirements.md R5). Times are seconds.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = Field(min_length=1, max_length=253)
    port: int = Field(ge=1, le=65535)
    tls: bool = True
    tunnelled: bool = False
    tls_authority: str = ""
    tls_certificate: str = ""
    tls_key: str = ""
    our_application: str = Name
    our_facility: str = Name
    peer_application: str = Name
    peer_facility: str = Name
    charset: Literal["UNICODE UTF-8", "8859/1"] = "UNICODE UTF-8"
    processing: Literal["P", "T"] = "P"
    answers_queries: bool = True
    claims: Literal["asked", "brought"] = "asked"
    caller_certificate: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")
    connections: int = Field(default=2, ge=1, le=16)
    poll_interval: float = Field(default=3.0, gt=0, le=60)
    quiet_period: float = Field(default=120.0, gt=0, le=3600)
    connect_timeout: float = Field(default=2.0, gt=0, le=30)
    total_timeout: float = Field(default=8.0, gt=0, le=60)

    @model_validator(mode="after")
    def _possible(self) -> Settings:
        if not self.tls and not self.tunnelled and self.host not in LOOPBACK:
            raise ValueError("tls = false is for this machine only; a line inside a tunnel says tunnelled = true")
        if self.claims == "asked" and not self.answers_queries:
            raise ValueError("claims cannot be asked for where answers_queries = false")
        return self

    @property
    def max_apply_delay(self) -> timedelta:
        return timedelta(seconds=self.quiet_period)
