"""Whether the texts of a month are erased, with some consultations as proof."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from secrets import SystemRandom
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, bindparam, case, func, select

from gateway.domain.scope import TenantScope
from gateway.store.consultation import undone
from gateway.store.consultation.tables import consultation, consultation_key
from gateway.store.ground.engine import db_now, transaction

A_PASS, SAMPLE = 5, 5
_C = consultation.c
_MONTH = (_C.counted_on.in_(bindparam("days", expanding=True)), _C.tenant == bindparam("tenant"))
_PAST = _C.erase_after <= bindparam("now")
_COLUMNS: Sequence[Any] = (
    _C.erased_at.is_not(None),
    _C.closed_at.is_(None),
    _C.closed_at.is_not(None) & _PAST & ~undone.has_unfiled_note(),
    _PAST & undone.has_unfiled_note(),
)
_STANDING = select(func.count(), *[func.sum(case((each, 1), else_=0)) for each in _COLUMNS]).where(*_MONTH)
_GONE = (
    select(_C.id, _C.short_id, _C.closed_at, _C.erased_at, consultation_key.c.erased_at)
    .join(consultation_key, consultation_key.c.consultation == _C.id)
    .where(*_MONTH, _C.erased_at.is_not(None))
    .order_by(func.random())
    .limit(SAMPLE)
)


@dataclass(frozen=True, slots=True)
class Gone:
    """A consultation whose texts are erased; ``key_at``: when its key was replaced."""

    id: UUID
    short_id: str
    closed_at: datetime | None
    erased_at: datetime
    key_at: datetime | None


@dataclass(frozen=True, slots=True)
class MonthErased:
    """Of the consultations of a month: ``begun`` in all; ``open`` are not closed, ``held`` keep their text until the
    note has come through, ``overdue`` should be bare. ``sample``: some by chance, with when the key was replaced."""

    begun: int
    erased: int
    open: int
    overdue: int
    held: int
    sample: Sequence[Gone]

    @property
    def kept(self) -> int:
        """Closed, and its day has not come."""
        return self.begun - self.erased - self.open - self.overdue - self.held


class SqlErasedMonths:
    """Reads only."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of_month(self, tenant: UUID, days: Sequence[date]) -> MonthErased:
        """Those begun on these days in Denmark; each statement reads some, so that its work is what was done in it."""
        counts, gone = [0] * 5, list[Gone]()
        for start in range(0, len(days), A_PASS):
            with transaction(self._engine, TenantScope(tenant), read_only=True) as connection:
                asked = {"tenant": tenant, "days": days[start : start + A_PASS], "now": db_now(connection)}
                found = connection.execute(_STANDING, asked).one()
                gone += [Gone(*row) for row in connection.execute(_GONE, asked)]
            counts = [total + int(more or 0) for total, more in zip(counts, found, strict=True)]
        begun, erased, still_open, overdue, held = counts
        return MonthErased(
            begun, erased, still_open, overdue, held, SystemRandom().sample(gone, min(SAMPLE, len(gone)))
        )
