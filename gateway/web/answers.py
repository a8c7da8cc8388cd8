"""What the JSON routes answer, as ``openapi.json`` says it and the tests hold every answer to it.

Times are ISO 8601 in UTC; absent facts are null; codes are the domain's own.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

Moment = datetime | None


class Shape(BaseModel):
    """Nothing is answered that is not named here."""

    model_config = ConfigDict(extra="forbid")


class Problem(BaseModel):
    """problem+json (RFC 9457). ``code`` is the one to read aloud; ``field`` and ``reason`` name what cannot be used."""

    type: str
    title: str
    status: int
    code: str
    detail: str = ""
    field: str = ""
    reason: str = ""
    errors: list[dict[str, str]] = []


class RoomElsewhere(Shape):
    """A room that another system keeps: *preparing*, or *ready* with where to enter. ``host_pin``: for the clinic.
    ``inside``: the caller has gone in already."""

    standing: str
    link: str
    host_pin: str
    inside: bool


class Ticket(Shape):
    """A signed seat for the media process and where to show it; both are "" where the call is held ``elsewhere``, or
    where it was only looked how far that is. ``node`` is that process's name: whoever loses it says so with the next
    request. ``relay``: media goes through the relay only. ``fell_back``: it is held here, since no room came."""

    ticket: str
    signal_url: str
    node: str = ""
    relay: bool = False
    elsewhere: RoomElsewhere | None = None
    fell_back: bool = False


class SessionFacts(Shape):
    csrf: str
    name: str
    kind: str
    organisation: str
    consultation: UUID | None


class Launched(Shape):
    """The address works once, within ``expires_in`` seconds."""

    address: str
    consultation: str
    expires_in: int
