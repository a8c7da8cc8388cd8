"""One connection's settings: what an operator writes in a stanza of ``connections.toml``."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field, field_validator

from adapters.wire.http import checked_url
from adapters.wire.oauth.settings import SystemClientSettings


class Settings(SystemClientSettings):
    """Address and login of a practice's FHIR R4 endpoint.

    Where the token is fetched follows from the peer's own ``.well-known/smart-configuration``. ``quiet_period`` must be
    longer than the peer can still apply a request that timed out (requirements.md R5). ``subscribe`` is for servers
    that take our Task ids (update-as-create): a notification from another one names an id we do not know. Times are
    seconds.
    """

    base_url: str
    scope: str = "system/Task.crus system/Subscription.crus"
    subscribe: bool = True
    poll_interval: float = Field(default=5.0, gt=0, le=60)
    overlap: float = Field(default=10.0, ge=0, le=600)
    quiet_period: float = Field(default=120.0, gt=0, le=3600)
    connect_timeout: float = Field(default=2.0, gt=0, le=30)
    total_timeout: float = Field(default=8.0, gt=0, le=60)

    @field_validator("base_url")
    @classmethod
    def _callable_address(cls, value: str) -> str:
        return checked_url(value).rstrip("/")

    @property
    def look_back(self) -> timedelta:
        """How far before the newest change each poll begins again."""
        return timedelta(seconds=self.overlap)

    @property
    def max_apply_delay(self) -> timedelta:
        return timedelta(seconds=self.quiet_period)
