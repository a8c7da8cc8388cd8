"""The overview's live document: what must change before an open page of it is renewed. No person in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from gateway.domain.peers.overview import ConnectionLine


def overview_document(lines: Sequence[ConnectionLine], now: datetime) -> dict[str, Any]:
    """``settling``: minutes pass and peers fall ill without an event of ours, so the stream looks by the clock."""
    return {"settling": True, "rows": [_row(line, now) for line in lines]}


def _row(line: ConnectionLine, now: datetime) -> list[Any]:
    oldest = line.owed.oldest
    minutes = None if oldest is None else int((now - oldest).total_seconds() // 60)
    last = line.health.last_success_at
    minute = last.replace(second=0, microsecond=0).isoformat() if last else ""
    return [line.name, str(line.condition), line.reason, line.owed.waiting, line.owed.asks, minutes, minute]
