"""What the video process may know: a room, a seat and a ticket to sit in it.

Everything that crosses the border between the gateway and ``video/`` is defined here, so that the border can
be read on one screen: no consultation id, no name, no identity number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

SEAT_ROLES = ("clinic", "employee", "citizen", "guest")


class TicketRefused(Exception):
    """The ticket's content cannot be used; ``args`` name the claim, never its value."""


@dataclass(frozen=True, slots=True)
class JoinTicket:
    """The right to take one seat in one room until ``expires_at`` (seconds since the epoch, UTC).

    ``generation`` grows each time the seat is claimed from another device: the media process lets the newest
    generation in and sends the older one away, so one participant is never present twice.
    """

    room: str
    seat: str
    generation: int
    role: str
    expires_at: int
    node: str = ""  # the media process that has the room; empty: any
    holder: str = ""  # whose login it was given to, without saying who; empty: nobody's, it is never taken away

    def claims(self) -> dict[str, Any]:
        """JWT claims (RFC 7519 §4.1) for signing."""
        return {
            "aud": "laegebro-media",
            "exp": self.expires_at,
            "room": self.room,
            "seat": self.seat,
            "gen": self.generation,
            "role": self.role,
        } | {name: value for name, value in (("node", self.node), ("holder", self.holder)) if value}

    @classmethod
    def from_claims(cls, claims: Mapping[str, Any]) -> JoinTicket:
        """Read verified claims; raises ``TicketRefused`` naming the first claim of the wrong shape."""
        for name, kind in (("room", str), ("seat", str), ("gen", int), ("role", str), ("exp", int)):
            if not isinstance(claims.get(name), kind):
                raise TicketRefused(name)
        if claims.get("aud") != "laegebro-media" or claims["role"] not in SEAT_ROLES:
            raise TicketRefused("aud" if claims.get("aud") != "laegebro-media" else "role")
        more = {name: claims.get(name, "") for name in ("node", "holder")}
        for name, value in more.items():
            if not isinstance(value, str):
                raise TicketRefused(name)
        return cls(claims["room"], claims["seat"], claims["gen"], claims["role"], claims["exp"], **more)


@dataclass(frozen=True, slots=True)
class SeatState:
    """One seat as the media process sees it now. ``flowing``: media packets arrived within the last 3 s. ``holder``: as
    in its ticket, while somebody sits there."""

    seat: str
    generation: int
    connected: bool
    audio_flowing: bool
    video_flowing: bool
    holder: str = ""

    @property
    def flowing(self) -> bool:
        return self.connected and (self.audio_flowing or self.video_flowing)


@dataclass(frozen=True, slots=True)
class RoomState:
    """One room in a heartbeat."""

    room: str
    seats: tuple[SeatState, ...]


@dataclass(frozen=True, slots=True)
class NodeState:
    """A media process as whoever places rooms sees it: its name, where pages reach it, how busy it is.

    ``signal_url``: an http(s) origin; empty where the process is reached at the gateway's own ``media_url``. ``seats``
    are taken, connected or not yet; ``core`` is the share of one processor core it used of late. ``draining``: it takes
    no new rooms. ``unsealed``: how many of them had to give up being encrypted from page to page.
    """

    name: str
    signal_url: str
    seats: int
    core: float
    draining: bool
    unsealed: int = 0

    def document(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "signal_url": self.signal_url,
            "seats": self.seats,
            "core": self.core,
            "draining": self.draining,
            "unsealed": self.unsealed,
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> NodeState:
        """Read a posted document; raises ``KeyError``, ``TypeError`` or ``ValueError`` on another shape."""
        name, url, core = str(document["name"]), str(document["signal_url"]), float(document["core"])
        if not isfinite(core):
            raise ValueError("core")
        unsealed = int(document.get("unsealed", 0))
        return cls(name, url, int(document["seats"]), core, bool(document["draining"]), unsealed)


@dataclass(frozen=True, slots=True)
class NotLetIn:
    """So many who asked for a seat and got none since the last heartbeat that was taken. ``room`` only where a genuine
    ticket named it."""

    reason: str
    room: str
    count: int


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """All rooms of one media process, every 2 s and when one changes; between them ``brief`` ones that only say that
    the process lives. ``number`` counts up from 1 within ``process``: an older or repeated number is ignored, so
    heartbeats may be lost, repeated or overtaken."""

    process: str
    number: int
    rooms: tuple[RoomState, ...]
    node: NodeState | None = None
    refused: tuple[NotLetIn, ...] = ()
    brief: bool = False

    @property
    def holders(self) -> frozenset[str]:
        """Whose logins sit somewhere in this process."""
        return frozenset(seat.holder for room in self.rooms for seat in room.seats if seat.holder)

    def document(self) -> dict[str, Any]:
        """The JSON document posted to the gateway's room-state address."""
        found = {
            "process": self.process,
            "number": self.number,
            "rooms": [_room_document(r) for r in self.rooms],
            "refused": [{"reason": each.reason, "room": each.room, "count": each.count} for each in self.refused],
        }
        node = {"node": self.node.document()} if self.node else {}
        return found | node | ({"brief": True} if self.brief else {})

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Heartbeat:
        """Read a posted document; raises ``KeyError`` or ``TypeError`` on another shape."""
        rooms = tuple(
            RoomState(str(room["room"]), tuple(_seat_state(seat) for seat in room["seats"]))
            for room in document["rooms"]
        )
        node = NodeState.from_document(document["node"]) if "node" in document else None
        refused = tuple(
            NotLetIn(str(each["reason"]), str(each["room"]), int(each["count"])) for each in document.get("refused", ())
        )
        process, number, brief = str(document["process"]), int(document["number"]), document.get("brief") is True
        return cls(process, number, rooms, node, refused, brief)


def _room_document(room: RoomState) -> dict[str, Any]:
    seats = [
        {
            "seat": seat.seat,
            "generation": seat.generation,
            "connected": seat.connected,
            "audio_flowing": seat.audio_flowing,
            "video_flowing": seat.video_flowing,
        }
        | ({"holder": seat.holder} if seat.holder else {})
        for seat in room.seats
    ]
    return {"room": room.room, "seats": seats}


def _seat_state(seat: Mapping[str, Any]) -> SeatState:
    return SeatState(
        str(seat["seat"]),
        int(seat["generation"]),
        bool(seat["connected"]),
        bool(seat["audio_flowing"]),
        bool(seat["video_flowing"]),
        str(seat.get("holder", "")),
    )


def sent_away_document(holders: Iterable[str]) -> dict[str, Any]:
    """The answer to a heartbeat: those whose login has ended, and who must not sit there any longer."""
    return {"sent_away": sorted(holders)}


def read_sent_away(document: Any) -> frozenset[str]:
    """Nobody where the answer is of another shape."""
    return _texts(document, "sent_away")


def read_elsewhere(document: Any) -> frozenset[str]:
    """Rooms of the process that are placed on another one."""
    return _texts(document, "elsewhere")


def read_others(document: Any) -> bool:
    """Whether another process takes new rooms."""
    return isinstance(document, dict) and document.get("others") is True


def _texts(document: Any, name: str) -> frozenset[str]:
    said = document.get(name) if isinstance(document, dict) else None
    return frozenset(each for each in said if isinstance(each, str) and each) if isinstance(said, list) else frozenset()
