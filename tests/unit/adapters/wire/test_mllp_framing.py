"""Frames come out as they went in, however the bytes are cut; floods end, and nothing grows without bound."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.wire.mllp import STRAY_LIMIT, Deframer, FrameTooLong, framed

CONTENT = st.binary(max_size=80).filter(lambda each: b"\x0b" not in each and b"\x1c" not in each)


@given(messages=st.lists(CONTENT, max_size=6), cuts=st.lists(st.integers(1, 40), min_size=1))
def test_however_the_stream_is_cut_the_same_messages_come_out(messages: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(framed(each) for each in messages)
    frames, found, turn = Deframer(), [], 0
    while stream:
        size = cuts[turn % len(cuts)]
        found += list(frames.feed(stream[:size]))
        stream, turn = stream[size:], turn + 1
    assert found == messages
    assert not frames.inside


@given(noise=st.lists(st.binary(max_size=300), max_size=20))
def test_any_noise_is_bounded(noise: list[bytes]) -> None:
    frames = Deframer(limit=500)
    try:
        for piece in noise:
            for message in frames.feed(piece):
                assert len(message) <= 500
            assert len(frames._buffer) <= 500 + 300
    except FrameTooLong as flood:
        assert len(flood.head) <= 4096


def test_noise_between_frames_is_skipped() -> None:
    frames = Deframer()
    assert list(frames.feed(b"\r\n\x00" + framed(b"one") + b"\r\r" + framed(b"two"))) == [b"one", b"two"]


def test_a_second_start_gives_up_the_first_half() -> None:
    frames = Deframer()
    assert list(frames.feed(b"\x0bMSH|half" + framed(b"MSH|whole"))) == [b"MSH|whole"]


def test_a_line_break_of_a_word_processor_begins_nothing_anew() -> None:
    text = b"MSH|^~\\&|\rNTE|1|L|first\x0bsecond\x0b\x0bthird\r"
    assert list(Deframer().feed(framed(text))) == [text]


def test_an_end_without_its_return_is_an_end_where_nothing_or_the_next_frame_follows() -> None:
    frames = Deframer()
    assert list(frames.feed(b"\x0bone\x1c\x0btwo\x1c\nnoise\x0bthree\x1c")) == [b"one", b"two", b"three"]
    assert list(frames.feed(b"\r" + framed(b"four"))) == [b"four"], "the return may come later"
    assert not frames.inside


def test_an_end_sign_within_a_line_is_content() -> None:
    frames = Deframer()
    assert list(frames.feed(b"\x0ba\x1cb")) == []
    assert list(frames.feed(b"\x1cc\x1c\r")) == [b"a\x1cb\x1cc"]


def test_a_frame_without_an_end_is_cut_off_at_the_limit() -> None:
    frames = Deframer(limit=10_000)
    with pytest.raises(FrameTooLong) as flood:
        for _ in range(20):
            list(frames.feed(b"\x0bMSH|" if not frames.inside else b"x" * 1000))
    assert flood.value.head.startswith(b"MSH|")


def test_what_was_whole_before_a_flood_still_comes_out() -> None:
    frames, found = Deframer(limit=100), []
    with pytest.raises(FrameTooLong):
        for message in frames.feed(framed(b"whole") + b"\x0b" + b"x" * 200):
            found.append(message)
    assert found == [b"whole"]


def test_a_whole_frame_above_the_limit_is_refused_too() -> None:
    with pytest.raises(FrameTooLong):
        list(Deframer(limit=100).feed(framed(b"x" * 101)))


def test_a_flood_outside_any_frame_is_refused() -> None:
    frames = Deframer()
    with pytest.raises(FrameTooLong):
        for _ in range(3):
            list(frames.feed(b"x" * (STRAY_LIMIT // 2)))
