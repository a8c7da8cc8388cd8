"""Who sits where, and who hears whom: rooms, seats and the routes between connected peers.

A seat belongs to a participant, not to a browser: whoever claims it with the newest generation sits there, and
the one before is sent away. Rooms are remembered for a while after they have emptied, so that an older ticket
cannot bring back a device that was replaced, and so that the gateway sees an empty room rather than none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from time import monotonic
from typing import Final

from gateway.domain.room import SEAT_ROLES, JoinTicket, RoomState
from gateway.logs import log
from video.packets.pump import PUMP
from video.peer import KINDS, OTHER_SEATS, Peer
from video.seats import Outlet, Room, Seat, seats_message
from video.upkeep import Upkeep

MOST_SEATS: Final = OTHER_SEATS + 1
_REMEMBERED: Final = 600.0  # seconds a room outlives its last participant
_GIVEN_UP: Final = 10.0
_TICKETS_LAST: Final = 300.0  # seconds; longer than any ticket is good for


class SeatRefused(Exception):
    """The ticket is genuine but the seat cannot be taken; ``args`` hold the reason word for the page."""


class Rooms:
    """All rooms of this process. ``changed`` is called when presence or flow differs from what was last seen."""

    def __init__(self, changed: Callable[[], None], upkeep: Upkeep) -> None:
        self.draining = self._handing_over = False
        self._rooms: dict[str, Room] = {}
        self._sent_away: dict[str, float] = {}  # holder → when
        self._changed = changed
        self._closing: set[asyncio.Task[None]] = set()
        self._upkeep = upkeep
        self._log = log("video.rooms")

    def take(self, ticket: JoinTicket, outlet: Outlet) -> tuple[Room, Seat]:
        """Sit down. Sends whoever sat there away; raises ``SeatRefused``."""
        if ticket.holder in self._sent_away:
            raise SeatRefused("sent-away")
        if self._handing_over or (self.draining and not self._lives(ticket.room)):
            raise SeatRefused("draining")
        room = self._rooms.setdefault(ticket.room, Room(ticket.room))
        seat = room.seats.get(ticket.seat)
        if seat is None:
            self._make_space(room)
            seat = room.seats[ticket.seat] = Seat(ticket.seat, ticket.role, ticket.generation)
        if ticket.generation < seat.generation:
            raise SeatRefused("superseded")
        if seat.outlet is not None:
            seat.outlet.end("moved" if ticket.generation > seat.generation else "replaced")
        if ticket.generation > seat.generation:
            self._release(seat)
            seat.gave_up = False  # by another device
        seat.role, seat.generation, seat.outlet = ticket.role, ticket.generation, outlet
        seat.holder = ticket.holder
        room.empty_since = 0.0
        return room, seat

    def _make_space(self, room: Room) -> None:
        if len(room.seats) < MOST_SEATS:
            return
        gone = next((s for s in room.seats.values() if s.outlet is None and s.peer is None), None)
        if gone is None:
            raise SeatRefused("full")
        del room.seats[gone.name]
        for seat in room.seats.values():
            seat.slots.pop(gone.name, None)

    def connected(self, room: Room, seat: Seat, peer: Peer) -> None:
        """A seat's (new) connection stands: move every route to it, then close the one before."""
        self._upkeep.changed()
        former, seat.peer = seat.peer, peer
        with PUMP.holding():
            if former is not None and former.link is not None:
                former.link.wipe(monotonic())
            for other in room.seats.values():
                if other is not seat and other.peer is not None:
                    _route(seat, other)
                    _route(other, seat)
        if former is not None:
            self.close(former)
        self._log.info("seat connected", seats=len(room.seats))

    def lost(self, seat: Seat, peer: Peer) -> None:
        """A connection ended by itself; a newer one may already have taken its place."""
        if seat.peer is peer:
            seat.peer = None
        self.close(peer)

    def left(self, seat: Seat, outlet: Outlet) -> None:
        """The participant hung up: nothing stays but the memory of the seat."""
        if seat.outlet is outlet:
            seat.outlet = None
            self._release(seat)

    def signal_lost(self, seat: Seat, outlet: Outlet) -> None:
        """Only the signalling went; the talk goes on, and ends by itself when the media stops too."""
        if seat.outlet is outlet:
            seat.outlet = None

    def _release(self, seat: Seat) -> None:
        peer, seat.peer, seat.screen = seat.peer, None, False
        if peer is not None:
            self.close(peer)

    def close(self, peer: Peer) -> None:
        self._upkeep.changed()
        task = asyncio.ensure_future(peer.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def send_away(self, holders: Collection[str], now: float) -> None:
        """Whoever holds these leaves every seat, and no ticket of theirs is taken any more."""
        for room in self._rooms.values():
            for seat in room.seats.values():
                if seat.holder in holders:
                    self._empty(seat)
        self._sent_away = {who: at for who, at in self._sent_away.items() if now - at < _TICKETS_LAST}
        self._sent_away |= dict.fromkeys(holders, now)

    def _empty(self, seat: Seat) -> None:
        if seat.outlet is not None:
            seat.outlet.end("sent-away")
            seat.outlet = None
        seat.holder = ""
        self._release(seat)

    def drain(self) -> None:
        """From now on no new room begins here; those that live go on."""
        self.draining = True
        self._changed()

    def hand_over(self) -> None:
        """Everybody is sent to another process, and seen and heard here until there."""
        self.draining = self._handing_over = True
        for name in self._rooms:
            self.send_elsewhere(name, "draining")

    def send_elsewhere(self, name: str, reason: str = "elsewhere") -> None:
        """The room is placed on another process: whoever is here gets a ticket for that one."""
        room = self._rooms.get(name)
        for seat in room.seats.values() if room else ():
            if seat.outlet is not None:
                seat.outlet.end(reason)
                seat.outlet = None

    def _lives(self, name: str) -> bool:
        room = self._rooms.get(name)
        return room is not None and any(seat.outlet or seat.peer for seat in room.seats.values())

    def empty(self) -> bool:
        return not any(self._lives(name) for name in self._rooms)

    def seats(self) -> int:
        """How many are connected."""
        return sum(seat.peer is not None for room in self._rooms.values() for seat in room.seats.values())

    def taken(self) -> int:
        """How many are connected or on their way."""
        return sum(bool(seat.outlet or seat.peer) for room in self._rooms.values() for seat in room.seats.values())

    def unsealed(self) -> int:
        """Of those, how many had to give up being encrypted from page to page."""
        seats = (seat for room in self._rooms.values() for seat in room.seats.values())
        return sum(seat.gave_up and bool(seat.outlet or seat.peer) for seat in seats)

    def quiet(self) -> bool:
        """Nobody is connected."""
        return not self.seats()

    def observe(self, now: float) -> None:
        """Five times a second: tell the pages and the gateway what has changed, forget what is over."""
        for room in list(self._rooms.values()):
            for seat in room.seats.values():
                self._look_after(seat, now)
            seen = [
                (s.state(now), s.role, s.audio, s.video, s.screen, s.told, s.offered_key) for s in room.seats.values()
            ]
            if seen != room.shown:
                room.shown = seen
                self._changed()
                for seat in room.seats.values():
                    if seat.outlet is not None:
                        seat.outlet.send(seats_message(room, seat, now))
            self._forget(room, now)

    def _look_after(self, seat: Seat, now: float) -> None:
        if seat.peer is None:
            return
        seat.peer.follow_path()
        if seat.outlet is None and (seat.peer.link is None or now - seat.peer.link.heard > _GIVEN_UP):
            self._release(seat)

    def _forget(self, room: Room, now: float) -> None:
        if any(seat.outlet is not None or seat.peer is not None for seat in room.seats.values()):
            room.empty_since = 0.0
        elif not room.empty_since:
            room.empty_since = now
        elif now - room.empty_since > _REMEMBERED:
            del self._rooms[room.name]

    def show(self, room: Room, seat: Seat) -> None:
        """Tell one page who is here, without waiting for a change."""
        if seat.outlet is not None:
            seat.outlet.send(seats_message(room, seat, monotonic()))

    def states(self, now: float) -> tuple[RoomState, ...]:
        return tuple(
            RoomState(room.name, tuple(seat.state(now) for seat in room.seats.values()))
            for room in self._rooms.values()
        )

    async def close_all(self) -> None:
        """Process end: everybody is told to come again, and every connection is closed."""
        for room in self._rooms.values():
            for seat in room.seats.values():
                if seat.outlet is not None:
                    seat.outlet.end("restarting")
                self._release(seat)
        if self._closing:
            await asyncio.wait(self._closing, timeout=1.0)


def _route(source: Seat, receiver: Seat) -> None:
    assert source.peer is not None and receiver.peer is not None
    taken = set(receiver.slots.values())
    place = receiver.slots.get(source.name, next((n for n in range(OTHER_SEATS) if n not in taken), None))
    if place is None or source.peer.link is None or receiver.peer.link is None:
        return
    receiver.slots[source.name] = place
    now = monotonic()
    for kind in KINDS:
        out = receiver.peer.slots[place][kind]
        if out.source is not None:
            out.source.detach(out, now)
        out.rank = SEAT_ROLES.index(source.role)
        source.peer.inbounds[kind].attach(out, now)
