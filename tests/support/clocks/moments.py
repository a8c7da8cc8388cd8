"""The moments that tests must hold on: long after today, a leap day, both nights of daylight saving, about midnight."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time, timedelta

from gateway.domain.practice import COPENHAGEN

BEFORE_THE_CHANGE = timedelta(minutes=10)  # a run begins in the old time and ends in the new


def later(now: datetime) -> datetime:
    """More than a year on, so that a year's own limits (certificates, registers, leap years) are behind."""
    return now + timedelta(days=400)


def leap_day(now: datetime) -> datetime:
    """Noon of the next 29 February in Denmark."""
    leaping = filter(calendar.isleap, range(now.year, now.year + 10))
    noons = (datetime(year, 2, 29, 12, tzinfo=COPENHAGEN) for year in leaping)
    return next(noon for noon in noons if noon > now).astimezone(UTC)


def spring_night(now: datetime) -> datetime:
    """Shortly before 02.00 becomes 03.00: the last Sunday of March, 01.00 UTC (Directive 2000/84/EC)."""
    return _before_change(now, month=3)


def autumn_night(now: datetime) -> datetime:
    """Shortly before 03.00 becomes 02.00: the last Sunday of October, 01.00 UTC."""
    return _before_change(now, month=10)


def late_evening(now: datetime) -> datetime:
    """22.30 UTC: what waits an hour or two goes past midnight, in UTC or in Denmark."""
    return _next(now, time(22, 30, tzinfo=UTC))


def last_minutes(now: datetime) -> datetime:
    """23.55 UTC: the day in UTC changes during the run."""
    return _next(now, time(23, 55, tzinfo=UTC))


def first_minutes(now: datetime) -> datetime:
    """00.05 in Denmark, where the day has begun and in UTC has not."""
    return _next(now.astimezone(COPENHAGEN), time(0, 5, tzinfo=COPENHAGEN)).astimezone(UTC)


MOMENTS: Mapping[str, Callable[[datetime], datetime]] = {
    "later": later,
    "leap-day": leap_day,
    "spring-night": spring_night,
    "autumn-night": autumn_night,
    "late-evening": late_evening,
    "last-minutes": last_minutes,
    "first-minutes": first_minutes,
}


def of_the_day(day: int) -> str:
    """The moment's name for a day counted from anywhere: each in turn."""
    return list(MOMENTS)[day % len(MOMENTS)]


def _next(now: datetime, clock: time) -> datetime:
    today = datetime.combine(now.date(), clock)
    return today if today > now else datetime.combine(now.date() + timedelta(days=1), clock)


def _before_change(now: datetime, month: int) -> datetime:
    changes = (_last_sunday(year, month) - BEFORE_THE_CHANGE for year in (now.year, now.year + 1))
    return next(moment for moment in changes if moment > now)


def _last_sunday(year: int, month: int) -> datetime:
    """Its 01.00 UTC; March and October have 31 days."""
    last = datetime(year, month, 31, 1, tzinfo=UTC)
    return last - timedelta(days=(last.weekday() + 1) % 7)
