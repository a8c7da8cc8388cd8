"""A month's review: entries that are only added. Drawn once, judged, signed; after that nothing but addenda. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from gateway.domain.errors import InvalidField, TransitionRefused
from gateway.domain.log_review.drawing import Sample
from gateway.domain.practice import COPENHAGEN
from gateway.domain.uptake.statistics import months_over

DUE_DAY = 15  # of the following month, where the organisation has not said otherwise
SIZE = 20
LATE_MONTHS = 3  # so far back a month that nobody signed is looked for


class Judgement(StrEnum):
    JUSTIFIED = "justified"
    NOT_JUSTIFIED = "not-justified"
    EXAMINED = "examined"  # it is being looked into; what comes of it is an addendum


class EntryKind(StrEnum):
    DRAWN = "drawn"
    JUDGED = "judged"
    SIGNED = "signed"
    ADDED = "added"  # after the signature: what is to be said besides


@dataclass(frozen=True, slots=True)
class Entry:
    """``seq``: the row of the trail it is about; 0 for the whole month. ``digest``: what a signature stands for."""

    kind: EntryKind
    at: datetime
    by: str
    name: str = field(repr=False)
    seq: int = 0
    judgement: Judgement | None = None
    note: str = field(default="", repr=False)
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Review:
    """``month``: its first day. The first entry is the draw."""

    month: date
    sample: Sample
    entries: Sequence[Entry]

    @property
    def drawn(self) -> Entry:
        return self.entries[0]

    @property
    def signature(self) -> Entry | None:
        return next((each for each in self.entries if each.kind is EntryKind.SIGNED), None)

    @property
    def judged(self) -> Mapping[int, Entry]:
        """The last verdict on each row, before the signature."""
        return {each.seq: each for each in self.entries if each.kind is EntryKind.JUDGED}

    @property
    def left(self) -> Sequence[int]:
        """The rows that nobody has judged yet."""
        return [seq for seq in self.sample.rules if seq not in self.judged]

    def added_to(self, seq: int) -> Sequence[Entry]:
        return [each for each in self.entries if each.kind is EntryKind.ADDED and each.seq == seq]

    @property
    def digest(self) -> str:
        """SHA-256 over the month, the rows drawn, and each verdict with who gave it and when."""
        lines = [f"{self.month:%Y-%m}", *(f"{seq} {' '.join(rules)}" for seq, rules in self.sample.rules.items())]
        for seq, each in sorted(self.judged.items()):
            lines.append(repr((seq, str(each.judgement), each.note, each.by, each.at.isoformat())))
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def judge(review: Review, entry: Entry) -> Entry:
    """A verdict before the signature, an addendum after it. A row that is not simply justified says why."""
    if entry.seq not in review.sample.rules:
        raise InvalidField("seq", "unknown")
    if not entry.note and entry.judgement is not Judgement.JUSTIFIED:
        raise InvalidField("note", "say-why")
    kind = EntryKind.ADDED if review.signature else EntryKind.JUDGED
    if kind is EntryKind.ADDED and not entry.note:
        raise InvalidField("note", "say-why")
    return Entry(kind, entry.at, entry.by, entry.name, entry.seq, entry.judgement, entry.note)


def sign(review: Review, at: datetime, by: str, name: str) -> Entry:
    """``TransitionRefused`` for a month that is signed, or of which a row is not judged."""
    if review.signature is not None:
        raise TransitionRefused("sign", "signed", "already-signed", review.signature.name)
    if review.left:
        raise TransitionRefused("sign", "open", "rows-left")
    return Entry(EntryKind.SIGNED, at, by, name, digest=review.digest)


def month_after(first: date) -> date:
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1)


def due(first: date, day: int) -> date:
    """The last day on which the month is to be signed."""
    return month_after(first).replace(day=day)


def due_day(settings: Mapping[str, Any]) -> int:
    """Of an organisation's settings: ``review_day``."""
    return int(settings.get("review_day") or DUE_DAY)


def overdue(today: date, day: int, signed: Collection[date]) -> Sequence[date]:
    """The months that should have been signed before today and are not."""
    return [month for month in months_over(today, LATE_MONTHS) if due(month, day) < today and month not in signed]


def bounds(month: date) -> tuple[datetime, datetime]:
    """From its first moment in Denmark to the next month's."""
    return _midnight(month), _midnight(month_after(month))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), COPENHAGEN)
