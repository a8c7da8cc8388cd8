"""Which consultations' pages are open: what an employee's browser shows by being there (D10). No person in it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine, Index, Table, bindparam, select

from gateway.domain.consultation.aggregate import Availability, Status
from gateway.domain.scope import SystemScope
from gateway.store.consultation.tables import LIVE
from gateway.store.consultation.tables import consultation as root
from gateway.store.ground.bulk import delete_some
from gateway.store.ground.columns import moment, uuid
from gateway.store.ground.engine import transaction
from gateway.store.ground.schema import metadata
from gateway.store.ground.upsert import upsert_rows

page_presence = Table(
    "page_presence",
    metadata,
    uuid("consultation", key=True),
    moment("seen_at", required=True),
    Index("ix_page_presence_seen_at", "seen_at"),
)


_SEEN = page_presence.c
_GONE = (
    select(_SEEN.consultation, _SEEN.seen_at)
    .join(root, root.c.id == _SEEN.consultation)
    .where(LIVE, root.c.status.in_([str(Status.WAITING), str(Status.CALLING)]))
    .where(root.c.availability == str(Availability.HERE), _SEEN.seen_at < bindparam("moment"))
    .order_by(_SEEN.seen_at)
    .limit(bindparam("limit"))
)


class SqlPresenceBook:
    """``services.presence.PresenceBook``: one that was there and is gone is *lost*; one that never was is nothing."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def seen(self, consultations: Collection[UUID], now: datetime) -> None:
        if not consultations:
            return
        rows = [{"consultation": id, "seen_at": now} for id in sorted(consultations)]
        with transaction(self._engine, SystemScope()) as connection:
            upsert_rows(connection, page_presence, rows)

    def gone_since(self, moment: datetime, limit: int = 50) -> Sequence[tuple[UUID, datetime]]:
        """Consultations that wait or ring, thought to be *here*, whose page was last there before ``moment``."""
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            rows = connection.execute(_GONE, {"moment": moment, "limit": limit})
            return [(row.consultation, row.seen_at) for row in rows]

    def forget(self, before: datetime) -> int:
        with transaction(self._engine, SystemScope()) as connection:
            return delete_some(connection, page_presence, page_presence.c.seen_at < before)
