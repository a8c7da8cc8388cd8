"""The store of consultations: one transaction per fact, with all it causes (requirements.md Q4)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, Select, bindparam, select, update

from gateway.domain.consultation.aggregate import Consultation, Ending
from gateway.domain.consultation.queue_entry import QueueEntry
from gateway.domain.errors import ConcurrentChange, NotFound
from gateway.domain.identifiers import Ydernummer
from gateway.domain.launch import UsedToken
from gateway.domain.practice import COPENHAGEN
from gateway.domain.records import AuditRow, DeliveryRow, StoredAnswer, StoredEvent, TimelineRow
from gateway.domain.scope import ClinicScope, Scope, SystemScope, TenantScope
from gateway.ports.rows import Write
from gateway.store.consultation import audit, chronicle, reading, writing
from gateway.store.consultation.clinic_view import ClinicView, merged
from gateway.store.consultation.document import as_stored
from gateway.store.consultation.rows import launch_index
from gateway.store.consultation.tables import HAS_ROOM, NOT_CLOSED, queue_entry
from gateway.store.consultation.tables import consultation as root
from gateway.store.ground import once, signing
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import db_now, one_question, stands_alone, transaction
from gateway.store.ground.faults import refusals_told

ERASE = timedelta(days=30)  # default retention of texts after closing; an organisation may set a shorter one
NEVER_SENT = frozenset((Ending.ABANDONED, Ending.NOT_STARTED))
Kept = Callable[[UUID], timedelta | None]  # organisation → what it has said; None: nothing
_NOBODY = UUID(int=0)
_E = queue_entry.c
_OF_KEY = reading.DOCUMENTS.where(reading.OF_TENANT, root.c.launch_index == bindparam("key"), NOT_CLOSED)
_OF_ROOM = reading.DOCUMENTS.where(root.c.room == bindparam("room"), HAS_ROOM)
_OF_IDS = reading.DOCUMENTS.where(root.c.id.in_(bindparam("ids", expanding=True)))
_OF_EMPLOYEE = reading.DOCUMENTS.where(
    reading.OF_TENANT, root.c.responsible == bindparam("employee"), root.c.active_until >= bindparam("since")
).order_by(root.c.created_at.desc(), root.c.id.desc())
_LISTED = reading.views_of(
    select(_E.consultation).where(reading.AT_PRACTICES, _E.latest, _E.active_until >= bindparam("since"))
)
_DUE_CLOCKS = (
    select(root.c.id)
    .where(root.c.deadline_at <= bindparam("now"))
    .order_by(root.c.deadline_at)
    .limit(bindparam("limit"))
)
_POSTPONE = (
    update(root)
    .where(root.c.id == bindparam("this"), root.c.deadline_at <= bindparam("now"))
    .values(deadline_at=bindparam("until"))
)


class SqlConsultationStore:
    """``ports.ConsultationStore`` on SQLAlchemy Core. ``erase_after``: how long after closing texts are kept, where
    ``kept`` does not say it of the organisation; ``drafts_kept``: the same of drafts that were never sent."""

    def __init__(
        self,
        engine: Engine,
        vault: Vault,
        *,
        erase_after: timedelta = ERASE,
        kept: Kept = lambda _tenant: None,
        drafts_kept: Kept = lambda _tenant: None,
    ) -> None:
        self._engine = engine
        self._vault = vault
        self._erase = erase_after
        self._kept = kept
        self._drafts_kept = drafts_kept

    def _erase_after(self, changed: Consultation) -> timedelta:
        """It counts from the closing on, so an open one asks nobody. What was never sent to a practice goes in its own
        time, and no later than the rest."""
        if changed.closed_at is None:
            return self._erase
        said = self._kept(changed.tenant)
        kept = self._erase if said is None else said
        draft = self._drafts_kept(changed.tenant) if changed.ending in NEVER_SENT else None
        return kept if draft is None else min(kept, draft)

    def commit(
        self,
        consultation: Consultation,
        *,
        audit: Sequence[AuditRow] = (),
        used: Sequence[UsedToken] = (),
        answer: StoredAnswer | None = None,
        beside: Sequence[Write] = (),
    ) -> Consultation:
        with refusals_told(), transaction(self._engine, TenantScope(consultation.tenant)) as connection:
            once.burn(connection, used)
            whole, stored = self._write(connection, consultation)
            self._write_beside(connection, whole, audit, answer)
            for write in beside:
                write(connection)
            writing.write_events(connection, self._vault, whole, ends=stands_alone())
        if isinstance(consultation, ClinicView):
            return consultation.committed()
        return stored

    def _write(self, connection: Connection, consultation: Consultation) -> tuple[Consultation, Consultation]:
        """State and debts; the whole of what may have come in as a clinic's view, before it is written and after."""
        before = self._started_from(connection, consultation)
        now = db_now(connection)
        whole = consultation
        if isinstance(consultation, ClinicView):
            if before is None:
                raise ConcurrentChange
            whole = merged(consultation, before)
        moved = before is not None and before.responsible != whole.responsible
        beside = {"taken_over_at": now} if moved else {}
        after = whole.committed()
        key = writing.write_state(connection, self._vault, after, before, erase=self._erase_after(whole), **beside)
        writing.write_history(connection, self._vault, whole, before, now)
        writing.write_debts(connection, whole, now)
        return whole, as_stored(after, key)

    def _started_from(self, connection: Connection, consultation: Consultation) -> Consultation | None:
        """The state the change started from. It is read only for a caller that was not given the whole; whether it
        is still the newest is decided by the writing itself."""
        if consultation.version == 0:
            return None
        before = consultation.stored
        if before is None:
            values = {"id": consultation.id}
            before = next(
                iter(reading.BY_ID.ask(connection, self._vault, TenantScope(consultation.tenant), values)), None
            )
        if before is None or before.version != consultation.version:
            raise ConcurrentChange
        return before

    def _write_beside(
        self, connection: Connection, whole: Consultation, rows: Sequence[AuditRow], answer: StoredAnswer | None
    ) -> None:
        audit.audit_change(connection, self._vault, rows, whole)
        if answer is not None:
            once.keep_answer(connection, self._vault, whole.tenant, answer, db_now(connection))

    def load(self, scope: Scope, id: UUID) -> Consultation:
        return self._one(scope, reading.BY_ID, id=id)

    def load_each(self, ids: Collection[UUID]) -> Mapping[UUID, Consultation]:
        found = self._whole(SystemScope(), _OF_IDS, ids=list(ids))
        return {each.id: each for each in found}

    def load_by_entry(self, scope: Scope, entry_id: UUID) -> Consultation:
        return self._one(scope, reading.BY_ENTRY, entry=entry_id)

    def load_by_room(self, room: str) -> Consultation:
        found = self._whole(SystemScope(), _OF_ROOM, room=room)
        if not found:
            raise NotFound("consultation")
        return found[0]

    def find_by_launch_key(self, tenant: UUID, key: str) -> Consultation | None:
        index = launch_index(self._vault, tenant, key)
        found = self._whole(TenantScope(tenant), _OF_KEY, tenant=tenant, key=index)
        return found[0] if found else None

    def open_of_employee(self, tenant: UUID, employee: str) -> Sequence[Consultation]:
        with transaction(self._engine, TenantScope(tenant), read_only=True) as connection:
            today = datetime.combine(db_now(connection).astimezone(COPENHAGEN).date(), time(0), COPENHAGEN)
            values = {"tenant": tenant, "employee": employee, "since": today}
            return reading.whole(connection, self._vault, _OF_EMPLOYEE, values)

    def at_clinic(self, ydernumre: Collection[Ydernummer], since: datetime) -> Sequence[Consultation]:
        if not ydernumre:
            return []
        scope = ClinicScope(_NOBODY, tuple(ydernumre))
        with transaction(self._engine, scope, read_only=True) as connection:
            found = reading.views(connection, self._vault, _LISTED, ydernumre, {"since": since})
        return sorted(found, key=lambda each: (each.entries[-1].place, each.id))

    def ahead_of(self, entry: QueueEntry) -> int:
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return reading.count_ahead(connection, entry)

    def each_ahead_of(self, entries: Collection[UUID]) -> Mapping[UUID, int]:
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return reading.count_each_ahead(connection, entries)

    def due_clocks(self, now: datetime, limit: int = 50) -> Sequence[UUID]:
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return connection.execute(_DUE_CLOCKS, {"now": now, "limit": limit}).scalars().all()

    def postpone_clock(self, id: UUID, now: datetime, until: datetime) -> None:
        with transaction(self._engine, SystemScope()) as connection:
            connection.execute(_POSTPONE, {"this": id, "now": now, "until": until})

    def timeline(self, scope: Scope, id: UUID) -> Sequence[TimelineRow]:
        with transaction(self._engine, scope, read_only=True) as connection:
            return chronicle.timeline(connection, scope, id)

    def find_by_short_id(self, scope: Scope, short_id: str) -> UUID:
        with transaction(self._engine, scope, read_only=True) as connection:
            found = reading.id_of_short_id(connection, scope, short_id)
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

    def record_audit(self, *rows: AuditRow) -> None:
        """In an administrator's hand the rows themselves are what the trail says of the act."""
        if not rows:
            return
        with transaction(self._engine, SystemScope()) as connection:
            audit.audit_reads(connection, self._vault, rows)
            signing.said_already(connection)

    def deliveries_of(self, scope: Scope, id: UUID) -> Sequence[DeliveryRow]:
        with transaction(self._engine, scope, read_only=True) as connection:
            return chronicle.deliveries(connection, scope, id)

    def stuck_notes(self, tenant: UUID, ids: Collection[UUID]) -> Collection[tuple[UUID, int]]:
        with transaction(self._engine, TenantScope(tenant), read_only=True) as connection:
            return chronicle.stuck_notes(connection, tenant, ids)

    def _one(self, scope: Scope, question: reading.Question, **values: object) -> Consultation:
        with one_question(self._engine, scope) as connection:
            found = question.ask(connection, self._vault, scope, values)
        if not found:
            raise NotFound("consultation")
        return found[0]

    def _whole(self, scope: Scope, query: Select[Any], **values: object) -> list[Consultation]:
        with one_question(self._engine, scope) as connection:
            return reading.whole(connection, self._vault, query, values)
