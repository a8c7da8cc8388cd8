"""What was answered to a practice's HL7 message, by its control id and claims (``control_id`` holds a digest of both):
the same message again gets the same answer.

An answer names messages and codes, never a person.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, Engine, ForeignKey, Index, LargeBinary, String, Table, delete, select

from gateway.domain.scope import SystemScope
from gateway.store.ground.columns import moment
from gateway.store.ground.engine import transaction
from gateway.store.ground.schema import metadata
from gateway.store.ground.upsert import insert_new

hl7_answer = Table(
    "hl7_answer",
    metadata,
    Column("connection", String(80), ForeignKey("connection.name"), primary_key=True),
    Column("control_id", String(199), primary_key=True),
    Column("answer", LargeBinary, nullable=False),
    moment("answered_at", required=True),
    Index("ix_hl7_answer_answered_at", "answered_at"),
)


class SqlHl7Answers:
    """Shared by all listeners."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def find(self, connection: str, control_id: str) -> bytes | None:
        which = (hl7_answer.c.connection == connection, hl7_answer.c.control_id == control_id)
        with transaction(self._engine, SystemScope(), read_only=True) as db:
            found = db.execute(select(hl7_answer.c.answer).where(*which)).scalar_one_or_none()
        return None if found is None else bytes(found)

    def keep(self, connection: str, control_id: str, answer: bytes, at: datetime) -> None:
        """The first answer stays: of two listeners that got the same message at once, both then give that one."""
        values = {"connection": connection, "control_id": control_id, "answer": answer, "answered_at": at}
        with transaction(self._engine, SystemScope()) as db:
            insert_new(db, hl7_answer, values)

    def forget(self, before: datetime) -> int:
        """Remove answers older than anybody repeats a message; how many there were."""
        with transaction(self._engine, SystemScope()) as db:
            return db.execute(delete(hl7_answer).where(hl7_answer.c.answered_at < before)).rowcount
