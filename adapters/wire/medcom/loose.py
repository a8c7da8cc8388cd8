"""A stranger's JSON, read as what it should be: anything else is empty. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]


def mapping(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def listed(value: Any) -> list[Json]:
    """The objects of a list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def moment(value: Any) -> datetime | None:
    """In UTC; None for what is no time, or a time without its zone."""
    try:
        at = datetime.fromisoformat(text(value))
    except ValueError:
        return None
    try:
        return at.astimezone(UTC) if at.tzinfo else None
    except (OverflowError, ValueError):
        return None  # in the year 1 or 9999
