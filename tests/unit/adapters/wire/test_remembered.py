"""What a peer publishes is kept for ten minutes, and for a day while the peer is silent."""

from __future__ import annotations

import pytest

from adapters.wire.remembered import Remembered
from gateway.domain.errors import PeerUnavailable


class Source:
    """Counts its fetches; ``down`` makes it silent. Also the clock of the test."""

    def __init__(self) -> None:
        self.fetches, self.down, self.seconds = 0, False, 0.0
        self.value = Remembered(self.fetch, lambda: self.seconds)

    def fetch(self) -> int:
        self.fetches += 1
        if self.down:
            raise PeerUnavailable("peer", "connecting")
        return self.fetches


def test_ten_minutes_are_one_fetch() -> None:
    source = Source()
    for source.seconds in (0.0, 100.0, 599.0):
        assert source.value.current() == 1
    source.seconds = 600.0
    assert source.value.current() == 2


def test_a_silent_peer_is_asked_once_a_minute_and_remembered_for_a_day() -> None:
    source = Source()
    source.value.current()
    source.down = True
    for source.seconds in (700.0, 710.0, 750.0):
        assert source.value.current() == 1
    assert source.fetches == 2
    source.seconds = 761.0
    assert source.value.current() == 1
    assert source.fetches == 3
    source.seconds = 86_401.0
    with pytest.raises(PeerUnavailable):
        source.value.current()
    source.down = False
    assert source.value.current() > 1


def test_a_first_fetch_that_fails_is_told_each_time() -> None:
    source = Source()
    source.down = True
    for _ in range(2):
        with pytest.raises(PeerUnavailable):
            source.value.current()
    source.down = False
    assert source.value.current() == 3


def test_renewing_is_at_once_and_then_once_a_minute() -> None:
    source = Source()
    assert source.value.current() == 1
    source.seconds = 1.0
    assert source.value.renewed() == 2
    for source.seconds in (2.0, 30.0, 60.0):
        assert source.value.renewed() == 2
    source.seconds = 62.0
    assert source.value.renewed() == 3


def test_renewing_at_a_silent_peer_keeps_what_is_known() -> None:
    source = Source()
    source.value.current()
    source.down = True
    assert source.value.renewed() == 1
