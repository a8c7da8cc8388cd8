"""What a practice's queue shows, held against ours: entries that have ended here, or that nobody here knows.

Once an hour for each connection. An entry that ended a moment ago is left alone: its end may still be on its way.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, bindparam, or_, select, update

from gateway.domain.consultation.events import DebtKind
from gateway.domain.peers.delivery import DeliveryStatus
from gateway.domain.scope import SystemScope
from gateway.store.consultation.tables import queue_entry
from gateway.store.consultation.tables_deliveries import delivery
from gateway.store.ground.columns import Moment
from gateway.store.ground.engine import db_now, transaction
from gateway.store.ground.upsert import upsert
from gateway.store.watch.comparing import BACK, EVERY
from gateway.store.watch.tables import difference, reconcile_cursor

STILL_SHOWN, UNKNOWN_HERE = "shown-after-its-end", "unknown-here"
LATELY = timedelta(minutes=15)  # longer than a quiet period and than a practice takes to show an end
AT_ONCE = 500
_D, _E, _F, _R = delivery.c, queue_entry.c, difference.c, reconcile_cursor.c
_KINDS = (str(DebtKind.ENQUEUE), str(DebtKind.ENTRY_UPDATE))
_TOLD = (
    select(_D.subject, _D.id, _D.tenant, _D.consultation, _D.status, _D.sent_at, _E.ended_at)
    .join(queue_entry, (_E.consultation == _D.consultation) & (_E.id == _D.subject))
    .where(_D.connection == bindparam("name"), _D.subject.in_(bindparam("these", expanding=True)), _D.kind.in_(_KINDS))
    .order_by(_D.subject, _D.version)
)
_DUE = or_(_R.listed_at.is_(None), _R.listed_at <= bindparam("before", type_=Moment))
_OPEN = select(_F.delivery).where(
    _F.connection == bindparam("name"), _F.settled_at.is_(None), _F.what.in_((STILL_SHOWN, UNKNOWN_HERE))
)


class SqlShownQueues:
    """``ports.QueueBook``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def is_due(self, name: str) -> bool:
        with transaction(self._engine, SystemScope()) as connection:
            now = db_now(connection)
            begun = {"connection": name, "reached": now - BACK, "last": None, "round_began": now}
            upsert(connection, reconcile_cursor, begun, change=())
            due = select(_R.connection).where(_R.connection == name, _DUE)
            return connection.execute(due, {"before": now - EVERY}).first() is not None

    def shown(self, name: str, entries: Collection[UUID]) -> Sequence[tuple[UUID, str]]:
        with transaction(self._engine, SystemScope()) as connection:
            now = db_now(connection)
            known = set(connection.execute(_OPEN, {"name": name}).scalars())
            wrong = {row["delivery"]: row for row in _wrong(connection, name, sorted(entries), now)}
            for row in wrong.values():
                upsert(connection, difference, row | {"connection": name, "found_at": now, "settled_at": None})
            for gone in known - wrong.keys():
                connection.execute(update(difference).where(_F.delivery == gone).values(settled_at=now))
            connection.execute(update(reconcile_cursor).where(_R.connection == name).values(listed_at=now))
            return [(id, row["what"]) for id, row in wrong.items() if id not in known]


def _wrong(connection: Connection, name: str, entries: Sequence[UUID], now: datetime) -> Iterator[dict[str, Any]]:
    for start in range(0, len(entries), AT_ONCE):
        these = entries[start : start + AT_ONCE]
        newest = {row.subject: row for row in connection.execute(_TOLD, {"name": name, "these": these})}
        for id in these:
            row = newest.get(id)
            if row is None:
                yield {"delivery": id, "tenant": None, "consultation": None, "what": UNKNOWN_HERE}
            elif _ended_long_since(row, now - LATELY):
                whose = {"tenant": row.tenant, "consultation": row.consultation}
                yield {"delivery": row.id, **whose, "what": STILL_SHOWN}


def _ended_long_since(row: Any, before: datetime) -> bool:
    """Ended here, and the practice was told; what is still owed to it is no difference but a debt."""
    told = row.status not in (str(DeliveryStatus.DUE), str(DeliveryStatus.STUCK))
    last = [moment for moment in (row.ended_at, row.sent_at) if moment is not None]
    return told and row.ended_at is not None and max(last) < before
