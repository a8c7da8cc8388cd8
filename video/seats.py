"""A room's seats: who sits there, what her page says of her call, and what the other pages are told of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from gateway.domain.room import SeatState
from video.peer import KINDS, Peer

SHARING: Final = ("clinic",)  # roles of those who may show a screen instead of themselves
QUALITIES: Final = ("good", "net", "device")  # what is weak about a call, as its page judges it
_SILENT_WITH_SIGNAL: Final = 8.0  # browsers check the path every 2.5 s, aiortc every 5 s
_SILENT_ALONE: Final = 2.0


class Outlet(Protocol):
    """The way to one participant's page."""

    def send(self, message: dict[str, Any]) -> None: ...

    def end(self, reason: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Told:
    """What a page says of its own call: whether it hears those who send sound, and what is weak about it."""

    hears: bool = True
    quality: str = "good"


WELL: Final = Told()


@dataclass(eq=False)
class Seat:
    """One participant. ``outlet`` is the signalling connection, ``peer`` the media connection; either may be gone."""

    name: str
    role: str
    generation: int
    holder: str = ""
    outlet: Outlet | None = None
    peer: Peer | None = None
    audio: bool = True
    video: bool = True
    screen: bool = False  # what it sends as its picture is a screen or a window
    told: Told = WELL
    public_key: str = ""  # of the page that sits here, for the other pages; empty: it cannot encrypt
    gave_up: bool = False  # its page could encrypt and had to do without
    slots: dict[str, int] = field(default_factory=dict)  # other seat → which pair of streams shows it

    def connected(self, now: float) -> bool:
        link = self.peer.link if self.peer else None
        allowed = _SILENT_WITH_SIGNAL if self.outlet else _SILENT_ALONE
        return link is not None and now - link.heard < allowed

    @property
    def offered_key(self) -> str | None:
        """None where nobody sits."""
        return self.public_key if self.outlet or self.peer else None

    def state(self, now: float) -> SeatState:
        streams = self.peer.inbounds if self.peer else {}
        audio, video = (kind in streams and streams[kind].flowing(now) for kind in KINDS)
        connected = self.connected(now)
        held = self.holder if self.outlet or self.peer else ""
        return SeatState(self.name, self.generation, connected, connected and audio, connected and video, held)


@dataclass(eq=False)
class Room:
    name: str
    seats: dict[str, Seat] = field(default_factory=dict)
    shown: object = None  # what the pages were last told
    empty_since: float = 0.0


def seats_message(room: Room, viewer: Seat, now: float) -> dict[str, Any]:
    return {"type": "seats", "seats": [_seat_document(seat, viewer, now) for seat in room.seats.values()]}


def _seat_document(seat: Seat, viewer: Seat, now: float) -> dict[str, Any]:
    place = viewer.slots.get(seat.name)
    return {
        "seat": seat.name,
        "role": seat.role,
        "connected": seat.connected(now),
        "self": seat is viewer,
        "audio": seat.audio,
        "video": seat.video,
        "screen": seat.screen,
        "heard": seat.state(now).audio_flowing,
        "hears": seat.told.hears,
        "quality": seat.told.quality,
        "public": seat.offered_key,
        "mids": viewer.peer.mids(place) if viewer.peer is not None and place is not None else None,
    }
