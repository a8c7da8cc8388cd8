"""The room of a call: our own media, or a room that another system keeps."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol
from uuid import UUID

from gateway.domain.call_room import CallRoom


class CallRooms(Protocol):
    """One keeper of rooms. Raises only ``PeerError``s; nothing about a person is told to it."""

    name: str

    def open(self, key: UUID, at: datetime) -> CallRoom:
        """A room for this call from now on, the same one however often it is called."""

    def look(self, reference: str) -> CallRoom:
        """How far it is."""

    def close(self, reference: str, at: datetime) -> CallRoom:
        """The call is over: the room is ended and removed. Called again until it is *gone*."""
