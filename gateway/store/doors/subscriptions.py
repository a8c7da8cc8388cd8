"""Subscriptions of practice systems: numbered events without gaps, and who is notifying just now.

An event is numbered in the transaction that holds its subscription's row, so two deliveries never share a number; a
lease lets one process notify at a time, and one that is killed loses nothing: what was not acknowledged is sent again.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Engine, bindparam, delete, func, or_, select, update

from gateway.domain.errors import ConcurrentChange, NotFound
from gateway.domain.peers.subscription import Subscription, SubscriptionEvent, SubscriptionStatus
from gateway.domain.scope import SystemScope
from gateway.store.doors.tables import fhir_event as event
from gateway.store.doors.tables import fhir_subscription as table
from gateway.store.ground.bulk import delete_some
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import db_now, transaction
from gateway.store.ground.sealing import Place, Row
from gateway.store.ground.upsert import insert_new

SENDING = (str(SubscriptionStatus.REQUESTED), str(SubscriptionStatus.ACTIVE))


class SqlSubscriptionBook:
    """Shared by the web, which asks, and the relays, which tell."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    # the subscriber's side

    def add(self, subscription: Subscription) -> None:
        """Asked for, and to be shaken hands with at once; ``ConcurrentChange`` where the id is taken."""
        with transaction(self._engine, SystemScope()) as db:
            if insert_new(db, table, self._values(subscription) | {"due_at": db_now(db)}) != 1:
                raise ConcurrentChange

    def find(self, connection: str, id: UUID) -> Subscription:
        """``NotFound`` also where it is another's."""
        with transaction(self._engine, SystemScope(), read_only=True) as db:
            row = db.execute(select(table).where(table.c.id == id, table.c.connection == connection)).mappings().first()
        if row is None:
            raise NotFound("subscription")
        return self._subscription(row)

    def of(self, connection: str) -> Sequence[Subscription]:
        query = select(table).where(table.c.connection == connection).order_by(table.c.id)
        with transaction(self._engine, SystemScope(), read_only=True) as db:
            return [self._subscription(row) for row in db.execute(query).mappings()]

    def ask_again(self, subscription: Subscription) -> Subscription:
        """Other words, or the same after an error: the next version shakes hands anew and goes on counting.

        ``ConcurrentChange`` where ``subscription.version`` is not the present one."""
        same = (table.c.id == subscription.id, table.c.version == subscription.version)
        with transaction(self._engine, SystemScope()) as db:
            again = self._values(subscription) | {"version": subscription.version + 1, "attempts": 0, "lease": None}
            counted = ("id", "connection", "events", "sent")
            again = {name: value for name, value in again.items() if name not in counted}
            due = db_now(db) if subscription.wants_events else None
            if db.execute(update(table).where(*same).values(**again, due_at=due)).rowcount != 1:
                raise ConcurrentChange
        return self.find(subscription.connection, subscription.id)

    def remove(self, connection: str, id: UUID) -> bool:
        with transaction(self._engine, SystemScope()) as db:
            gone = db.execute(delete(table).where(table.c.id == id, table.c.connection == connection))
            return gone.rowcount == 1

    def events(self, id: UUID, since: int, until: int | None, limit: int) -> Sequence[SubscriptionEvent]:
        """From number ``since`` to ``until``, both of them too, oldest first."""
        query = select(event).where(event.c.subscription == id, event.c.number >= since)
        if until is not None:
            query = query.where(event.c.number <= until)
        with transaction(self._engine, SystemScope(), read_only=True) as db:
            rows = db.execute(query.order_by(event.c.number).limit(limit))
            return [SubscriptionEvent(row.number, row.entry, row.at) for row in rows]

    # what happened

    def publish(self, connection: str, entry: UUID, revision: int, at: datetime) -> int:
        """Number the change in each of the connection's subscriptions; how many were told of something new."""
        with transaction(self._engine, SystemScope()) as db:
            running = table.c.status != str(SubscriptionStatus.OFF)
            ours = select(table.c.id, table.c.events).where(table.c.connection == connection, running)
            rows = db.execute(ours.order_by(table.c.id).with_for_update()).all()
            return sum(_numbered(db, row.id, row.events + 1, entry, revision, at) for row in rows)

    # notifying

    def claim(self, lease: timedelta) -> Subscription | None:
        """One that owes its endpoint something now and that nobody is notifying."""
        with transaction(self._engine, SystemScope(), read_only=True) as db:
            found = db.execute(_FIRST_DUE, {"now": db_now(db)}).scalar()
        return None if found is None else self._claimed(found, lease)

    def _claimed(self, id: UUID, lease: timedelta) -> Subscription | None:
        mine = secrets.token_hex(16)
        with transaction(self._engine, SystemScope()) as db:
            now = db_now(db)
            taken = update(table).where(table.c.id == id, *_due(now)).values(lease=mine, lease_until=now + lease)
            if db.execute(taken).rowcount != 1:
                return None
            return self._subscription(db.execute(select(table).where(table.c.id == id)).mappings().one())

    def acknowledged(self, subscription: Subscription, reached: int) -> bool:
        """The endpoint has heard everything up to ``reached``; False where the lease was lost meanwhile."""
        became_active = subscription.status is SubscriptionStatus.REQUESTED
        with transaction(self._engine, SystemScope()) as db:
            row = db.execute(select(table.c.events).where(*_leased(subscription)).with_for_update()).first()
            if row is None:
                return False
            pause = replace(subscription, events=row.events).pause_after_success(reached)
            values: dict[str, Any] = {"sent": reached, "attempts": 0, "status": str(SubscriptionStatus.ACTIVE)}
            if became_active:
                values |= {"version": subscription.version + 1, "changed_at": db_now(db)}
            return _settled(db, subscription, pause, values)

    def failed(self, subscription: Subscription) -> bool:
        """True where this was the failure after which the subscription stands in error."""
        pause = subscription.pause_after_failure()
        values: dict[str, Any] = {"attempts": subscription.attempts + 1}
        with transaction(self._engine, SystemScope()) as db:
            if pause is None:
                values["status"] = str(SubscriptionStatus.ERROR)
                values |= {"version": subscription.version + 1, "changed_at": db_now(db)}
            return _settled(db, subscription, pause, values) and pause is None

    def postpone(self, subscription: Subscription, pause: timedelta) -> bool:
        """Nobody was called: neither heard nor failed. False where the lease was lost meanwhile."""
        with transaction(self._engine, SystemScope()) as db:
            return _settled(db, subscription, pause, {})

    def forget(self, before: datetime) -> int:
        """Remove events nobody catches up on any more; their numbers are never given again."""
        with transaction(self._engine, SystemScope()) as db:
            return delete_some(db, event, event.c.at < before)

    def count(self, connection: str) -> int:
        query = select(func.count()).select_from(table).where(table.c.connection == connection)
        with transaction(self._engine, SystemScope(), read_only=True) as db:
            return int(db.execute(query).scalar_one())

    # rows

    def _values(self, subscription: Subscription) -> dict[str, Any]:
        return {
            "id": subscription.id,
            "connection": subscription.connection,
            "status": str(subscription.status),
            "version": subscription.version,
            "changed_at": subscription.changed_at,
            "endpoint": subscription.endpoint,
            "heartbeat": subscription.heartbeat,
            "timeout": subscription.timeout,
            "most": subscription.most,
            "names_entries": subscription.names_entries,
            "events": subscription.events,
            "sent": subscription.sent,
            **self._place(subscription.id).seal(headers=json.dumps(subscription.headers)),
        }

    def _place(self, id: UUID) -> Place:
        return Place(self._vault, "fhir_subscription", str(id), None)

    def _subscription(self, row: Row) -> Subscription:
        return Subscription(
            id=row["id"],
            connection=row["connection"],
            status=SubscriptionStatus(row["status"]),
            endpoint=row["endpoint"],
            headers=tuple(json.loads(self._place(row["id"]).open(row, "headers"))),
            heartbeat=row["heartbeat"],
            timeout=row["timeout"],
            most=row["most"],
            names_entries=row["names_entries"],
            changed_at=row["changed_at"],
            version=row["version"],
            events=row["events"],
            sent=row["sent"],
            attempts=row["attempts"],
            lease=row["lease"] or "",
        )


def _due(now: Any) -> tuple[ColumnElement[bool], ...]:
    """``now``: a moment, or the parameter that will hold it."""
    free = or_(table.c.lease.is_(None), table.c.lease_until < now)
    return table.c.due_at <= now, table.c.status.in_(SENDING), free


# Four times a second in each relay, so it is built once.
_FIRST_DUE = (
    select(table.c.id).where(*_due(bindparam("now", type_=table.c.due_at.type))).order_by(table.c.due_at).limit(1)
)


def _leased(subscription: Subscription) -> tuple[ColumnElement[bool], ...]:
    """Still ours, and still what we read: whoever asked again meanwhile has taken the lease away."""
    return table.c.id == subscription.id, table.c.lease == subscription.lease


def _settled(db: Connection, subscription: Subscription, pause: timedelta | None, values: dict[str, Any]) -> bool:
    due = None if pause is None else db_now(db) + pause
    settled = update(table).where(*_leased(subscription)).values(**values, due_at=due, lease=None, lease_until=None)
    return db.execute(settled).rowcount == 1


def _numbered(db: Connection, id: UUID, number: int, entry: UUID, revision: int, at: datetime) -> int:
    """1 where it is news. One that stands in error or still waits for its handshake keeps its own due time."""
    values = {"subscription": id, "number": number, "entry": entry, "revision": revision, "at": at}
    if insert_new(db, event, values) != 1:
        return 0
    db.execute(update(table).where(table.c.id == id).values(events=number))
    waiting = (table.c.status == str(SubscriptionStatus.ACTIVE), table.c.attempts == 0)
    db.execute(update(table).where(table.c.id == id, *waiting).values(due_at=db_now(db)))
    return 1
