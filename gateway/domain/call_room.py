"""The room a call is held in: on one of our media processes, or where another system keeps it, with what both pages
need to get in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID, uuid5

_ROOMS = UUID("5f1f1d26-6b0a-5d0e-9a0c-6f6f3f2c7a11")
ALIVE: Final = 6.0  # seconds a process may be silent and still be given rooms; it speaks twice a second
FORGOTTEN: Final = 10.0  # after so many its rooms go elsewhere when somebody asks for a seat
BROKEN: Final = 1.25  # and after so many when the page that asks has lost it, too
BUSY: Final = 0.85  # share of a core from which on a process gets rooms only where all are as busy
SEATS: Final = 2  # of a room that has just been placed and that nobody has entered yet


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


@dataclass(frozen=True, slots=True)
class Node:
    """One media process: ``silent`` seconds since it was last heard, ``expected`` rooms placed there whose pages are
    still on their way. ``signal_url`` empty: it is reached at the ``media_url`` of the settings."""

    name: str
    signal_url: str
    seats: int
    core: float
    draining: bool
    silent: float
    expected: int = 0

    @property
    def takes_rooms(self) -> bool:
        return not self.draining and self.silent < ALIVE

    @property
    def load(self) -> tuple[bool, int, float, str]:
        """Least first. The share of a core only decides between equals: it says much of the last second."""
        return self.core >= BUSY, self.seats + SEATS * self.expected, self.core, self.name


@dataclass(frozen=True, slots=True)
class Place:
    """Where a room is: the name that its tickets carry, and where pages reach that process ("" as in ``Node``)."""

    node: str = ""
    signal_url: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """The media processes heard of within the last minute, one for each name; the name of the one that has the room (""
    where it is not placed); whether somebody has been heard to sit in the room within the last 10 s."""

    nodes: Sequence[Node]
    node: str
    occupied: bool


def least_busy(nodes: Sequence[Node], but: str = "") -> Node | None:
    """The process that a room goes to; None where no other takes one."""
    return min((node for node in nodes if node.takes_rooms and node.name != but), key=lambda n: n.load, default=None)


def stays(node: Node | None, *, lost: bool, occupied: bool) -> bool:
    """Whether a room stays where it is. ``lost``: whoever asks for a seat has just lost that process, or was sent away
    by it; ``occupied``: somebody sits in the room. A page whose own network broke must not move the others."""
    if node is None:
        return False
    if node.draining:
        return occupied and not lost
    return node.silent < (BROKEN if lost else FORGOTTEN)
