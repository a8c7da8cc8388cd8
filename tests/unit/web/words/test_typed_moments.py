"""Days and times of day as people write them in Danish, whatever the browser's language (requirements.md U02)."""

from __future__ import annotations

from datetime import date

import pytest

from gateway.domain.consultation.typed_moment import typed_clock, typed_day
from gateway.domain.errors import InvalidField

TODAY = date(2026, 11, 30)
DAYS = {
    "2026-11-24": ("24.11.2026", "24-11-2026", "24/11 2026", "24/11-26", "24.11", "24. november", "24112026", "2411",
        "2026-11-24"),
    "2027-01-03": ("3.1", "3. jan. 2027", "03012027"),
    "2028-02-29": ("29.2.2028",),
}  # fmt: skip
CLOCKS = {"09:15": ("9.15", "9:15", "09.15", "0915", "915", "kl. 9.15", "9,15", "09:15:00"), "09:00": ("9", "kl 9")}


def test_a_day_is_read_with_the_day_before_the_month() -> None:
    for day, ways in DAYS.items():
        assert {way: typed_day(way, TODAY, "day").isoformat() for way in ways} == dict.fromkeys(ways, day)


def test_a_time_of_day_is_read_with_a_dot_a_colon_or_neither() -> None:
    for clock, ways in CLOCKS.items():
        assert {way: f"{typed_clock(way, 'at'):%H:%M}" for way in ways} == dict.fromkeys(ways, clock)


@pytest.mark.parametrize("text", ["11/24/2026", "29.2.2027", "31.4", "i overmorgen", "", "12.2x"])
def test_what_is_no_day_is_named(text: str) -> None:
    with pytest.raises(InvalidField) as refused:
        typed_day(text, TODAY, "agreed_date")
    assert (refused.value.field, refused.value.reason) == ("agreed_date", "not-a-day")


@pytest.mark.parametrize("text", ["25.00", "9.60", "12.5", "", "ni"])
def test_what_is_no_time_of_day_is_named(text: str) -> None:
    with pytest.raises(InvalidField) as refused:
        typed_clock(text, "agreed_at")
    assert (refused.value.field, refused.value.reason) == ("agreed_at", "not-a-clock")
