"""What may be kept as a picture: a canvas's JPEG and nothing that a file could carry beside it."""

from __future__ import annotations

from itertools import count, takewhile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.errors import InvalidField
from gateway.domain.note.jpeg import size_of
from gateway.domain.note.still import LARGEST_STILL, LONGEST_EDGE
from tests.support.pages.jpegs import END, frame, jpeg, segment

EXIF = segment(0xE1, b"Exif\0\0MM\0*\0\0\0\x08\0\0")
WHOLE = jpeg()


def reason(data: bytes) -> str:
    with pytest.raises(InvalidField) as fault:
        size_of(data)
    assert fault.value.field == "still"
    return fault.value.reason


def test_a_picture_is_measured() -> None:
    assert size_of(jpeg(1920, 1080)) == (1920, 1080)
    assert size_of(jpeg(64, 48, beside=segment(0xDD, b"\0\0"))) == (64, 48)


@pytest.mark.parametrize("marker", [*range(0xE0, 0xF0), 0xFE], ids=hex)
def test_metadata_is_refused_whatever_its_kind(marker: int) -> None:
    assert reason(jpeg(beside=segment(marker, b"Exif\0\0 55.676 12.568"))) == "metadata"


def test_a_thumbnail_or_a_second_header_is_refused() -> None:
    thumbnail = WHOLE.replace(
        b"\x00\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0", b"\x00\x13JFIF\0\x01\x01\0\0\x01\0\x01\x01\x01abc"
    )
    assert reason(thumbnail) == "metadata"
    assert reason(jpeg(beside=segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"))) == "metadata"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xd8",
        b"\x89PNG\r\n\x1a\n" + WHOLE,
        b"<svg/>" + WHOLE,
        WHOLE + b"PK\x03\x04",
        WHOLE + WHOLE,
        WHOLE[:-2],
        WHOLE[:-2] + frame(64, 48) + END,
        b"\xff\xd8" + END,
        jpeg(beside=segment(0xDB, b"%PDF-1.7")),
        jpeg(beside=segment(0xC4, b"<script>")),
        jpeg(beside=segment(0xDC, b"\0\0")),
        jpeg(beside=b"\xff\xe1\0\0"),
        jpeg(beside=segment(0xDB, b"")),
    ],
)
def test_another_file_in_or_about_it_is_refused(data: bytes) -> None:
    assert reason(data) == "not-jpeg"


def test_size_has_its_limits() -> None:
    assert reason(jpeg(LONGEST_EDGE + 1, 48)) == "dimensions"
    assert reason(jpeg(64, 0)) == "dimensions"
    assert reason(WHOLE + b"\0" * LARGEST_STILL) == "too-long"


def test_no_part_of_a_picture_is_one() -> None:
    for length in takewhile(lambda n: n < len(WHOLE), count()):
        with pytest.raises(InvalidField):
            size_of(WHOLE[:length])


@given(st.binary(max_size=300), st.integers(0, len(WHOLE)))
def test_nothing_but_a_field_fault_comes_of_any_bytes(noise: bytes, at: int) -> None:
    for data in (noise, WHOLE[:at] + noise, WHOLE[:at] + noise + WHOLE[at:]):
        try:
            size_of(data)
        except InvalidField:
            continue
