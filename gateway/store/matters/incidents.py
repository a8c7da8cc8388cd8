"""Which consultations and citizens a fault touched: by attempts that ran in a span of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, Engine, case, func, select

from gateway.domain.peers.delivery import Outcome
from gateway.domain.scope import TenantScope
from gateway.store.consultation.tables import citizen_case
from gateway.store.consultation.tables_deliveries import delivery_attempt
from gateway.store.ground.engine import transaction

A_PASS = 200
LONGEST = timedelta(hours=1)  # no attempt runs longer: its lease has run out long before
_A, _K = delivery_attempt.c, citizen_case.c
_FAILED = case((_A.outcome != str(Outcome.DONE), 1), else_=0)


@dataclass(frozen=True, slots=True)
class Touched:
    """A consultation with messages under way in that time. ``failed``: an attempt did not come through."""

    consultation: UUID
    failed: bool


class SqlIncidents:
    """Reads only."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

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
            passes = (
                _whose(connection, tenant, these[start : start + A_PASS]) for start in range(0, len(these), A_PASS)
            )
            return len({who for some in passes for who in some})


def _whose(connection: Connection, tenant: UUID, these: Sequence[UUID]) -> list[object]:
    query = select(_K.id, _K.identifier_index, _K.record_index).where(_K.tenant == tenant, _K.consultation.in_(these))
    return [row.identifier_index or row.record_index or row.id for row in connection.execute(query)]
