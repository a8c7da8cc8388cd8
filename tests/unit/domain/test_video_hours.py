"""When a practice takes video: weekly hours in local time, exceptions, the switch, and the two odd days of the year."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.practice import COPENHAGEN, Span, VideoHours

MORNING, AFTERNOON = Span(time(8), time(12)), Span(time(13), time(15))
WEEKDAYS = VideoHours(weekly={day: (MORNING, AFTERNOON) for day in range(5)})
MONDAY = date(2026, 11, 23)
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)  # 23 and 25 hours


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), COPENHAGEN).astimezone(UTC)


def test_the_first_minute_counts_and_the_last_does_not() -> None:
    assert not WEEKDAYS.is_open(at(MONDAY, 7, 59))
    assert WEEKDAYS.is_open(at(MONDAY, 8))
    assert WEEKDAYS.is_open(at(MONDAY, 11, 59))
    assert not WEEKDAYS.is_open(at(MONDAY, 12))


def test_between_two_spans_it_reopens_the_same_day() -> None:
    noon = at(MONDAY, 12, 30)
    assert WEEKDAYS.closes_at(noon) is None
    assert WEEKDAYS.reopens_at(noon) == at(MONDAY, 13)


def test_friday_evening_it_reopens_on_monday() -> None:
    friday = MONDAY - timedelta(days=3)
    assert WEEKDAYS.reopens_at(at(friday, 16)) == at(MONDAY, 8)


def test_an_exception_replaces_the_week() -> None:
    hours = VideoHours(weekly=WEEKDAYS.weekly, exceptions={MONDAY: ()})
    assert not hours.is_open(at(MONDAY, 9))
    assert hours.reopens_at(at(MONDAY, 9)) == at(MONDAY + timedelta(days=1), 8)
    saturday = MONDAY + timedelta(days=5)
    extra = VideoHours(weekly=WEEKDAYS.weekly, exceptions={saturday: (MORNING,)})
    assert extra.is_open(at(saturday, 9))
    assert extra.closes_at(at(saturday, 9)) == at(saturday, 12)


def test_the_switch_overrules_the_hours_until_its_time() -> None:
    closed = VideoHours(weekly=WEEKDAYS.weekly, switch=False, switch_until=at(MONDAY, 10))
    assert not closed.is_open(at(MONDAY, 9))
    assert closed.reopens_at(at(MONDAY, 9)) == at(MONDAY, 10)
    assert closed.is_open(at(MONDAY, 10))
    opened = VideoHours(switch=True, switch_until=at(MONDAY, 18))
    assert opened.is_open(at(MONDAY, 17))
    assert opened.closes_at(at(MONDAY, 17)) == at(MONDAY, 18)
    assert not opened.is_open(at(MONDAY, 18))


def test_a_switch_without_an_end_stays() -> None:
    assert VideoHours(weekly=WEEKDAYS.weekly, switch=False).reopens_at(at(MONDAY, 9)) is None
    assert VideoHours(switch=True).closes_at(at(MONDAY, 3)) is None


def test_a_closing_that_ends_at_night_reopens_in_the_morning() -> None:
    closed = VideoHours(weekly=WEEKDAYS.weekly, switch=False, switch_until=at(MONDAY, 22))
    assert closed.reopens_at(at(MONDAY, 9)) == at(MONDAY + timedelta(days=1), 8)


def test_opening_follows_the_clock_on_the_wall_through_both_changes() -> None:
    daily = VideoHours(weekly={day: (MORNING,) for day in range(7)})
    before_spring, before_autumn = at(SPRING - timedelta(days=1), 20), at(AUTUMN - timedelta(days=1), 20)
    spring, autumn = daily.reopens_at(before_spring), daily.reopens_at(before_autumn)
    assert spring is not None and autumn is not None
    assert spring.astimezone(UTC) - before_spring == timedelta(hours=11)
    assert autumn.astimezone(UTC) - before_autumn == timedelta(hours=13)


def test_local_midnight_belongs_to_the_new_day() -> None:
    night = VideoHours(weekly={0: (Span(time(0), time(6)),)})
    assert night.is_open(at(MONDAY, 0))
    assert not night.is_open(at(MONDAY, 0) - timedelta(seconds=1))


SPANS = st.builds(
    lambda a, b: Span(*sorted((time(a // 4, a % 4 * 15), time(b // 4, b % 4 * 15)))),
    st.integers(0, 95),
    st.integers(0, 95),
)
WEEKS = st.dictionaries(st.integers(0, 6), st.tuples(SPANS) | st.tuples(SPANS, SPANS))
MOMENTS = st.integers(0, 370 * 24 * 4).map(lambda q: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=15 * q))


@given(WEEKS, MOMENTS)
def test_open_means_it_closes_later_and_reopening_is_an_opening(
    week: dict[int, tuple[Span, ...]], now: datetime
) -> None:
    hours = VideoHours(weekly=week)
    closes, reopens = hours.closes_at(now), hours.reopens_at(now)
    assert (closes is not None) == hours.is_open(now)
    assert closes is None or closes.astimezone(UTC) > now
    if reopens is not None:
        assert reopens.astimezone(UTC) > now
