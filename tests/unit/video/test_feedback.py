"""Transport-cc feedback, read back by a parser written from the draft, not from our writer."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st

from video.packets.feedback import Arrivals, received_numbers


def parse(packet: bytes) -> tuple[dict[int, float], int]:
    """({number: arrival in s}, count) of one feedback packet (draft-holmer-rmcat-transport-wide-cc-01 §3.1)."""
    first, kind, words = struct.unpack_from("!BBH", packet)
    assert (first & 31, kind) == (15, 205) and len(packet) == 4 * (words + 1)
    end = len(packet) - (packet[-1] if first & 32 else 0)
    base, count, reference = struct.unpack_from("!HHI", packet, 12)
    statuses: list[int] = []
    at = 20
    while len(statuses) < count:
        (chunk,) = struct.unpack_from("!H", packet, at)
        at += 2
        if not chunk >> 15:
            statuses += [chunk >> 13 & 3] * (chunk & 0x1FFF)
        elif chunk >> 14 & 1:
            statuses += [chunk >> shift & 3 for shift in range(12, -1, -2)]
        else:
            statuses += [chunk >> shift & 1 for shift in range(13, -1, -1)]
    arrivals: dict[int, float] = {}
    ticks = (reference >> 8) * 256
    for place, status in enumerate(statuses[:count]):
        if status == 1:
            ticks += packet[at]
            at += 1
        elif status == 2:
            ticks += struct.unpack_from("!h", packet, at)[0]
            at += 2
        if status:
            arrivals[(base + place) & 0xFFFF] = ticks / 4000
    assert at == end
    return arrivals, count


def _feedback(arrivals: Arrivals) -> tuple[dict[int, float], int]:
    packet = arrivals.feedback(1, 2)
    assert packet is not None
    assert struct.unpack_from("!II", packet, 4) == (1, 2)
    return parse(packet)


def test_nothing_arrived_nothing_said() -> None:
    assert Arrivals().feedback(1, 2) is None


def test_arrivals_and_losses_are_told_across_the_wrap() -> None:
    arrivals = Arrivals()
    times = {65534: 5.0, 65535: 5.001, 1: 5.100, 2: 5.099, 4: 6.0}
    for number, at in times.items():
        arrivals.note((number, at))
    told, count = _feedback(arrivals)
    assert count == 7 and set(told) == set(times)
    for number, at in times.items():
        assert abs(told[number] - at) <= 1 / 4000


def test_what_was_lost_between_two_feedbacks_is_told_by_the_second() -> None:
    arrivals = Arrivals()
    arrivals.note((10, 1.0))
    assert _feedback(arrivals)[1] == 1
    arrivals.note((14, 1.05))
    told, count = _feedback(arrivals)
    assert set(told) == {14} and count == 4


def test_feedbacks_are_counted() -> None:
    arrivals = Arrivals()
    counts = []
    for number in range(300):
        arrivals.note((number, number / 100))
        packet = arrivals.feedback(1, 2)
        assert packet is not None
        counts.append(packet[19])
    assert counts == [n & 255 for n in range(300)]


@given(
    st.integers(0, 0xFFFF),
    st.lists(st.tuples(st.integers(1, 12), st.floats(0, 0.3, allow_nan=False)), min_size=1, max_size=120),
)
def test_any_pattern_of_losses_and_delays_is_read_back(start: int, steps: list[tuple[int, float]]) -> None:
    arrivals, expected = Arrivals(), {}
    number, at = start, 100.0
    for step, pause in steps:
        arrivals.note((number & 0xFFFF, at))
        expected[number] = at
        number, at = number + step, at + pause
    last = max(expected)
    kept = {n: t for n, t in expected.items() if n > last - 600}
    told, _ = _feedback(arrivals)
    assert set(told) == {n & 0xFFFF for n in kept}
    assert all(abs(told[n & 0xFFFF] - t) <= 1 / 4000 for n, t in kept.items())


@given(
    st.integers(0, 0xFFFF),
    st.lists(st.lists(st.sampled_from([1] * 9 + [2, 3]), min_size=1, max_size=30), min_size=2, max_size=8),
)
def test_feedbacks_tell_every_arrival_and_follow_one_another_without_a_gap(start: int, turns: list[list[int]]) -> None:
    arrivals, number, at, ended = Arrivals(), start, 100.0, None
    for turn in turns:
        expected = {}
        for step in turn:
            number, at = number + step, at + 0.004
            expected[number & 0xFFFF] = at
            arrivals.note((number & 0xFFFF, at))
        packet = arrivals.feedback(1, 2)
        assert packet is not None
        told, count = parse(packet)
        assert all(abs(told.pop(n) - t) <= 1 / 4000 for n, t in expected.items()) and not told
        (first,) = struct.unpack_from("!H", packet, 12)
        assert ended in (None, first)
        ended = (first + count) & 0xFFFF
        assert ended == (number + 1) & 0xFFFF


@given(st.lists(st.integers(0, 0xFFFF), min_size=1, max_size=300))
def test_a_hostile_sequence_of_numbers_keeps_the_feedback_small(numbers: list[int]) -> None:
    arrivals = Arrivals()
    for place, number in enumerate(numbers):
        arrivals.note((number, place / 1000))
    packet = arrivals.feedback(1, 2)
    assert packet is not None and len(packet) < 1400
    parse(packet)


@given(st.sets(st.integers(1000, 1200), min_size=1))
def test_what_a_browser_reports_as_arrived_is_read(numbers: set[int]) -> None:
    arrivals = Arrivals()
    for number in numbers:
        arrivals.note((number, 5.0 + number / 1000))
    packet = arrivals.feedback(1, 2)
    assert packet is not None and received_numbers(packet) == sorted(numbers)


def test_vectors_of_single_bits_are_read_too() -> None:
    head = struct.pack("!BBHIIHHI", 0x8F, 205, 5, 1, 2, 65530, 14, 0)
    assert received_numbers(head + struct.pack("!H", 0x8000 | 0b10110000000001)) == [65530, 65532, 65533, 65543]


@given(st.binary(max_size=200))
def test_no_feedback_however_spoilt_reports_more_than_it_could(part: bytes) -> None:
    assert len(received_numbers(part)) <= 0xFFFF
