"""When a dump was last restored for trial, as the audit trail has it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, select

from gateway.domain.scope import SystemScope
from gateway.store.ground.engine import transaction
from gateway.store.ground.tables_audit import IS_DRILL, audit

_LAST = select(audit.c.at, audit.c.actor_id, audit.c.basis).where(IS_DRILL).order_by(audit.c.at.desc()).limit(1)


@dataclass(frozen=True, slots=True)
class Drill:
    """``found``: in the words of whoever did it."""

    at: datetime
    by: str
    found: str


def last_drill(engine: Engine) -> Drill | None:
    with transaction(engine, SystemScope(), read_only=True) as connection:
        row = connection.execute(_LAST).one_or_none()
    return Drill(row.at, row.actor_id, row.basis) if row else None
