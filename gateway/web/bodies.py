"""Request bodies of programs, read strictly: a JSON object or a 4xx that names what is wrong."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from flask import request
from werkzeug.exceptions import UnsupportedMediaType

from gateway.domain.errors import InvalidField
from gateway.domain.practice import COPENHAGEN
from gateway.web.guards import current_gateway

FARTHEST = timedelta(days=366)  # an agreement further away is a slip of the finger


def json_object() -> dict[str, Any]:
    """The body as an object; an empty body is an empty one. Raises 415, or ``InvalidField`` on ``body``."""
    raw = request.get_data()
    if not raw:
        return {}
    if request.mimetype not in ("application/json", "application/problem+json"):
        raise UnsupportedMediaType
    parsed = _parsed(raw)
    if not isinstance(parsed, dict):
        raise InvalidField("body", "not-an-object")
    return parsed


def _parsed(raw: bytes) -> Any:
    """Half a surrogate pair is JSON but no text (RFC 8259 §8.2): nothing could store it."""
    try:
        parsed = json.loads(raw)
        json.dumps(parsed, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise InvalidField("body", "not-json") from None
    return parsed


def text_of(body: dict[str, Any], name: str) -> str:
    """A field that must be text; absent is empty."""
    value = body.get(name, "")
    if not isinstance(value, str):
        raise InvalidField(name, "malformed")
    return value


def flattened(document: dict[str, Any], prefix: str = "") -> dict[str, str]:
    """Nested objects as a form would send them: ``{"consent": {"answer": …}}`` → ``{"consent.answer": …}``."""
    flat: dict[str, str] = {}
    for name, value in document.items():
        if isinstance(value, dict):
            flat |= flattened(value, f"{prefix}{name}.")
        elif isinstance(value, str | int | float):
            flat[prefix + name] = str(value)
        elif value is not None and not isinstance(value, list):
            raise InvalidField(prefix + name, "malformed")
    return flat


def local_moment(field: str, text: str) -> datetime:
    """An ISO time; without a zone it is Copenhagen's. ``InvalidField`` where it is none, or more than a year away."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidField(field, "not-a-time") from None
    aware = at if at.tzinfo else at.replace(tzinfo=COPENHAGEN)
    if abs(aware - current_gateway().clock.now()) > FARTHEST:
        raise InvalidField(field, "not-a-time")
    return aware
