"""Rooms placed on media processes, so that all sides of a call meet in one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from gateway.domain.call_room import Look, Node, Place, least_busy, stays
from gateway.domain.room import Heartbeat


class PlaceBook(Protocol):
    """Which media processes there are, and which room is placed where."""

    def look(self, room: str) -> Look: ...

    def settle(self, room: str, instead_of: str, choose: Callable[[Sequence[Node]], Node | None]) -> str:
        """Place the room on the chosen one, unless somebody else has placed it meanwhile; the name that counts.
        Rooms are placed one after the other, so that each choice knows of the one before it."""

    def placed_elsewhere(self, node: str, rooms: Sequence[str]) -> Sequence[str]:
        """Those of the rooms that are placed on another process. One that is placed nowhere is placed here."""


def place_of(room: str, book: PlaceBook, lost: str = "") -> Place:
    """The process that has the room. ``lost`` names the one that whoever asks has just lost. Where no process has told
    us its name the place is empty: whoever is reached at ``media_url`` has all rooms."""
    look = book.look(room)
    nodes, name = {node.name: node for node in look.nodes}, look.node
    if not stays(nodes.get(name), lost=bool(name) and lost == name, occupied=look.occupied):
        former = name
        name = book.settle(room, former, lambda found: least_busy(found, but=former)) if nodes else former
    return Place(name, nodes[name].signal_url if name in nodes else "")


def place_of_probe(book: PlaceBook) -> Place:
    """The process whose way is tried before a call: the one that would get the next room."""
    best = least_busy(book.look("").nodes)
    return Place(best.name, best.signal_url) if best else Place()


def rooms_to_leave(heartbeat: Heartbeat, book: PlaceBook) -> Sequence[str]:
    """Rooms in which this process has people although they are placed on another: it sends them there."""
    here = [room.room for room in heartbeat.rooms if any(seat.connected for seat in room.seats)]
    return book.placed_elsewhere(heartbeat.node.name, here) if heartbeat.node and here else ()


def others_take_rooms(heartbeat: Heartbeat, book: PlaceBook) -> bool:
    """Whether a process that ends has another to leave its rooms to."""
    return heartbeat.node is not None and least_busy(book.look("").nodes, but=heartbeat.node.name) is not None
