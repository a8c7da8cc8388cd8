"""What a review asks of an organisation's rows: what was refused, what a fault touched, what of a month is erased."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from secrets import SystemRandom
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, bindparam, case, func, select

from gateway.domain.oversight import Oversight
from gateway.domain.peers.delivery import Outcome
from gateway.domain.records import AuditRow
from gateway.domain.scope import TenantScope
from gateway.store.consultation import undone
from gateway.store.consultation.audit import row_from
from gateway.store.consultation.tables import citizen_case, consultation, consultation_key
from gateway.store.consultation.tables_deliveries import delivery_attempt
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import db_now, transaction
from gateway.store.ground.tables_audit import IS_REFUSED, audit

MOST = 200
A_PASS, SAMPLE = 5, 5
LONGEST = timedelta(hours=1)  # no attempt runs longer: its lease has run out long before
_C, _A, _K = consultation.c, delivery_attempt.c, citizen_case.c
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
_FAILED = case((_A.outcome != str(Outcome.DONE), 1), else_=0)


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


@dataclass(frozen=True, slots=True)
class Touched:
    """A consultation with messages under way in that time. ``failed``: an attempt did not come through."""

    consultation: UUID
    failed: bool


class SqlReview:
    """Reads only."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def refused(self, seen: Oversight) -> Sequence[AuditRow]:
        """The newest first; for the operator also what was refused to nobody's session."""
        own = () if seen.tenant is None else (audit.c.tenant == seen.tenant,)
        query = select(audit).where(IS_REFUSED, *own).order_by(audit.c.at.desc()).limit(MOST)
        with transaction(self._engine, seen.scope, read_only=True) as connection:
            return [row_from(self._vault, row) for row in connection.execute(query).mappings()]

    def erased(self, tenant: UUID, days: Sequence[date]) -> MonthErased:
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

    def touched(self, tenant: UUID, connection: str, begin: datetime, end: datetime) -> Sequence[Touched]:
        """By attempts that were running in the time; of one connection, or of all ("")."""
        named = (_A.connection == connection,) if connection else ()
        running = (_A.tenant == tenant, _A.ended_at >= begin, _A.ended_at <= end + LONGEST, _A.started_at <= end)
        query = select(_A.consultation, func.max(_FAILED)).where(*running, *named).group_by(_A.consultation)
        with transaction(self._engine, TenantScope(tenant), read_only=True) as db:
            return [Touched(row[0], bool(row[1])) for row in db.execute(query.order_by(_A.consultation))]

    def citizens(self, tenant: UUID, these: Sequence[UUID]) -> int:
        """How many people they are about, each counted once."""
        with transaction(self._engine, TenantScope(tenant), read_only=True) as connection:
            passes = (_whose(connection, tenant, these[start : start + MOST]) for start in range(0, len(these), MOST))
            return len({who for some in passes for who in some})


def _whose(connection: Connection, tenant: UUID, these: Sequence[UUID]) -> list[object]:
    query = select(_K.id, _K.identifier_index, _K.record_index).where(_K.tenant == tenant, _K.consultation.in_(these))
    return [row.identifier_index or row.record_index or row.id for row in connection.execute(query)]
