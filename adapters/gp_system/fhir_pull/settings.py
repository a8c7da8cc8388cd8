"""One connection's settings: who may log in at our FHIR door, by which keys, and where it may be notified."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field, field_validator

from adapters.wire.http import checked_url
from adapters.wire.jose import imported, usable_keys
from adapters.wire.shown import ShownSettings
from gateway.domain.peers.held import HeldKind, holds

SCOPE = "system/Task.rus system/Subscription.cruds"


class Settings(ShownSettings):
    """``jwks``: the vendor's public keys, pinned here (SMART Backend Services; ES384 or RS384). ``endpoints``: the
    addresses below which a Subscription may ask to be notified; none means that this practice only polls."""

    quiet_period: ClassVar[float] = 0.0  # no request of ours about an entry is ever on its way

    client_id: str = Field(min_length=1, max_length=200)
    jwks: dict[str, Any] = Field(json_schema_extra=holds(HeldKind.THEIR_KEYS))
    scope: str = SCOPE
    endpoints: tuple[str, ...] = Field(default=(), max_length=20)

    @field_validator("jwks")
    @classmethod
    def _usable(cls, value: dict[str, Any]) -> dict[str, Any]:
        keys = usable_keys(value)
        if not keys or len(keys) != len(value["keys"]):
            raise ValueError("public signature keys only, and at least one")
        if len({key.get("kid") for key in keys}) != len(keys) or not all(key.get("kid") for key in keys):
            raise ValueError("every key needs a kid of its own")
        for key in keys:
            imported(key)
        return value

    @field_validator("endpoints")
    @classmethod
    def _callable_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(checked_url(each).rstrip("/") for each in value)

    def may_notify(self, endpoint: str) -> bool:
        """Exactly one of the addresses, or a path below it."""
        return any(endpoint == each or endpoint.startswith(f"{each}/") for each in self.endpoints)
