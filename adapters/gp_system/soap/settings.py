"""One connection's settings: what an operator writes in a stanza of ``connections.toml``."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from adapters.wire.http import checked_url
from adapters.wire.shown import ShownSettings
from gateway.domain.errors import InvalidField
from gateway.domain.identifiers import Cvr
from gateway.domain.peers.held import HeldKind, holds


def _checked_address(text: str) -> str:
    return checked_url(text) if text else ""


def _checked_cvr(text: str) -> str:
    try:
        return Cvr.parse(text).digits if text else ""
    except InvalidField as fault:
        raise ValueError(fault.reason) from None


Address = Annotated[str, AfterValidator(_checked_address)]


class Settings(ShownSettings):
    """Who calls whom, and by whose card.

    ``address`` is where we call the practice's system ("" where it only calls us: it then pulls its queue). Our own
    card is signed by ``certificate`` and ``key`` (references to PEM), or where ``sts_address`` is given by that STS.
    ``caller_issuer``, ``caller_certificates`` and ``caller_id`` say whose card opens our door for this connection: the
    issuer's name, a reference to the certificates it signs with, and the care provider in the card; ``caller_sha1``
    believes rsa-sha1 from that issuer, and from nobody else. ``quiet_period`` must be longer than the peer can still
    apply a message that timed out (requirements.md R5). Times are seconds.
    """

    address: Address = ""
    certificate: str = Field("", json_schema_extra=holds(HeldKind.OUR_CERTIFICATE, key="key"))
    key: str = Field("", json_schema_extra=holds(HeldKind.OUR_KEY))
    system_name: str = Field(default="Laegebro", pattern=r"^[A-Za-z][A-Za-z0-9._-]{0,63}$")
    organisation_cvr: Annotated[str, AfterValidator(_checked_cvr)] = ""
    organisation_name: str = Field(default="", max_length=120)
    sts_address: Address = ""
    sts_issuer: str = ""
    sts_certificates: str = Field("", json_schema_extra=holds(HeldKind.THEIR_CERTIFICATES))
    sts_signs_with_sha1: bool = False
    caller_issuer: str = Field(default="", max_length=200)
    caller_certificates: str = Field("", json_schema_extra=holds(HeldKind.THEIR_CERTIFICATES))
    caller_id: str = Field(default="", max_length=64)
    caller_sha1: bool = False
    poll_interval: float = Field(default=3.0, gt=0, le=60)
    quiet_period: float = Field(default=120.0, gt=0, le=3600)
    connect_timeout: float = Field(default=2.0, gt=0, le=30)
    total_timeout: float = Field(default=8.0, gt=0, le=60)

    @model_validator(mode="after")
    def _possible(self) -> Settings:
        if not self.address and not self.caller_issuer:
            raise ValueError("address or caller_issuer: one side must be able to call the other")
        _all_or_none(self, "caller_issuer", "caller_certificates", "caller_id")
        _all_or_none(self, "sts_address", "sts_issuer", "sts_certificates")
        if self.address:
            _all_or_none(self, "address", "certificate", "key", "organisation_cvr", "organisation_name")
        return self


def _all_or_none(settings: Settings, *names: str) -> None:
    given = [name for name in names if getattr(settings, name)]
    missing = [name for name in names if name not in given]
    if given and missing:
        raise ValueError(f"{', '.join(missing)}: needed beside {given[0]}")
