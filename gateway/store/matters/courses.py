"""The consultations of a span of time as figures: no document is opened. Each statement reads some days, so that its
work is what was done in them and not what is stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, bindparam, func, select

from gateway.domain.consultation.aggregate import Status
from gateway.domain.consultation.events import DebtKind
from gateway.domain.scope import TenantScope
from gateway.domain.uptake.course import Asked, Course
from gateway.store.consultation.tables import consultation
from gateway.store.consultation.tables_deliveries import delivery
from gateway.store.ground.engine import transaction

A_WEEK, SOME = 7, 100
_C, _D = consultation.c, delivery.c
_OF_DAYS = select(_C.id, _C.counted_on, _C.created_at, _C.workplace, _C.figures).where(
    _C.counted_on.in_(bindparam("days", expanding=True)),
    _C.tenant == bindparam("tenant"),
    _C.status != str(Status.DRAFT),
)
_FILED = (
    select(_D.consultation, func.min(_D.filed_at))
    .where(
        _D.consultation.in_(bindparam("these", expanding=True)),
        _D.kind == str(DebtKind.NOTE),
        _D.filed_at.is_not(None),
    )
    .group_by(_D.consultation)
)


class SqlCourses:
    """Reads only."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of_days(self, tenant: UUID, days: Sequence[date], *, synthetic: bool, filed: bool = False) -> Iterator[Course]:
        """Those begun on these days in Denmark, of the organisation's own kind alone: a real one's invented ones do not
        count. ``filed``: also how long their notes took."""
        for first in range(0, len(days), A_WEEK):
            with transaction(self._engine, TenantScope(tenant), read_only=True) as connection:
                found = connection.execute(_OF_DAYS, {"tenant": tenant, "days": days[first : first + A_WEEK]})
                rows = [row for row in found if row.figures["synthetic"] is synthetic]
                done = _filed(connection, rows) if filed else {}
            yield from (_course(row, done.get(row.id)) for row in rows)


def _filed(connection: Connection, rows: Sequence[Any]) -> dict[UUID, datetime]:
    ids = [row.id for row in rows if row.figures["over"]]
    found: dict[UUID, datetime] = {}
    for first in range(0, len(ids), SOME):
        filed = connection.execute(_FILED, {"these": ids[first : first + SOME]})
        found |= {row[0]: row[1] for row in filed}
    return found


def _course(row: Any, filed_at: datetime | None) -> Course:
    said: Mapping[str, Any] = row.figures
    over = datetime.fromisoformat(said["over"]) if said["over"] else None
    filed = round((filed_at - over).total_seconds()) if filed_at and over else None
    asked = tuple(Asked(*each) for each in said["asked"])
    return Course(
        row.counted_on,
        row.created_at,
        row.workplace,
        said["ending"],
        said["practice"],
        said["device"],
        said["talk"],
        filed,
        asked,
    )
