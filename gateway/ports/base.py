"""Time and ids, as the services ask for them."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol
from uuid import UUID

from gateway.domain.capability import Capability as Capability


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware, UTC."""


class Ids(Protocol):
    def new(self) -> UUID:
        """UUIDv7."""

    def short(self) -> str:
        """A speakable id such as ``LB-4F7K-2`` (U08)."""

    def secret(self) -> str:
        """256 random bits, URL-safe."""
