"""A consultation's course line by line, in words, with the silences between; for every wing that shows it (AD09)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask_babel import format_decimal
from flask_babel import gettext as _

from gateway.domain.people import ActorKind
from gateway.domain.records import TimelineRow
from gateway.web.words.timeline import actor_words, detail_words, role_words, words_of

GAP = timedelta(seconds=30)


def lines_of(rows: Sequence[TimelineRow]) -> list[dict[str, Any]]:
    """Each line with the time since the one before; ``gap`` where nothing happened for 30 s or more (AD09)."""
    lines = []
    before: datetime | None = None
    for row in rows:
        since = row.at - before if before else timedelta(0)
        lines.append(
            {
                "at": row.at,
                "kind": row.kind,
                "words": words_of(row),
                "detail": detail_words(row),
                "actor": actor_words()[ActorKind(row.actor_kind)],
                "role": role_words(row.actor_role),
                "since": duration(since),
                "gap": _("%(time)s uden hændelser", time=duration(since)) if since >= GAP else "",
            }
        )
        before = row.at
    return lines


def duration(length: timedelta) -> str:
    """``0,4 s``, ``42 s``, ``4 min 5 s`` or ``1 t 12 min``; in English ``0.4 s`` and ``1 h 12 min``."""
    seconds = length.total_seconds()
    if seconds < 10:
        return f"{format_decimal(round(seconds, 1), '0.0')} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return (
        f"{minutes} min {rest} s"
        if minutes < 60
        else _("%(hours)s t %(minutes)s min", hours=minutes // 60, minutes=minutes % 60)
    )
