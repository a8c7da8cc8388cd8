"""Opening hours as a form sends them: two spans a weekday, a switch and until when, pauses, closed days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise

from gateway.domain.consultation.typed_moment import typed_clock, typed_day
from gateway.domain.errors import InvalidField
from gateway.domain.practice import COPENHAGEN, Span, VideoHours

SPANS = 2
LONGEST_HOLIDAY = timedelta(days=90)


def weekly_from(form: Mapping[str, str], hours: VideoHours) -> VideoHours:
    """``hours`` with the weekly spans of the form; an empty pair is no span. ``InvalidField`` names the weekday."""
    weekly = {day: spans for day in range(7) if (spans := _spans(form, day))}
    return replace(hours, weekly=weekly)


def _spans(form: Mapping[str, str], day: int) -> tuple[Span, ...]:
    found = [span for number in range(SPANS) if (span := _span(form, day, number))]
    spans = sorted(found, key=lambda span: span.opens)
    for earlier, later in pairwise(spans):
        if later.opens < earlier.closes:
            raise InvalidField(f"hours.{day}", "overlap")
    return tuple(spans)


def _span(form: Mapping[str, str], day: int, number: int) -> Span | None:
    opens, closes = (form.get(f"{edge}-{day}-{number}", "").strip() for edge in ("opens", "closes"))
    if not opens and not closes:
        return None
    span = Span(typed_clock(opens, f"hours.{day}"), typed_clock(closes, f"hours.{day}"))
    if span.opens >= span.closes:
        raise InvalidField(f"hours.{day}", "ends-before-it-starts")
    return span


def switched(position: str, until: str, hours: VideoHours, now: datetime) -> VideoHours:
    """The big switch: ``open``, ``closed`` or ``hours``, with an optional time today at which it lets go."""
    if position not in ("open", "closed", "hours"):
        raise InvalidField("switch", "required")
    if position == "hours":
        return replace(hours, switch=None, switch_until=None)
    return replace(hours, switch=position == "open", switch_until=_until(until, now))


def _until(text: str, now: datetime) -> datetime | None:
    if not text.strip():
        return None
    wanted = typed_clock(text, "until")
    today = now.astimezone(COPENHAGEN).date()
    at = datetime.combine(today, wanted, COPENHAGEN)
    return at if at > now else datetime.combine(today + timedelta(days=1), wanted, COPENHAGEN)


def paused(until: str, hours: VideoHours, now: datetime) -> VideoHours:
    """ "Pause til kl. …", or back at work where no time is named."""
    if not until:
        return replace(hours, paused_until=None)
    return replace(hours, paused_until=_until(until, now))


def holiday(begins: str, ends: str, hours: VideoHours, today: date) -> tuple[VideoHours, date, date]:
    """Closed from one day to another, both included; with the hours, the two days."""
    first, last = typed_day(begins, today, "from"), typed_day(ends, today, "to")
    if last < first:
        raise InvalidField("to", "ends-before-it-starts")
    if last < today or last - first > LONGEST_HOLIDAY:
        raise InvalidField("to", "not-a-date")
    days = {first + timedelta(days=n): () for n in range((last - first).days + 1)}
    kept = {day: spans for day, spans in hours.exceptions.items() if day >= today}
    return replace(hours, exceptions=kept | days), first, last


def opened_on(text: str, hours: VideoHours) -> VideoHours:
    """A dated exception taken off: that day follows the week again."""
    day = typed_day(text, date.max, "day")
    return replace(hours, exceptions={d: spans for d, spans in hours.exceptions.items() if d != day})
