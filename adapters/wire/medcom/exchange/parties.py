"""Who is who on the MedCom net, and the part of a stanza that leads to the access point."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from adapters.wire.http import checked_url
from adapters.wire.jose import usable_keys
from adapters.wire.oauth.settings import REFERENCE, KeySettings
from gateway.domain.errors import InvalidField
from gateway.domain.identifiers import Gln, SorId, Ydernummer
from gateway.domain.peers.held import HeldKind, holds


def checked(parse: Callable[[str], Gln | SorId | Ydernummer], text: str) -> str:
    """pydantic collects ``ValueError``s only."""
    try:
        return parse(text).digits
    except InvalidField as fault:
        raise ValueError(fault.reason) from None


class Party(BaseModel):
    """An organisation as the MedCom net knows it: SOR identifier and EAN/GLN location number, both required by
    medcom-messaging-organization."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=200)
    sor: str
    gln: str

    @field_validator("sor")
    @classmethod
    def _sor(cls, value: str) -> str:
        return checked(SorId.parse, value)

    @field_validator("gln")
    @classmethod
    def _gln(cls, value: str) -> str:
        return checked(Gln.parse, value)


class AccessPointSettings(KeySettings):
    """``client_key`` is a reference to the private key we sign our calls with (``env:`` or ``file:``, EC or RSA in
    PEM); ``caller_keys`` are the access point's own public keys (a JWKS), by which its calls to our door are known.
    ``audience``: what the access point calls itself in the tokens it is shown, where that is not the address to which
    messages are posted. ``resend_after``: seconds without an acknowledgement before a message goes again (MedCom: 30
    minutes).
    """

    base_url: str
    client_id: str = Field(min_length=1, max_length=200)
    client_key: str = Field(pattern=REFERENCE, json_schema_extra=holds(HeldKind.OUR_KEY))
    audience: str = Field(default="", max_length=500)
    caller_id: str = Field(min_length=1, max_length=200)
    caller_keys: dict[str, Any] = Field(json_schema_extra=holds(HeldKind.THEIR_KEYS))
    resend_after: float = Field(default=1800.0, ge=0, le=86_400)
    connect_timeout: float = Field(default=2.0, gt=0, le=30)
    total_timeout: float = Field(default=8.0, gt=0, le=60)

    @field_validator("base_url")
    @classmethod
    def _callable_address(cls, value: str) -> str:
        return checked_url(value).rstrip("/")

    @model_validator(mode="after")
    def _has_keys(self) -> AccessPointSettings:
        if not usable_keys(self.caller_keys):
            raise ValueError("caller_keys: no public signature key")
        return self

    @property
    def quiet_period(self) -> float:
        """A little later than the moment from which a message may go again."""
        return self.resend_after + 5

    @property
    def ours(self) -> Sequence[Party]:
        """On whose behalf we write, and who of ours is written to."""
        raise NotImplementedError

    @property
    def theirs(self) -> Sequence[tuple[str, Party]]:
        """Who may write to us: a practice with its ydernummer, a unit of a care system with ""."""
        raise NotImplementedError

    @property
    def opens_threads(self) -> bool:
        """Whether a message that follows none of ours may be taken."""
        return False
