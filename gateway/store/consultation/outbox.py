"""What is due to other systems: claimed with a lease, settled once, and never forgotten (requirements.md R1).

The row is the work. A claim counts the attempt and commits before anything is sent; a lease that runs out says that
the attempt may or may not have taken effect, and nothing about the row: processes are killed, frozen and replaced. So
a lease must outlast the call's timeout and the peer's quiet period. Rows about one subject to one connection go in the
order of their versions: a later one waits while an earlier is due.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from random import SystemRandom
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, Update, bindparam, exists, select, update

from gateway.domain.consultation.events import DebtKind
from gateway.domain.note.still import OF_STILLS
from gateway.domain.peers.delivery import POISON_AFTER, Delivery, DeliveryStatus, Outcome, Receipt, pause_before
from gateway.domain.peers.turns import Lane
from gateway.domain.peers.verdict import WELL, Verdict
from gateway.domain.scope import SystemScope
from gateway.ports.rows import Write
from gateway.store.consultation import claiming, settling, undone
from gateway.store.consultation.claiming import CRASHED, DUE
from gateway.store.consultation.settling import Beside, InOneCommit, Settlement
from gateway.store.consultation.tables import FOREVER, entry_route, queue_entry
from gateway.store.consultation.tables_deliveries import delivery as rows
from gateway.store.consultation.tables_deliveries import delivery_attempt
from gateway.store.ground.columns import Moment
from gateway.store.ground.engine import db_now, transaction
from gateway.store.peers.health import take_probe

_D, _A, _E = rows.c, delivery_attempt.c, queue_entry.c
_random = SystemRandom()
POISON = "poison"  # fault of a row that crashed its attempt again and again, alone
_CRASHES = (
    update(rows)
    .where(_D.id == bindparam("this"), _D.lease == bindparam("held"), _D.status == DUE)
    .values(lease=None, lease_until=None, lost=0, unknown=True, crashes=_D.crashes + 1)
    .returning(_D.crashes)
)


_SENT_THERE = exists().where(
    _D.subject == _E.id, _D.connection == bindparam("of"), _D.kind == str(DebtKind.ENQUEUE), _D.attempts > 0
)
_ITS_PRACTICES = select(entry_route.c.ydernummer).where(entry_route.c.connection == bindparam("of"))
_STANDING = (
    select(_E.id)
    .where(_E.ydernummer.in_(_ITS_PRACTICES), _E.latest, _E.active_until == FOREVER, _E.ended_at.is_(None), _SENT_THERE)
    .order_by(_E.requested_at, _E.id)
)

_REOPEN = (
    update(rows)
    .where(_D.consultation == bindparam("this"), _D.kind == str(DebtKind.NOTE), _D.subject == bindparam("note"))
    .where(_D.version == bindparam("at"), _D.status == str(DeliveryStatus.STUCK), _D.fault.in_(sorted(OF_STILLS)))
    .values(status=DUE, due_at=bindparam("now", type_=Moment), fault="")
)


class _NothingToProbe(Exception):
    """Rolls the turn to probe back."""


class SqlOutbox:
    """``ports.Outbox``. Rows of a paused connection stay due, untouched, and so do those of one whose breaker is open;
    each attempt keeps the number of the connection's revision it was made under (D15)."""

    def __init__(
        self,
        engine: Engine,
        now: Callable[[Connection], datetime] = db_now,
        jitter: Callable[[], float] = _random.random,
    ) -> None:
        self._engine = engine
        self._now = now
        self._jitter = jitter
        self._settle_together = InOneCommit(self._write)

    # claiming

    def claim(self, lease: timedelta, id: UUID | None = None) -> Delivery | None:
        statement, which = (claiming.OLDEST, {}) if id is None else (claiming.BY_IDS, {"ids": [id]})
        taken = self._take(statement, lease, 1, **which)
        return taken[0] if taken else None

    def claim_new(self, lease: timedelta, ids: Collection[UUID]) -> Sequence[Delivery]:
        return self._take(claiming.NEW, lease, len(ids), ids=list(ids)) if ids else []

    def lanes(self, older_than: timedelta = timedelta(0)) -> Sequence[Lane]:
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return claiming.lanes(connection, self._now(connection), older_than)

    def claim_lanes(self, lease: timedelta, plan: Sequence[tuple[Lane, int]]) -> Sequence[Delivery]:
        taken: list[Delivery] = []
        open_lanes = [(lane, limit) for lane, limit in plan if not lane.resting]
        if open_lanes:
            with transaction(self._engine, SystemScope()) as connection:
                now = self._now(connection)
                for lane, limit in open_lanes:
                    which = {"of": lane.connection, "owner": lane.tenant}
                    taken += claiming.take(connection, claiming.BY_LANE, now, lease, limit, **which)
        for lane, _ in plan:
            taken += self._claim_probe(lease, lane) if lane.resting else []
        return taken

    def _claim_probe(self, lease: timedelta, lane: Lane) -> Sequence[Delivery]:
        """At most one row of the connection, of all processes together."""
        try:
            with transaction(self._engine, SystemScope()) as connection:
                now = self._now(connection)
                if not take_probe(connection, lane.connection, now, lease):
                    return []
                which = {"of": lane.connection, "owner": lane.tenant}
                taken = claiming.take(connection, claiming.PROBE, now, lease, 1, **which)
                if not taken:
                    raise _NothingToProbe
                return taken
        except _NothingToProbe:
            return []

    def claim_alone(self, lease: timedelta) -> Delivery | None:
        taken = self._take(claiming.ALONE, lease, 1)
        return taken[0] if taken else None

    def hold(self, id: UUID, owner_lease: str, lease: timedelta) -> Delivery | None:
        with transaction(self._engine, SystemScope()) as connection:
            return claiming.hold(connection, id, owner_lease, self._now(connection), lease)

    def _take(self, statement: Update, lease: timedelta, limit: int, **which: Any) -> list[Delivery]:
        with transaction(self._engine, SystemScope()) as connection:
            return claiming.take(connection, statement, self._now(connection), lease, limit, **which)

    # settling

    def settle(
        self,
        delivery: Delivery,
        outcome: Outcome,
        *,
        pause: timedelta,
        receipt: Receipt | None = None,
        fault: str = "",
        verdict: Verdict | None = None,
    ) -> bool:
        return self._settle_together(Settlement(delivery, outcome, pause, receipt, fault, verdict or WELL))

    def settling(self, delivery: Delivery, receipt: Receipt) -> Beside:
        done = Settlement(delivery, Outcome.DONE, timedelta(0), receipt)
        return Beside(done, self._now, self._jitter)

    def _write(self, settlements: Sequence[Settlement]) -> None:
        with transaction(self._engine, SystemScope()) as connection:
            written = settling.write(connection, settlements, self._now(connection), self._jitter)
        for each, result in zip(settlements, written, strict=True):
            each.written = result

    def reopening(self, consultation: UUID, note: UUID, version: int) -> Write:
        return partial(self._reopen, {"this": consultation, "note": note, "at": version})

    def _reopen(self, which: Mapping[str, Any], connection: Connection) -> None:
        connection.execute(_REOPEN, {**which, "now": self._now(connection)})
        undone.weigh(connection, which["this"])

    def crashed(self, delivery: Delivery, *, alone: bool) -> bool:
        with transaction(self._engine, SystemScope()) as connection:
            now = self._now(connection)
            crashes = connection.execute(_CRASHES, {"this": delivery.id, "held": delivery.lease}).scalar()
            if crashes is None:
                return False
            poisonous = alone and crashes >= POISON_AFTER
            after: dict[str, Any] = {"due_at": now + pause_before(crashes, 1.0)}
            if poisonous:
                after = {"status": str(DeliveryStatus.STUCK), "fault": POISON}
            connection.execute(update(rows).where(_D.id == delivery.id).values(after))
            ended = update(delivery_attempt).where(_A.delivery == delivery.id, _A.number == delivery.attempt)
            connection.execute(ended.values(ended_at=now, outcome=CRASHED, fault=""))
            if poisonous:
                undone.weigh_after(connection, str(delivery.kind), delivery.consultation)
            return poisonous

    # asking

    def due(self, limit: int = 200, older_than: timedelta = timedelta(0)) -> Sequence[UUID]:
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return claiming.due(connection, self._now(connection), older_than, limit)

    def standing(self, connection: str) -> Sequence[UUID]:
        with transaction(self._engine, SystemScope(), read_only=True) as db:
            return list(db.execute(_STANDING, {"of": connection}).scalars())
