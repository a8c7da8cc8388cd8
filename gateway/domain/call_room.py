"""The room a call is held in, where another system keeps it: what both pages need to get in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
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


class Stage(StrEnum):
    """Where a call is to be held, as both sides of it are told."""

    WANTED = "wanted"  # elsewhere: the room is being made
    READY = "ready"  # elsewhere: it can be entered
    OWN = "own"  # in our own media after all: the other system gave no room in time
    REMOVED = "removed"  # the call is over, and nothing is left elsewhere


@dataclass(frozen=True, slots=True)
class OutsideRoom:
    """The room of one call at another system. ``room``: our own name of it; ``connection``: who keeps it."""

    room: str
    connection: str
    stage: Stage
    reference: str
    begun_at: datetime
    link: str = field(default="", repr=False)
    host_pin: str = field(default="", repr=False)

    @property
    def is_elsewhere(self) -> bool:
        return self.stage in (Stage.WANTED, Stage.READY)
