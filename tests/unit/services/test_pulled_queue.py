"""Where a practice that fetches goes on from: nothing that is committed late is lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from gateway.domain.records import StoredEvent
from gateway.services.practice_side.pulled_queue import settled

NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)


def event(seq: int, seconds_ago: float) -> StoredEvent:
    return StoredEvent(seq, UUID(int=1), UUID(int=2), "placed", "034835", NOW - timedelta(seconds=seconds_ago))


@pytest.mark.parametrize(
    ("seen", "reached"),
    [
        ([], 10),
        ([(11, 0), (12, 0)], 12),
        ([(12, 0)], 10),  # 11 may still be on its way
        ([(12, 60)], 12),  # nobody's transaction lives that long: 11 was rolled back
        ([(11, 0), (13, 60), (15, 1)], 13),
    ],
)
def test_the_cursor_stays_below_a_gap_until_nothing_can_fill_it(seen: list[tuple[int, float]], reached: int) -> None:
    assert settled([event(*each) for each in seen], 10, NOW) == reached
