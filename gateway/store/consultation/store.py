"""The store of consultations: one transaction per fact, with all it causes (requirements.md Q4)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, time, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Engine, exists, func, or_, select

from gateway.domain.consultation.aggregate import Consultation, Status
from gateway.domain.consultation.queue_entry import QueueEntry
from gateway.domain.errors import ConcurrentChange, NotFound
from gateway.domain.identifiers import Ydernummer
from gateway.domain.launch import UsedToken
from gateway.domain.practice import COPENHAGEN
from gateway.domain.records import AuditRow, DeliveryRow, StoredAnswer, StoredEvent, TimelineRow
from gateway.domain.scope import ClinicScope, Scope, SystemScope, TenantScope
from gateway.store.consultation import audit, chronicle, reading, writing
from gateway.store.consultation.clinic_view import ClinicView, merged
from gateway.store.consultation.mapping import launch_index
from gateway.store.consultation.tables import consultation as root
from gateway.store.consultation.tables import queue_entry
from gateway.store.ground import once
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import db_now, transaction

ERASE = timedelta(days=30)  # default retention of texts after closing; an organisation may set a shorter one
_OPEN = root.c.status != str(Status.CLOSED)
_NOBODY = UUID(int=0)


class SqlConsultationStore:
    """``ports.ConsultationStore`` on SQLAlchemy Core. ``erase_after``: how long after closing texts are kept."""

    def __init__(self, engine: Engine, vault: Vault, *, erase_after: timedelta = ERASE) -> None:
        self._engine = engine
        self._vault = vault
        self._erase = erase_after

    def commit(
        self,
        consultation: Consultation,
        *,
        audit: Sequence[AuditRow] = (),
        used: Sequence[UsedToken] = (),
        answer: StoredAnswer | None = None,
    ) -> Consultation:
        with transaction(self._engine, TenantScope(consultation.tenant)) as connection:
            once.burn(connection, used)
            whole = self._write(connection, consultation)
            self._write_beside(connection, whole, audit, answer)
            writing.write_events(connection, self._vault, whole)
        return consultation.committed()

    def _write(self, connection: Connection, consultation: Consultation) -> Consultation:
        """State and debts; returns the whole of what may have come in as a clinic's view."""
        stored = self._stored(connection, consultation)
        now = db_now(connection)
        whole = consultation
        if isinstance(consultation, ClinicView):
            if stored is None:
                raise ConcurrentChange
            whole = merged(consultation, stored)
        writing.write_root(connection, self._vault, whole, self._erase)
        writing.write_children(connection, self._vault, whole, stored, self._erase)
        writing.write_history(connection, self._vault, whole, stored, now)
        writing.write_debts(connection, whole, now)
        return whole

    def _stored(self, connection: Connection, consultation: Consultation) -> Consultation | None:
        if consultation.version == 0:
            return None
        scope = TenantScope(consultation.tenant)
        found = reading.read(connection, self._vault, scope, root.c.id == consultation.id)
        if not found or found[0].version != consultation.version:
            raise ConcurrentChange
        return found[0]

    def _write_beside(
        self, connection: Connection, whole: Consultation, rows: Sequence[AuditRow], answer: StoredAnswer | None
    ) -> None:
        audit.audit_change(connection, self._vault, rows, whole)
        if answer is not None:
            once.keep_answer(connection, self._vault, whole.tenant, answer, db_now(connection))

    def load(self, scope: Scope, id: UUID) -> Consultation:
        return self._one(scope, root.c.id == id)

    def load_by_entry(self, scope: Scope, entry_id: UUID) -> Consultation:
        entry = queue_entry.c
        mine: ColumnElement[bool] = exists().where(entry.consultation == root.c.id, entry.id == entry_id)
        if isinstance(scope, ClinicScope):
            mine = reading.entry_at(scope.ydernumre, entry.id == entry_id)
        return self._one(scope, mine)

    def load_by_room(self, room: str) -> Consultation:
        if not room:
            raise NotFound("consultation")
        return self._one(SystemScope(), root.c.room == room)

    def find_by_launch_key(self, tenant: UUID, key: str) -> Consultation | None:
        same = root.c.launch_index == launch_index(self._vault, tenant, key)
        found = self._all(TenantScope(tenant), same, _OPEN)
        return found[0] if found else None

    def open_of_employee(self, tenant: UUID, employee: str) -> Sequence[Consultation]:
        with transaction(self._engine, TenantScope(tenant), read_only=True) as connection:
            today = datetime.combine(db_now(connection).astimezone(COPENHAGEN).date(), time(0), COPENHAGEN)
            recent = or_(_OPEN, root.c.closed_at >= today)
            newest = (root.c.created_at.desc(), root.c.id.desc())
            mine = root.c.responsible == employee
            return reading.read(connection, self._vault, TenantScope(tenant), mine, recent, order=newest)

    def at_clinic(self, ydernumre: Collection[Ydernummer], since: datetime) -> Sequence[Consultation]:
        if not ydernumre:
            return []
        entry = queue_entry.c
        scope = ClinicScope(_NOBODY, tuple(ydernumre))
        recent = or_(_OPEN, root.c.closed_at >= since, entry.ended_at >= since)
        place = select(func.max(entry.place)).where(entry.consultation == root.c.id, entry.latest).scalar_subquery()
        return self._all(scope, reading.entry_at(ydernumre, entry.latest, recent), order=(place, root.c.id))

    def ahead_of(self, entry: QueueEntry) -> int:
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return reading.count_ahead(connection, entry)

    def due_clocks(self, now: datetime, limit: int = 50) -> Sequence[UUID]:
        query = select(root.c.id).where(root.c.deadline_at <= now).order_by(root.c.deadline_at).limit(limit)
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return connection.execute(query).scalars().all()

    def timeline(self, scope: Scope, id: UUID) -> Sequence[TimelineRow]:
        with transaction(self._engine, scope, read_only=True) as connection:
            return chronicle.timeline(connection, scope, id)

    def find_by_short_id(self, scope: Scope, short_id: str) -> UUID:
        query = select(root.c.id).where(reading.visible(scope), root.c.short_id == short_id)
        with transaction(self._engine, scope, read_only=True) as connection:
            found: UUID | None = connection.execute(query.order_by(root.c.created_at.desc()).limit(1)).scalar()
        if found is None:
            raise NotFound("consultation")
        return found

    def events_after(self, seq: int, limit: int = 500) -> Sequence[StoredEvent]:
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return chronicle.events_after(connection, seq, limit)

    def latest_seq(self) -> int:
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return chronicle.latest_seq(connection)

    def answer_to(self, tenant: UUID, key: str) -> StoredAnswer | None:
        with transaction(self._engine, TenantScope(tenant), read_only=True) as connection:
            return once.find_answer(connection, self._vault, tenant, key)

    def record_audit(self, row: AuditRow) -> None:
        with transaction(self._engine, SystemScope()) as connection:
            audit.audit_read(connection, self._vault, row)

    def deliveries_of(self, scope: Scope, id: UUID) -> Sequence[DeliveryRow]:
        with transaction(self._engine, scope, read_only=True) as connection:
            return chronicle.deliveries(connection, scope, id)

    def _one(self, scope: Scope, condition: ColumnElement[bool]) -> Consultation:
        found = self._all(scope, condition)
        if not found:
            raise NotFound("consultation")
        return found[0]

    def _all(
        self, scope: Scope, *conditions: ColumnElement[bool], order: Sequence[ColumnElement[object]] = ()
    ) -> list[Consultation]:
        with transaction(self._engine, scope, read_only=True) as connection:
            return reading.read(connection, self._vault, scope, *conditions, order=order)
