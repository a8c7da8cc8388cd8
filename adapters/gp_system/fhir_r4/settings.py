"""One connection's settings: what an operator writes in a stanza of ``connections.toml``."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from adapters.wire.http import checked_url
from adapters.wire.oauth.settings import SystemClientSettings
from adapters.wire.shown import ShownSettings

APPOINTMENTS = "system/Appointment."


class VideoAppointments(BaseModel):
    """How agreed consultations are announced to a peer that asks for FUT's video appointments. ``responsible``: its own
    address of the care team that answers for them; ``type``: by its appointment type codes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    responsible: str = Field(pattern=r"^https?://\S+/CareTeam/[A-Za-z0-9.-]{1,64}$")
    type: Literal["CHECKUP", "EMERGENCY", "FOLLOWUP", "ROUTINE", "WALKIN"] = "ROUTINE"
    minutes: int = Field(default=15, ge=5, le=240)


class Settings(SystemClientSettings, ShownSettings):
    """Address and login of a practice's FHIR R4 endpoint.

    Where the token is fetched follows from the peer's own ``.well-known/smart-configuration``. ``quiet_period`` must be
    longer than the peer can still apply a request that timed out (requirements.md R5). ``subscribe`` is for servers
    that take our Task ids (update-as-create): a notification from another one names an id we do not know.
    ``video_appointments``: an agreed consultation is announced as an Appointment too (docs/fhir-appointments.md). Times
    are seconds.
    """

    base_url: str
    scope: str = "system/Task.crus system/Subscription.crus"
    subscribe: bool = True
    video_appointments: VideoAppointments | None = None
    poll_interval: float = Field(default=5.0, gt=0, le=60)
    overlap: float = Field(default=10.0, ge=0, le=600)
    quiet_period: float = Field(default=120.0, gt=0, le=3600)
    connect_timeout: float = Field(default=2.0, gt=0, le=30)
    total_timeout: float = Field(default=8.0, gt=0, le=60)

    @field_validator("base_url")
    @classmethod
    def _callable_address(cls, value: str) -> str:
        return checked_url(value).rstrip("/")

    @model_validator(mode="after")
    def _may_write_appointments(self) -> Self:
        if self.video_appointments is not None and APPOINTMENTS not in self.scope:
            raise ValueError(f"video_appointments needs {APPOINTMENTS}crus in scope")
        return self

    @property
    def look_back(self) -> timedelta:
        """How far before the newest change each poll begins again."""
        return timedelta(seconds=self.overlap)

    @property
    def max_apply_delay(self) -> timedelta:
        return timedelta(seconds=self.quiet_period)
