"""How long audit rows are kept, and taking out those whose time is up (requirements.md AD18).

Their digests stay in the chain, so that what was taken out in its time is told apart from what was taken out before.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, select

from gateway.domain import trail
from gateway.domain.scope import SystemScope
from gateway.store.ground.bulk import delete_some
from gateway.store.ground.engine import db_now, transaction
from gateway.store.ground.guards import AUDIT_MONTHS, LEAST_AUDIT_MONTHS
from gateway.store.ground.tables_audit import audit
from gateway.store.people.tables_organisations import tenant as organisation

# A row is sealed after it was written: it goes a day after its time, so that its link's moment is past that time too.
LATER = timedelta(days=1)
_ORGANISATIONS = select(organisation.c.id, organisation.c.settings)


class SqlAuditKeeping:
    """Upkeep: each call takes out a limited number of rows of each organisation."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def expire(self) -> int:
        """How many rows went."""
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            limits = kept_until(connection, db_now(connection))
        return sum(self._expire(chain, until - LATER) for chain, until in limits.items())

    def _expire(self, chain: UUID, until: datetime) -> int:
        whose = audit.c.tenant.is_(None) if chain == trail.NOBODYS else audit.c.tenant == chain
        with transaction(self._engine, SystemScope()) as connection:
            return delete_some(connection, audit, whose, audit.c.at < until)


def kept_until(connection: Connection, now: datetime) -> Mapping[UUID, datetime]:
    """Per organisation (zero: rows of none) the moment before which its audit rows need not be there any more."""
    limits = {row.id: months_before(now, audit_months(row.settings)) for row in connection.execute(_ORGANISATIONS)}
    return limits | {trail.NOBODYS: months_before(now, AUDIT_MONTHS)}


def audit_months(settings: Mapping[str, Any]) -> int:
    """Of ``Tenant.settings``: ``audit_months``, from six to sixty."""
    return min(AUDIT_MONTHS, max(LEAST_AUDIT_MONTHS, int(settings.get("audit_months") or AUDIT_MONTHS)))


def months_before(moment: datetime, months: int) -> datetime:
    """So many calendar months earlier; where that month is shorter, its last day."""
    year, month = divmod(moment.year * 12 + moment.month - 1 - months, 12)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1]))
