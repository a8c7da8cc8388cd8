"""Opening hours as a form sends them."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from gateway.domain.errors import InvalidField
from gateway.domain.practice import Span, VideoHours
from gateway.web.clinic.video_hours import switched, weekly_from

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)  # 12.00 in Copenhagen


def test_two_spans_a_day_in_order_of_time() -> None:
    form = {"opens-0-0": "13:00", "closes-0-0": "15:00", "opens-0-1": "09:00", "closes-0-1": "11:00"}
    weekly = weekly_from(form, VideoHours()).weekly
    assert weekly == {0: (Span(time(9), time(11)), Span(time(13), time(15)))}


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        ({"opens-3-0": "09:00"}, "not-a-clock"),
        ({"opens-3-0": "9 o'clock", "closes-3-0": "10:00"}, "not-a-clock"),
        ({"opens-3-0": "10:00", "closes-3-0": "10:00"}, "ends-before-it-starts"),
        ({"opens-3-0": "09:00", "closes-3-0": "12:00", "opens-3-1": "11:00", "closes-3-1": "13:00"}, "overlap"),
    ],
)
def test_what_makes_no_sense_names_the_weekday(form: dict[str, str], reason: str) -> None:
    with pytest.raises(InvalidField) as refused:
        weekly_from(form, VideoHours())
    assert (refused.value.field, refused.value.reason) == ("hours.3", reason)


def test_the_switch_overrules_until_it_lets_go() -> None:
    closed = switched("closed", "13:30", VideoHours(), NOON)
    assert not closed.is_open(NOON)
    assert closed.switch_until == datetime(2026, 11, 23, 12, 30, tzinfo=UTC)
    tomorrow = switched("open", "08:00", VideoHours(), NOON)
    assert tomorrow.switch_until == datetime(2026, 11, 24, 7, 0, tzinfo=UTC)


def test_following_the_hours_again_forgets_the_switch() -> None:
    assert switched("hours", "", VideoHours(switch=False), NOON) == VideoHours()


def test_a_switch_without_a_position_is_refused() -> None:
    with pytest.raises(InvalidField):
        switched("perhaps", "", VideoHours(), NOON)
