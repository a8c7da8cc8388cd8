"""Alarms as rows: opened when a condition begins, ended when it is over, each edge told once to each place."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Engine, bindparam, delete, func, select, update

from gateway.domain.alarm import BY_STEPS, ONCE, Alarm, AlarmKind, Beat, Condition, Edge, Host
from gateway.domain.scope import SystemScope
from gateway.store.ground import signing
from gateway.store.ground.bulk import delete_some
from gateway.store.ground.engine import db_now, transaction
from gateway.store.ground.upsert import insert_new, upsert
from gateway.store.watch.tables import IS_ACTIVE, alarm, alarm_notice, process_beat

_A, _N, _B = alarm.c, alarm_notice.c, process_beat.c
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 900.0
KEPT = timedelta(days=90)
REMINDED = timedelta(hours=4)
NOWHERE = Host("")


@dataclass(frozen=True, slots=True)
class NoticeDue:
    """One edge of one alarm, owed to one place."""

    alarm: Alarm
    edge: Edge
    target: str


class SqlAlarms:
    """``ports.AlarmBook``. Two processes may watch at once: the alarms of one moment are decided by one of them."""

    def __init__(self, engine: Engine, now: Callable[[Connection], datetime] = db_now) -> None:
        self._engine = engine
        self._now = now

    def update(
        self,
        found: Collection[Condition],
        targets: Mapping[UUID | None, Sequence[str]],
        is_muted: Callable[[Condition], bool] = lambda _: False,
    ) -> Sequence[Alarm]:
        """Open what is new and end what is over; returns those that did either. ``targets``: where alarms of a tenant
        are told; those under None are told of every alarm. What is muted stays as it is, and is not told of again."""
        with transaction(self._engine, SystemScope()) as connection:
            now = self._now(connection)
            known = {one.condition: one for one in _active(connection) if not is_muted(one.condition)}
            begun = [Alarm(uuid4(), each, now) for each in found if each not in known and not is_muted(each)]
            opened = [one for one in begun if insert_new(connection, alarm, _values(one))]
            gone = [Alarm(a.id, a.condition, a.started_at, now) for c, a in known.items() if c not in found]
            over = [one for one in gone if _end(connection, one)]
            for one in over:
                connection.execute(_REMINDERS_LEFT, {"this": one.id})
            for one in (*opened, *over):
                _owe(connection, one, one.edge, {*targets.get(None, ()), *targets.get(one.condition.tenant, ())})
            for condition in found:
                if condition in known:
                    told = {*targets.get(None, ()), *targets.get(condition.tenant, ())}
                    _say_again(connection, known[condition], condition, told, now)
            return [*opened, *over]

    def active(self) -> Sequence[Alarm]:
        """The oldest first."""
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return _active(connection)

    def recent(self, limit: int = 100) -> Sequence[Alarm]:
        """The newest first, over or not."""
        query = select(alarm).order_by(_A.started_at.desc()).limit(limit)
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return [_alarm(row) for row in connection.execute(query).mappings()]

    def over_since(self, since: datetime, tenant: UUID | None, limit: int = 50) -> Sequence[Alarm]:
        """Begun since then and over by now, the newest first; of one organisation, or (None) of all."""
        query = select(alarm).where(_A.started_at > since, _A.ended_at.is_not(None))
        if tenant is not None:
            query = query.where(_A.tenant == tenant)
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            found = connection.execute(query.order_by(_A.started_at.desc()).limit(limit)).mappings()
            return [_alarm(row) for row in found]

    def claim_notices(self, lease: timedelta, limit: int = 20) -> Sequence[NoticeDue]:
        """Notices to send now; each is due again after the lease, or a longer pause each time, until it is ``sent``."""
        with transaction(self._engine, SystemScope()) as connection:
            now = db_now(connection)
            query = select(alarm, _N.edge, _N.target, _N.attempts).join(alarm_notice, _N.alarm == _A.id)
            chosen = query.where(_N.sent_at.is_(None), _N.due_at <= now).order_by(_N.due_at).limit(limit)
            rows = connection.execute(chosen.with_for_update(skip_locked=True, of=alarm_notice)).mappings().all()
            for row in rows:
                pause = timedelta(seconds=min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(row["attempts"], 10)))
                values = {"due_at": now + max(lease, pause), "attempts": row["attempts"] + 1}
                connection.execute(_notice(row["id"], row["edge"], row["target"]).values(values))
            return [NoticeDue(_alarm(row), Edge(row["edge"]), row["target"]) for row in rows]

    def told(self, notice: NoticeDue, fault: str = "") -> None:
        """Sent, or not because of ``fault``: then it stays due."""
        with transaction(self._engine, SystemScope()) as connection:
            values = {"fault": fault} if fault else {"fault": "", "sent_at": db_now(connection)}
            connection.execute(_notice(notice.alarm.id, str(notice.edge), notice.target).values(values))

    def beat(self, process: str, instance: str, host: Host = NOWHERE) -> None:
        """That process is alive, and how its machine is."""
        with transaction(self._engine, SystemScope()) as connection:
            measured = {"host": host.name, "apart": round(host.apart.total_seconds()), "disk_free": host.disk_free}
            mine = {"process": process, "instance": instance, "at": db_now(connection)}
            upsert(connection, process_beat, mine | measured)

    def retire(self, process: str) -> None:
        """Nobody runs it any more."""
        with transaction(self._engine, SystemScope()) as connection:
            signing.note(connection, process)
            connection.execute(delete(process_beat).where(_B.process == process))

    def forget(self) -> int:
        """Alarms that were over long ago, with their notices, and processes nobody has heard of for as long."""
        with transaction(self._engine, SystemScope()) as connection:
            before = db_now(connection) - KEPT
            gone = delete_some(connection, process_beat, _B.at < before)
            return gone + delete_some(connection, alarm, _A.ended_at < before)


def beats(connection: Connection) -> Sequence[Beat]:
    newest: dict[str, Beat] = {}
    for row in connection.execute(select(process_beat).order_by(_B.at)):
        newest[row.process] = Beat(row.process, row.at)
    return list(newest.values())


def hosts(connection: Connection, since: datetime) -> Sequence[Host]:
    """Machines from which a process was heard since: the worst that any of them said."""
    worst = select(_B.host, func.max(_B.apart).label("apart"), func.min(_B.disk_free).label("disk_free"))
    heard = worst.where(_B.at >= since, _B.host != "").group_by(_B.host)
    return [Host(row.host, timedelta(seconds=row.apart), row.disk_free) for row in connection.execute(heard)]


def _active(connection: Connection) -> list[Alarm]:
    """Sorted here, so that the database walks the index of active ones only."""
    rows = connection.execute(select(alarm).where(IS_ACTIVE)).mappings()
    return sorted((_alarm(row) for row in rows), key=lambda one: (one.started_at, one.id))


def _end(connection: Connection, one: Alarm) -> bool:
    mine = update(alarm).where(_A.id == one.id, _A.ended_at.is_(None))
    return connection.execute(mine.values(ended_at=one.ended_at)).rowcount == 1


def _alarm(row: Mapping[Any, Any]) -> Alarm:
    condition = Condition(AlarmKind(row["kind"]), row["subject"], row["tenant"], row["count"])
    return Alarm(row["id"], condition, row["started_at"], row["ended_at"])


def _values(one: Alarm) -> dict[str, Any]:
    condition = one.condition
    whose = {"tenant": condition.tenant, "whose": str(condition.tenant or "")}
    said = {"kind": str(condition.kind), "subject": condition.subject}
    return {"id": one.id, **whose, **said, "count": condition.count, "started_at": one.started_at, "ended_at": None}


_REMINDERS_LEFT = delete(alarm_notice).where(
    _N.alarm == bindparam("this"), _N.edge == str(Edge.REMINDER), _N.sent_at.is_(None)
)


def _say_again(connection: Connection, one: Alarm, present: Condition, targets: Collection[str], now: datetime) -> None:
    """What goes by steps at each step down, what is said once never, everything else after ``REMINDED``."""
    if one.condition.kind in BY_STEPS:
        if present.count != one.condition.count:
            connection.execute(update(alarm).where(_A.id == one.id).values(count=present.count))
        if present.count < one.condition.count:
            _owe(connection, one, Edge.REMINDER, targets)
            again = update(alarm_notice).where(_N.alarm == one.id, _N.edge == str(Edge.REMINDER))
            connection.execute(again.values(sent_at=None, due_at=now, attempts=0))
    elif one.condition.kind not in ONCE and one.started_at <= now - REMINDED:
        _remind(connection, one, targets, now)


def _remind(connection: Connection, one: Alarm, targets: Collection[str], now: datetime) -> None:
    """The first after so long, each next as long after the one before has arrived."""
    _owe(connection, one, Edge.REMINDER, targets)
    again = update(alarm_notice).where(_N.alarm == one.id, _N.edge == str(Edge.REMINDER), _N.sent_at <= now - REMINDED)
    connection.execute(again.values(sent_at=None, due_at=now, attempts=0))


def _owe(connection: Connection, one: Alarm, edge: Edge, targets: Collection[str]) -> None:
    due = one.ended_at or one.started_at
    for target in sorted(targets):
        row = {"alarm": one.id, "edge": str(edge), "target": target, "due_at": due, "attempts": 0, "fault": ""}
        insert_new(connection, alarm_notice, row)


def _notice(id: UUID, edge: str, target: str) -> Any:
    return update(alarm_notice).where(_N.alarm == id, _N.edge == edge, _N.target == target)
