"""What is compared with peers: notes we believe filed, entries we believe queued; differences are rows for a person.

A round goes over everything of one connection that was done in the last day, the earliest first, a page at a time;
where it has got to is a row, so a process that ends in between is no loss.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, and_, exists, or_, select, update

from gateway.domain.consultation.events import DebtKind
from gateway.domain.errors import NotFound
from gateway.domain.peers.delivery import Delivery, DeliveryStatus
from gateway.domain.peers.owed import Difference
from gateway.domain.scope import SystemScope
from gateway.store.consultation.chronicle import receipt_of
from gateway.store.consultation.tables import citizen_case, consultation, queue_entry
from gateway.store.consultation.tables_deliveries import delivery
from gateway.store.ground import signing
from gateway.store.ground.engine import db_now, transaction
from gateway.store.ground.sealing import Row
from gateway.store.ground.upsert import upsert
from gateway.store.watch.tables import difference, reconcile_cursor

_D, _F, _R, _E = delivery.c, difference.c, reconcile_cursor.c, queue_entry.c
EVERY, BACK = timedelta(hours=1), timedelta(days=1)
_NEWEST_NOTE = exists().where(
    citizen_case.c.consultation == _D.consultation,
    citizen_case.c.id == _D.subject,
    citizen_case.c.note_owed,
    citizen_case.c.note_version == _D.version,
)
_WAITS = exists().where(_E.consultation == _D.consultation, _E.id == _D.subject, _E.queued)
_COMPARED = or_(
    and_(_D.kind == str(DebtKind.NOTE), _D.filed_at.is_not(None), _NEWEST_NOTE),
    and_(_D.kind == str(DebtKind.ENQUEUE), _WAITS),
)


class SqlComparisons:
    """``ports.ComparisonBook``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def page(self, name: str, limit: int) -> Sequence[Delivery]:
        """What to compare next at that connection; empty where this hour's round is over."""
        with transaction(self._engine, SystemScope()) as connection:
            found = _next(connection, name, limit)
            if not found and _begun_again(connection, name):
                found = _next(connection, name, limit)
            return found

    def compared(self, one: Delivery, what: str) -> bool:
        """Keep the difference, or settle it where ``what`` is empty; and go on from here. True where it is news."""
        with transaction(self._engine, SystemScope()) as connection:
            now = db_now(connection)
            sent = select(_D.sent_at).where(_D.id == one.id).scalar_subquery()
            connection.execute(
                update(reconcile_cursor).where(_R.connection == one.connection).values(reached=sent, last=one.id)
            )
            mine = update(difference).where(_F.delivery == one.id, _F.settled_at.is_(None))
            if not what:
                return connection.execute(mine.values(settled_at=now)).rowcount == 1
            if connection.execute(mine.values(what=what)).rowcount == 1:
                return False
            return upsert(connection, difference, _values(one) | {"what": what, "found_at": now, "settled_at": None})

    def open(self) -> Sequence[Difference]:
        """Those nobody has settled, the oldest first."""
        joined = select(difference, consultation.c.short_id, _D.kind, _D.version)
        joined = joined.outerjoin(consultation, consultation.c.id == _F.consultation)
        joined = joined.outerjoin(delivery, _D.id == _F.delivery)
        query = joined.where(_F.settled_at.is_(None)).order_by(_F.found_at)
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return [_difference(row) for row in connection.execute(query).mappings()]

    def settle(self, id: UUID) -> None:
        """A person has seen to it. ``NotFound`` where there is no open difference of that delivery."""
        with transaction(self._engine, SystemScope()) as connection:
            signing.require_signed(connection)
            row = connection.execute(select(difference).where(_F.delivery == id)).mappings().one_or_none()
            if row is None or row["settled_at"] is not None:
                raise NotFound("difference")
            signing.note(connection, f"{id} {row['what']}", row["tenant"], row["consultation"])
            connection.execute(update(difference).where(_F.delivery == id).values(settled_at=db_now(connection)))


def _next(connection: Connection, name: str, limit: int) -> list[Delivery]:
    """What lies behind the place this round has got to."""
    cursor = connection.execute(select(_R.reached, _R.last).where(_R.connection == name)).one_or_none()
    if cursor is None:
        return []
    later = [_D.sent_at > cursor.reached]
    if cursor.last is not None:
        behind = or_(_D.sent_at > cursor.reached, _D.id > cursor.last)
        later = [_D.sent_at >= cursor.reached, behind]
    done = (_D.connection == name, _D.status == str(DeliveryStatus.DONE), *later, _COMPARED)
    query = select(delivery).where(*done).order_by(_D.sent_at, _D.id).limit(limit)
    now = db_now(connection)
    return [_delivery(row, now) for row in connection.execute(query).mappings()]


def _begun_again(connection: Connection, name: str) -> bool:
    """The round before is over; the next one begins an hour after it began, a day back."""
    now = db_now(connection)
    anew = {"reached": now - BACK, "last": None, "round_began": now}
    if upsert(connection, reconcile_cursor, {"connection": name, **anew}, change=()):
        return True
    stale = update(reconcile_cursor).where(_R.connection == name, _R.round_began <= now - EVERY)
    return connection.execute(stale.values(anew)).rowcount == 1


def _values(one: Delivery) -> dict[str, Any]:
    whose = {"tenant": one.tenant, "consultation": one.consultation, "connection": one.connection}
    return {"delivery": one.id, **whose}


def _difference(row: Row) -> Difference:
    return Difference(
        row["delivery"],
        row["short_id"] or "",
        row["connection"],
        f"{row['kind']} {row['version']}" if row["kind"] else "entry",
        row["what"],
        row["found_at"],
        row["tenant"],
    )


def _delivery(row: Row, now: datetime) -> Delivery:
    return Delivery(
        id=row["id"],
        tenant=row["tenant"],
        consultation=row["consultation"],
        kind=DebtKind(row["kind"]),
        subject=row["subject"],
        version=row["version"],
        connection=row["connection"],
        attempt=row["attempts"],
        unknown=False,
        lease="",
        created_at=row["created_at"],
        claimed_at=now,
        receipt=receipt_of(row),
    )
