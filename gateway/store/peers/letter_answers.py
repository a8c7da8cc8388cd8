"""What was answered to a practice's messages, by Bundle.id and MessageHeader.id: the same message again gets the same
answer (MedCom governance 043 §1). The row is the debt; the relay sends it.

An answer names messages, organisations and codes, never a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Column, Engine, ForeignKey, Index, LargeBinary, String, Table, and_, delete, or_, select, update

from gateway.domain.scope import SystemScope
from gateway.store.ground.columns import moment, uuid
from gateway.store.ground.engine import db_now, transaction
from gateway.store.ground.schema import metadata
from gateway.store.ground.upsert import insert_new

letter_answer = Table(
    "letter_answer",
    metadata,
    Column("connection", String(80), ForeignKey("connection.name"), primary_key=True),
    uuid("envelope", key=True),
    uuid("header", key=True),
    Column("answer", LargeBinary, nullable=False),
    moment("answered_at", required=True),
    moment("due_at"),  # None: sent
    Index("ix_letter_answer_header", "header"),
    Index("ix_letter_answer_due_at", "due_at"),
    Index("ix_letter_answer_answered_at", "answered_at"),
)
_A = letter_answer.c
LEASE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class OwedAnswer:
    """Claimed for a minute."""

    connection: str
    envelope: UUID
    header: UUID
    answer: bytes = field(repr=False)


class SqlAnswerBook:
    """Shared by all doors and relays."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def find(self, connection: str, envelope: UUID, header: UUID) -> tuple[bytes | None, bool]:
        either = or_(_A.envelope == envelope, _A.header == header)
        with transaction(self._engine, SystemScope(), read_only=True) as db:
            rows = db.execute(select(letter_answer).where(_A.connection == connection, either)).all()
        known = [row for row in rows if row.header == header]
        exact = [row for row in known if row.envelope == envelope]
        first = min(known, key=lambda row: row.answered_at) if known else None
        reused = not exact and any(row.envelope == envelope for row in rows)
        return (bytes((exact[0] if exact else first).answer) if first else None), reused

    def owe(self, connection: str, envelope: UUID, header: UUID, answer: bytes, at: datetime) -> None:
        same = and_(_A.connection == connection, _A.envelope == envelope, _A.header == header)
        values = {"connection": connection, "envelope": envelope, "header": header}
        with transaction(self._engine, SystemScope()) as db:
            now = db_now(db)
            if insert_new(db, letter_answer, values | {"answer": answer, "answered_at": at, "due_at": now}) != 1:
                db.execute(update(letter_answer).where(same).values(due_at=now))

    def claim_due(self, limit: int = 20) -> Sequence[OwedAnswer]:
        """Those to be sent now, each left alone by other relays for a minute."""
        with transaction(self._engine, SystemScope()) as db:
            now = db_now(db)
            due = select(_A.connection, _A.envelope, _A.header).where(_A.due_at <= now).order_by(_A.due_at).limit(limit)
            claimed = []
            for key in db.execute(due.with_for_update(skip_locked=True)).all():
                same = and_(_A.connection == key.connection, _A.envelope == key.envelope, _A.header == key.header)
                row = db.execute(
                    update(letter_answer).where(same).values(due_at=now + LEASE).returning(letter_answer)
                ).one()
                claimed.append(OwedAnswer(row.connection, row.envelope, row.header, bytes(row.answer)))
            return claimed

    def settle(self, owed: OwedAnswer, pause: timedelta | None) -> None:
        """Sent (``pause`` None), or to be tried again after it."""
        same = and_(_A.connection == owed.connection, _A.envelope == owed.envelope, _A.header == owed.header)
        with transaction(self._engine, SystemScope()) as db:
            due = None if pause is None else db_now(db) + pause
            db.execute(update(letter_answer).where(same).values(due_at=due))

    def forget(self, before: datetime) -> int:
        """Remove answers older than anybody repeats a message; how many there were."""
        with transaction(self._engine, SystemScope()) as db:
            spent = and_(_A.answered_at < before, _A.due_at.is_(None))
            return db.execute(delete(letter_answer).where(spent)).rowcount
