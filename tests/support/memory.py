"""The ports kept in memory: real values and real rules, no database, no sockets, a clock that is set by hand."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID, uuid5

from gateway.domain.consultation import clocks
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.events import DebtKind
from gateway.domain.consultation.queue_entry import QueueEntry
from gateway.domain.errors import ConcurrentChange, NotFound, Replayed
from gateway.domain.identifiers import Ydernummer
from gateway.domain.launch import UsedToken
from gateway.domain.peers.delivery import Delivery, DeliveryStatus, Outcome, Receipt, delivery_id
from gateway.domain.peers.verdict import Verdict
from gateway.domain.records import AuditRow, DeliveryRow, StoredAnswer, StoredEvent, TimelineRow
from gateway.domain.scope import ClinicScope, Scope, TenantScope
from gateway.ports.rows import Write
from tests.support.consultations import KOMMUNE_A, NOW

NEVER = timedelta(days=365)


@dataclass
class HandClock:
    time: datetime = NOW

    def now(self) -> datetime:
        return self.time

    def pass_by(self, **span: float) -> None:
        self.time += timedelta(**span)


class CountedIds:
    """Ids in the order they are asked for."""

    def __init__(self) -> None:
        self._count = 0

    def new(self) -> UUID:
        self._count += 1
        return uuid5(KOMMUNE_A, f"id-{self._count}")

    def short(self) -> str:
        self._count += 1
        return f"LB-{self._count:04d}-2"

    def secret(self) -> str:
        self._count += 1
        return f"secret-{self._count}"


@dataclass
class Row:
    """A debt as the outbox keeps it."""

    delivery: Delivery
    status: DeliveryStatus = DeliveryStatus.DUE
    due_at: datetime = NOW
    lease: str = ""
    lease_until: datetime = NOW
    began: datetime = NOW  # the last attempt
    fault: str = ""
    outcomes: list[Outcome] = field(default_factory=list)


class MemoryStore:
    """``ports.ConsultationStore``: optimistic versions, one open consultation per launch key, tokens burnt once."""

    def __init__(self, clock: HandClock) -> None:
        self.clock = clock
        self.kept: dict[UUID, Consultation] = {}
        self.put_off: dict[UUID, datetime] = {}  # clocks that are looked at again later
        self.rows: dict[UUID, Row] = {}
        self.audits: list[AuditRow] = []
        self.used: set[tuple[str, str]] = set()
        self.lines: dict[UUID, list[TimelineRow]] = {}
        self.answers: dict[tuple[UUID, str], StoredAnswer] = {}
        self.before_commit: list[object] = []  # callables run once each, as somebody who is faster

    def commit(
        self,
        consultation: Consultation,
        *,
        audit: Sequence[AuditRow] = (),
        used: Sequence[UsedToken] = (),
        answer: StoredAnswer | None = None,
        beside: Sequence[Write] = (),
    ) -> Consultation:
        if self.before_commit:
            self.before_commit.pop(0)()  # type: ignore[operator]
        spent = {(token.issuer, token.jti) for token in used}
        if spent & self.used:
            raise Replayed("jti")
        self._require_unchanged(consultation)
        self.used |= spent
        self.audits.extend(audit)
        if answer is not None:
            self.answers[consultation.tenant, answer.key] = answer
        for write in beside:
            write(None)
        self._note(consultation)
        self.kept[consultation.id] = consultation.committed()
        return self.kept[consultation.id]

    def _require_unchanged(self, consultation: Consultation) -> None:
        stored = self.kept.get(consultation.id)
        if (stored.version if stored else 0) != consultation.version:
            raise ConcurrentChange
        other = self.find_by_launch_key(consultation.tenant, consultation.launch_key)
        if other is not None and other.id != consultation.id and consultation.is_open:
            raise ConcurrentChange

    def _note(self, consultation: Consultation) -> None:
        lines = self.lines.setdefault(consultation.id, [])
        for e in consultation.events:
            lines.append(TimelineRow(e.at, e.kind, str(e.actor.kind), e.actor.role, e.detail))
        for debt in consultation.debts:
            id = delivery_id(consultation.id, debt.kind, debt.subject, debt.version, debt.connection)
            made = Delivery(
                id, consultation.tenant, consultation.id, debt.kind, debt.subject, debt.version, debt.connection,
                0, False, "", self.clock.now(), self.clock.now(),
            )  # fmt: skip
            self.rows.setdefault(id, Row(made, due_at=self.clock.now()))

    def load(self, scope: Scope, id: UUID) -> Consultation:
        found = self.kept.get(id)
        if found is None or not _visible(scope, found):
            raise NotFound("consultation")
        return found

    def load_each(self, ids: Collection[UUID]) -> dict[UUID, Consultation]:
        return {id: self.kept[id] for id in ids if id in self.kept}

    def load_by_entry(self, scope: Scope, entry_id: UUID) -> Consultation:
        return self._first(c for c in self.kept.values() if any(e.id == entry_id for e in c.entries))

    def load_by_room(self, room: str) -> Consultation:
        return self._first(c for c in self.kept.values() if c.room == room)

    def _first(self, found: Iterator[Consultation]) -> Consultation:
        for consultation in found:
            return consultation
        raise NotFound("consultation")

    def find_by_launch_key(self, tenant: UUID, key: str) -> Consultation | None:
        same = (c for c in self.kept.values() if c.tenant == tenant and c.launch_key == key and c.is_open)
        return next(same, None)

    def open_of_employee(self, tenant: UUID, employee: str) -> Sequence[Consultation]:
        return [c for c in self.kept.values() if c.tenant == tenant and c.responsible == employee and c.is_open]

    def at_clinic(self, ydernumre: Collection[Ydernummer], since: datetime) -> Sequence[Consultation]:
        return [c for c in self.kept.values() if c.entry is not None and c.entry.ydernummer in ydernumre]

    def ahead_of(self, entry: QueueEntry) -> int:
        others = (c.entry for c in self.kept.values() if c.entry is not None and c.entry.status.waits)
        return sum(o.ydernummer == entry.ydernummer and o.place < entry.place for o in others)

    def each_ahead_of(self, entries: Collection[UUID]) -> Mapping[UUID, int]:
        found = (c.entry for c in self.kept.values() if c.entry is not None and c.entry.id in entries)
        return {entry.id: self.ahead_of(entry) for entry in found}

    def due_clocks(self, now: datetime, limit: int = 50) -> Sequence[UUID]:
        due = ((self.put_off.get(c.id, clocks.deadline(c)), c.id) for c in self.kept.values())
        return [id for at, id in sorted((at, id) for at, id in due if at is not None and at <= now)][:limit]

    def postpone_clock(self, id: UUID, now: datetime, until: datetime) -> None:
        self.put_off[id] = until

    def timeline(self, scope: Scope, id: UUID) -> Sequence[TimelineRow]:
        return self.lines.get(self.load(scope, id).id, [])

    def find_by_short_id(self, scope: Scope, short_id: str) -> UUID:
        return self._first(c for c in self.kept.values() if c.short_id == short_id).id

    def events_after(self, seq: int, limit: int = 500) -> Sequence[StoredEvent]:
        return []

    def latest_seq(self) -> int:
        return sum(len(lines) for lines in self.lines.values())

    def answer_to(self, tenant: UUID, key: str) -> StoredAnswer | None:
        return self.answers.get((tenant, key))

    def record_audit(self, *rows: AuditRow) -> None:
        self.audits.extend(rows)

    def stuck_notes(self, tenant: UUID, ids: Collection[UUID]) -> Collection[tuple[UUID, int]]:
        still = (DeliveryStatus.STUCK, DeliveryStatus.GIVEN_UP)
        mine = [r for r in self.rows.values() if r.delivery.consultation in ids and r.status in still]
        return {(r.delivery.subject, r.delivery.version) for r in mine if r.delivery.kind is DebtKind.NOTE}

    def deliveries_of(self, scope: Scope, id: UUID) -> Sequence[DeliveryRow]:
        mine = (r for r in self.rows.values() if r.delivery.consultation == id)
        return [
            DeliveryRow(
                d.id, str(d.kind), d.subject, d.version, d.connection, str(r.status), d.unknown, d.attempt,
                r.due_at, None, d.receipt, r.fault,
            )
            for r in mine
            for d in [r.delivery]
        ]  # fmt: skip


def _visible(scope: Scope, consultation: Consultation) -> bool:
    if isinstance(scope, TenantScope):
        return consultation.tenant == scope.tenant
    if isinstance(scope, ClinicScope):
        return any(e.ydernummer in scope.ydernumre for e in consultation.entries)
    return True


class MemorySettling:
    """``ports.Settling``."""

    def __init__(self, outbox: MemoryOutbox, delivery: Delivery, receipt: Receipt) -> None:
        self._settle = partial(outbox.settle, delivery, Outcome.DONE, pause=timedelta(0), receipt=receipt)
        self.written = False

    def __call__(self, _connection: object) -> None:
        self._settle()
        self.written = True


class MemoryOutbox:
    """``ports.Outbox`` over the store's rows, on its clock."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self._leases = 0
        self.heard: list[str] = []  # codes of what settled attempts met
        self.verdicts: list[Verdict | None] = []

    def claim(self, lease: timedelta, id: UUID | None = None) -> Delivery | None:
        for found in self._claimable(timedelta(0)):
            if id is None or found == id:
                return self._leased(self._store.rows[found], lease)
        return None

    def _claimable(self, older_than: timedelta) -> list[UUID]:
        now = self._store.clock.now()
        rows = self._store.rows.items()
        return [
            id
            for id, row in rows
            if row.status is DeliveryStatus.DUE
            and row.due_at <= now - older_than
            and (not row.lease or row.lease_until < now)
        ]

    def _leased(self, row: Row, lease: timedelta) -> Delivery:
        self._leases += 1
        lost = bool(row.lease)
        row.lease, row.lease_until = f"lease-{self._leases}", self._store.clock.now() + lease
        before = row.delivery
        sent_before = row.began if lost or row.outcomes[-1:] == [Outcome.UNKNOWN] else before.sent_before
        row.began = self._store.clock.now()
        row.delivery = replace(
            before,
            attempt=before.attempt + 1,
            unknown=before.unknown or lost,
            lease=row.lease,
            claimed_at=self._store.clock.now(),
            sent_before=sent_before,
        )
        return row.delivery

    def settling(self, delivery: Delivery, receipt: Receipt) -> MemorySettling:
        return MemorySettling(self, delivery, receipt)

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
        row = self._store.rows[delivery.id]
        if row.lease != delivery.lease or row.status is not DeliveryStatus.DUE:
            return False
        self.heard.append(verdict.code if verdict else "")
        self.verdicts.append(verdict)
        row.lease, row.fault = "", fault
        row.outcomes.append(outcome)
        row.due_at = self._store.clock.now() + pause
        ends = {Outcome.DONE: DeliveryStatus.DONE, Outcome.REFUSED: DeliveryStatus.STUCK}
        row.status = ends.get(outcome, DeliveryStatus.DUE)
        unknown = (row.delivery.unknown or outcome in (Outcome.UNKNOWN, Outcome.TO_ASK)) and outcome is not Outcome.DONE
        row.delivery = replace(row.delivery, unknown=unknown, receipt=receipt or row.delivery.receipt)
        return True

    def due(self, limit: int = 200, older_than: timedelta = timedelta(0)) -> Sequence[UUID]:
        return self._claimable(older_than)[:limit]
