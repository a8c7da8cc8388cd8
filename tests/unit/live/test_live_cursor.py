"""Reading the event log forwards: nothing twice, nothing lost, no waiting for ever."""

from __future__ import annotations

from gateway.live.cursor import GAP_SECONDS, Cursor


def test_each_number_is_fresh_once() -> None:
    cursor = Cursor(4)
    assert cursor.fresh([5, 6], 0.0) == {5, 6}
    assert cursor.fresh([5, 6, 7], 1.0) == {7}
    assert cursor.low == 7


def test_a_number_committed_late_is_still_told() -> None:
    cursor = Cursor(0)
    assert cursor.fresh([1, 3], 0.0) == {1, 3}
    assert cursor.low == 1
    assert cursor.fresh([2, 3], GAP_SECONDS - 1) == {2}
    assert cursor.low == 3


def test_a_number_that_never_comes_is_given_up() -> None:
    cursor = Cursor(0)
    cursor.fresh([2, 3], 0.0)
    assert cursor.fresh([2, 3], GAP_SECONDS + 1) == set()
    assert cursor.low == 3
