"""Encryption from page to page that was given up: counted for operations and logged once, without saying whose."""

from __future__ import annotations

from typing import Any

from structlog.testing import capture_logs

from gateway.domain.room import JoinTicket
from video import encryption
from video.rooms import Rooms
from video.seats import Seat
from video.upkeep import Upkeep

KEY = "K" * 87


class Screen:
    """Where a page would be."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)

    def end(self, reason: str | None) -> None:
        self.sent.append(reason)


def seated(rooms: Rooms, seat: str, key: str, generation: int = 1) -> Seat:
    _, taken = rooms.take(JoinTicket("room", seat, generation, "clinic", 2_000_000_000), Screen())
    encryption.sits_down(taken, key)
    return taken


def test_only_a_page_that_could_and_had_to_give_up_is_counted_and_logged() -> None:
    rooms = Rooms(lambda: None, Upkeep())
    able, unable = seated(rooms, "able", KEY), seated(rooms, "unable", "")
    with capture_logs() as lines:
        for seat in (able, able, unable):  # said twice by the first
            encryption.give_up(seat)
    assert (rooms.unsealed(), able.public_key) == (1, "")
    assert lines == [{"event": "encryption given up", "log_level": "warning", "role": "clinic"}]


def test_it_lasts_while_that_page_talks_in_clear_and_no_longer() -> None:
    rooms = Rooms(lambda: None, Upkeep())
    encryption.give_up(seated(rooms, "one", KEY))
    seated(rooms, "one", "")
    assert rooms.unsealed() == 1, "the page came back without a key"
    seated(rooms, "one", KEY)
    assert rooms.unsealed() == 0
    encryption.give_up(seated(rooms, "one", KEY))
    seated(rooms, "one", "", generation=2)
    assert rooms.unsealed() == 0, "another device that never could"
