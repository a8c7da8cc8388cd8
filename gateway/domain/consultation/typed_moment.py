"""Days and times as people write them in Danish: ``24.11.2026``, ``24/11``, ``24. november``, ``9.15``, ``0915``.

Pages take them as text, since a browser's own fields follow the browser's language and put the month first in some.
ISO (``2026-11-24``, ``09:15``) is read as well, as programs write it.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time

from gateway.domain.consultation.arranging import FARTHEST
from gateway.domain.errors import InvalidField
from gateway.domain.practice import COPENHAGEN, danish_day

_MONTHS = ("jan", "feb", "mar", "apr", "maj", "jun", "jul", "aug", "sep", "okt", "nov", "dec")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DAY = re.compile(r"(\d{1,2})[.\-/, ]+(?:(\d{1,2})|([a-zæøå]{3,9})\.?)(?:[.\-/, ]+(\d{4}|\d{2}))?\.?")
_DIGITS = re.compile(r"(\d{2})(\d{2})()(\d{4}|\d{2})?")
_CLOCK = re.compile(r"(?:kl\.?)?\s*(\d{1,2}?)(?:\s*[.:, ]?\s*(\d{2}))?(?::\d{2})?")


def typed_day(text: str, today: date, field: str) -> date:
    """``InvalidField`` on ``field`` where it is no day. Without a year it is the one nearest to today."""
    said = text.strip().lower()
    if iso := _ISO.fullmatch(said):
        return _day(field, *map(int, iso.groups()))
    parts = _DAY.fullmatch(said) or _DIGITS.fullmatch(said)
    month = _month_of(parts.group(2), parts.group(3)) if parts else 0
    if parts is None or not month:
        raise InvalidField(field, "not-a-day")
    day, year = int(parts.group(1)), parts.group(4)
    if year is not None:
        return _day(field, int(year) + (2000 if len(year) == 2 else 0), month, day)
    years = [y for y in (today.year - 1, today.year, today.year + 1) if _exists(y, month, day)]
    near = [date(y, month, day) for y in years]
    return min(near, key=lambda one: abs(one - today)) if near else _day(field, today.year, month, day)


def typed_clock(text: str, field: str) -> time:
    """``InvalidField`` on ``field`` where it is no time of day."""
    parts = _CLOCK.fullmatch(text.strip().lower())
    try:
        if parts is None:
            raise ValueError
        return time(int(parts.group(1)), int(parts.group(2) or 0))
    except ValueError:
        raise InvalidField(field, "not-a-clock") from None


def local_moment(field: str, text: str, now: datetime) -> datetime:
    """An ISO time; without a zone it is Copenhagen's. ``InvalidField`` where it is none, or more than a year away."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidField(field, "not-a-time") from None
    return _near(field, at if at.tzinfo else at.replace(tzinfo=COPENHAGEN), now)


def typed_moment(field: str, day: str, clock: str, now: datetime) -> datetime:
    """A day and a time of day in Copenhagen as people write them; no day is today. The day's own fault is on a field
    of its own, so that it is said beside it."""
    today = danish_day(now)
    on = typed_day(day, today, field.replace("_at", "_date")) if day.strip() else today
    return _near(field, datetime.combine(on, typed_clock(clock, field), COPENHAGEN), now)


def _near(field: str, at: datetime, now: datetime) -> datetime:
    if abs(at - now) > FARTHEST:
        raise InvalidField(field, "not-a-time")
    return at


def _month_of(number: str | None, name: str | None) -> int:
    """By its number, or by the first three letters of its name; 0 where there is none of that name."""
    if not name:
        return int(number or 0)
    return _MONTHS.index(name[:3]) + 1 if name[:3] in _MONTHS else 0


def _exists(year: int, month: int, day: int) -> bool:
    try:
        return bool(date(year, month, day))
    except ValueError:
        return False


def _day(field: str, year: int, month: int, day: int) -> date:
    if not _exists(year, month, day):
        raise InvalidField(field, "not-a-day")
    return date(year, month, day)
