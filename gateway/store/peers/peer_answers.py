"""What was answered to a message that a practice's system brought, by the name it gave the message: the same message
again gets the same answer, and another one under the same name is told apart.

An answer names entries and codes, never a person.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, Engine, ForeignKey, Index, LargeBinary, String, Table, delete, select

from gateway.domain.records import PeerAnswer
from gateway.domain.scope import SystemScope
from gateway.store.ground.columns import moment
from gateway.store.ground.engine import transaction
from gateway.store.ground.schema import metadata
from gateway.store.ground.upsert import insert_new

peer_answer = Table(
    "peer_answer",
    metadata,
    Column("connection", String(80), ForeignKey("connection.name"), primary_key=True),
    Column("message", String(200), primary_key=True),
    Column("request", LargeBinary, nullable=False),
    Column("answer", LargeBinary, nullable=False),
    moment("answered_at", required=True),
    Index("ix_peer_answer_answered_at", "answered_at"),
)


class SqlPeerAnswers:
    """Shared by all processes with a door for practices' systems."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def find(self, connection: str, message: str) -> PeerAnswer | None:
        which = (peer_answer.c.connection == connection, peer_answer.c.message == message)
        query = select(peer_answer.c.request, peer_answer.c.answer).where(*which)
        with transaction(self._engine, SystemScope(), read_only=True) as db:
            found = db.execute(query).one_or_none()
        return None if found is None else PeerAnswer(bytes(found.request), bytes(found.answer))

    def keep(self, connection: str, message: str, said: PeerAnswer, at: datetime) -> None:
        """The first answer stays: of two processes that got the same message at once, both then give that one."""
        values = {"connection": connection, "message": message, "request": said.request, "answer": said.answer}
        with transaction(self._engine, SystemScope()) as db:
            insert_new(db, peer_answer, {**values, "answered_at": at})

    def forget(self, before: datetime) -> int:
        """Remove answers older than anybody repeats a message; how many there were."""
        with transaction(self._engine, SystemScope()) as db:
            return db.execute(delete(peer_answer).where(peer_answer.c.answered_at < before)).rowcount
