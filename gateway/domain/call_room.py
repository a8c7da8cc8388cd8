"""The room a call is held in, where another system keeps it: what both pages need to get in."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID, uuid5

_ROOMS = UUID("5f1f1d26-6b0a-5d0e-9a0c-6f6f3f2c7a11")


class RoomStanding(StrEnum):
    """How far a room is."""

    PREPARING = "preparing"
    READY = "ready"  # whoever has the link gets in
    CLOSING = "closing"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class CallRoom:
    """``reference``: what its keeper calls it. ``link``: where a browser enters; "" for our own media, where a
    JoinTicket lets one in. ``host_pin``: what the clinic types to be let in as host; "" where none is asked for."""

    reference: str
    standing: RoomStanding
    link: str = field(default="", repr=False)
    host_pin: str = field(default="", repr=False)


def room_key(room: str) -> UUID:
    """By which a keeper knows the room of a call: always the same, and no way back to our own room's secret name."""
    return uuid5(_ROOMS, room)
