"""Where polling stands: the newest change seen, and which versions near it, so that looking back repeats nothing.

Servers give a change its time before others can see it, so each poll looks back over an overlap; a version already
reported is known by its Task and versionId.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from adapters.wire.task.claims import changed_at
from adapters.wire.task.words import Json, mapping, text

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def version_of(task: Json) -> str:
    meta = mapping(task.get("meta"))
    return text(meta.get("versionId")) or text(meta.get("lastUpdated"))


@dataclass(frozen=True, slots=True)
class Cursor:
    """``seen``: Task.id → (version, time), for the Tasks changed within the overlap."""

    since: datetime
    seen: Mapping[str, tuple[str, datetime]] = field(default_factory=dict)

    @classmethod
    def decoded(cls, value: str) -> Cursor | None:
        """None for "" and for anything that is no cursor of ours: then polling starts from now."""
        try:
            words = json.loads(value)
            seen = {str(k): (str(v), datetime.fromisoformat(at)) for k, (v, at) in words["seen"].items()}
            since = datetime.fromisoformat(words["since"])
        except (ValueError, TypeError, LookupError, AttributeError):
            return None
        aware = since.tzinfo is not None and all(at.tzinfo for _, at in seen.values())
        return cls(since, seen) if aware else None

    def encoded(self) -> str:
        seen = {key: [version, at.isoformat()] for key, (version, at) in self.seen.items()}
        return json.dumps({"since": self.since.isoformat(), "seen": seen}, separators=(",", ":"))

    def is_news(self, task: Json) -> bool:
        known = self.seen.get(text(task.get("id")))
        return known is None or known[0] != version_of(task)

    def after(self, tasks: list[Json], overlap: timedelta) -> Cursor:
        """The next cursor: forgets what the next look back can no longer meet."""
        seen = dict(self.seen)
        since = self.since
        for task in tasks:
            at = changed_at(task)
            if at is not None:
                seen[text(task.get("id"))] = (version_of(task), at)
                since = max(since, at)
        return Cursor(since, {key: known for key, known in seen.items() if known[1] >= since - overlap})
