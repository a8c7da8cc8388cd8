"""What pages of one room hand each other so that nobody between them can read their frames.

This process is the courier: it tells everybody the public keys of those present and carries sealed keys from page to
page. It never has a key that opens anything (docs/adr/0014-end-to-end-encryption.md).
"""

from __future__ import annotations

import re
from time import monotonic
from typing import Any, Final

from gateway.logs import log
from video.packets.pump import PUMP
from video.page import Ended
from video.seats import Room, Seat

PER_SECOND: Final = 10  # messages to others from one page: each newcomer costs two to each of the others
AT_ONCE: Final = 40
_PUBLIC: Final = re.compile(r"[A-Za-z0-9_-]{87}|")  # a point of P-256, or nothing
_SEALED: Final = re.compile(r"[A-Za-z0-9_-]{86}|")  # a sender's key, or nothing: the wish to be told the other's


def read_public_key(message: dict[str, Any]) -> str:
    """From a page's first message; empty where the page cannot encrypt."""
    return _read(message.get("public", ""), _PUBLIC)


def sits_down(seat: Seat, public_key: str) -> None:
    """A page that has given up comes back without a key; with one it is well again."""
    seat.gave_up = seat.gave_up and not public_key
    seat.public_key = public_key


def give_up(seat: Seat) -> None:
    """Its page could encrypt and misses a key or cannot open what comes: from now on the room talks in clear."""
    if seat.public_key:
        log("video.encryption").warning("encryption given up", role=seat.role)
    seat.gave_up = seat.gave_up or bool(seat.public_key)
    seat.public_key = ""


def hand_over(room: Room, giver: Seat, message: dict[str, Any]) -> None:
    """To whoever sits at the seat named, in this room and nowhere else; one who has just left gets nothing."""
    sealed, to = _read(message.get("sealed"), _SEALED), message.get("to")
    receiver = room.seats.get(to) if isinstance(to, str) else None
    if receiver is not None and receiver is not giver and receiver.outlet is not None:
        receiver.outlet.send({"type": "secret", "from": giver.name, "sealed": sealed})


def wish_whole_pictures(seat: Seat) -> None:
    """From everybody whose picture this seat gets, and from the seat itself for the others."""
    if seat.peer is None:
        return
    now = monotonic()
    with PUMP.holding():
        for inbound in seat.peer.inbounds.values():
            inbound.wish_key_frame(now)
        for pair in seat.peer.slots:
            for out in pair.values():
                out.wish_key_frame(now)


def _read(value: object, shape: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not shape.fullmatch(value):
        raise Ended("malformed")
    return value
