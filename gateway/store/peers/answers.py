"""What was answered to a practice's messages, by the name each message had: the same message again gets the same answer
(MedCom governance 043 §1), and another one under the same name is told apart.

An answer names entries, messages, organisations and codes, never a person. One that is ours to send is a debt: the
relay sends it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, bindparam, or_, select, update

from gateway.domain.records import PeerAnswer
from gateway.domain.scope import SystemScope
from gateway.store.ground.bulk import delete_some
from gateway.store.ground.engine import db_now, transaction
from gateway.store.ground.tables_once import stored_answer
from gateway.store.ground.upsert import insert_new

_A = stored_answer.c
LEASE = timedelta(seconds=60)
_OF_ASKER = select(stored_answer).where(_A.asker == bindparam("asker"))
_NAMED = _OF_ASKER.where(_A.message == bindparam("message"))
_LIKE = _OF_ASKER.where(or_(_A.message == bindparam("message"), _A.envelope == bindparam("envelope")))
_DUE = select(stored_answer).where(_A.due_at <= bindparam("now")).order_by(_A.due_at).limit(bindparam("limit"))
_ANY_DUE = select(_A.message).where(_A.due_at <= bindparam("now")).limit(1)
_DUE = _DUE.with_for_update(skip_locked=True)
_SET_DUE = update(stored_answer).where(
    _A.asker == bindparam("whose"), _A.message == bindparam("named"), _A.envelope == bindparam("within")
)


class SqlPeerAnswers:
    """Shared by all processes with a door for practices' systems."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def find(self, connection: str, message: str) -> PeerAnswer | None:
        with transaction(self._engine, SystemScope(), read_only=True) as db:
            found = db.execute(_NAMED, {"asker": connection, "message": message}).first()
        return None if found is None else PeerAnswer(bytes(found.request), bytes(found.answer))

    def keep(self, connection: str, message: str, said: PeerAnswer, at: datetime) -> None:
        """The first answer stays: of two processes that got the same message at once, both then give that one."""
        values = _values(connection, message, "", said.answer, at) | {"request": said.request}
        with transaction(self._engine, SystemScope()) as db:
            insert_new(db, stored_answer, values)

    def forget(self, before: datetime) -> int:
        """Remove answers older than anybody repeats a message, sent ones only; how many there were this time."""
        with transaction(self._engine, SystemScope()) as db:
            return delete_some(db, stored_answer, _A.answered_at < before, _A.tenant.is_(None), _A.due_at.is_(None))


@dataclass(frozen=True, slots=True)
class OwedAnswer:
    """Claimed for a minute."""

    connection: str
    envelope: UUID
    header: UUID
    answer: bytes = field(repr=False)


class SqlAnswerBook:
    """``ports.letters.AnswerBook``: found by the ids of Bundle and MessageHeader. Shared by all doors and relays."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def find(self, connection: str, envelope: UUID, header: UUID) -> tuple[bytes | None, bool]:
        values = {"asker": connection, "message": str(header), "envelope": str(envelope)}
        with transaction(self._engine, SystemScope(), read_only=True) as db:
            rows = db.execute(_LIKE, values).all()
        known = [row for row in rows if row.message == str(header)]
        exact = [row for row in known if row.envelope == str(envelope)]
        first = min(known, key=lambda row: row.answered_at) if known else None
        reused = not exact and any(row.envelope == str(envelope) for row in rows)
        return (bytes((exact[0] if exact else first).answer) if first else None), reused

    def owe(self, connection: str, envelope: UUID, header: UUID, answer: bytes, at: datetime) -> None:
        values = _values(connection, str(header), str(envelope), answer, at)
        with transaction(self._engine, SystemScope()) as db:
            now = db_now(db)
            if insert_new(db, stored_answer, values | {"due_at": now}) != 1:
                db.execute(_SET_DUE, _key(connection, envelope, header) | {"due_at": now})

    def claim_due(self, limit: int = 20) -> Sequence[OwedAnswer]:
        """Those to be sent now, each left alone by other relays for a minute."""
        with transaction(self._engine, SystemScope(), read_only=True) as db:
            if db.execute(_ANY_DUE, {"now": db_now(db)}).first() is None:  # nearly always: nobody waits to write
                return ()
        with transaction(self._engine, SystemScope()) as db:
            now = db_now(db)
            claimed = []
            for row in db.execute(_DUE, {"now": now, "limit": limit}).all():
                owed = OwedAnswer(row.asker, UUID(row.envelope), UUID(row.message), bytes(row.answer))
                db.execute(_SET_DUE, _key(row.asker, owed.envelope, owed.header) | {"due_at": now + LEASE})
                claimed.append(owed)
            return claimed

    def settle(self, owed: OwedAnswer, pause: timedelta | None) -> None:
        """Sent (``pause`` None), or to be tried again after it."""
        with transaction(self._engine, SystemScope()) as db:
            due = None if pause is None else db_now(db) + pause
            db.execute(_SET_DUE, _key(owed.connection, owed.envelope, owed.header) | {"due_at": due})


def _values(connection: str, message: str, envelope: str, answer: bytes, at: datetime) -> dict[str, Any]:
    named = {"asker": connection, "message": message, "envelope": envelope}
    return named | {"request": b"", "status": 0, "answer": answer, "answered_at": at}


def _key(connection: str, envelope: UUID, header: UUID) -> dict[str, Any]:
    return {"whose": connection, "named": str(header), "within": str(envelope)}
