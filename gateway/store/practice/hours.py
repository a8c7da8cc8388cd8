"""Video hours as JSON, as they lie in the row: local times without dates, days as ISO dates, weekdays as numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from gateway.domain.practice import Span, VideoHours


def written(hours: VideoHours) -> dict[str, Any]:
    return {
        "weekly": {str(day): _spans(spans) for day, spans in hours.weekly.items()},
        "exceptions": {day.isoformat(): _spans(spans) for day, spans in hours.exceptions.items()},
        "switch": hours.switch,
        "switch_until": hours.switch_until.isoformat() if hours.switch_until else None,
        "paused_until": hours.paused_until.isoformat() if hours.paused_until else None,
        "agreed_only": hours.agreed_only,
    }


def hours_of(stored: Mapping[str, Any]) -> VideoHours:
    until, paused = stored["switch_until"], stored.get("paused_until")  # rows older than pauses have none
    return VideoHours(
        weekly={int(day): _read(spans) for day, spans in stored["weekly"].items()},
        exceptions={date.fromisoformat(day): _read(spans) for day, spans in stored["exceptions"].items()},
        switch=stored["switch"],
        switch_until=datetime.fromisoformat(until) if until else None,
        paused_until=datetime.fromisoformat(paused) if paused else None,
        agreed_only=bool(stored.get("agreed_only", False)),
    )


def _spans(spans: Sequence[Span]) -> list[list[str]]:
    return [[span.opens.isoformat(), span.closes.isoformat()] for span in spans]


def _read(spans: Sequence[Sequence[str]]) -> tuple[Span, ...]:
    return tuple(Span(time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in spans)
