"""Letters to practices and care systems reached by messages only: what was said, how often it went, what came back.

What is said is sealed; it is erased with the consultation's other texts (erasure.py).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    ForeignKey,
    Index,
    String,
    Table,
    and_,
    bindparam,
    exists,
    func,
    select,
    true,
    update,
)

from gateway.domain.errors import NotFound
from gateway.domain.peers.delivery import DeliveryStatus
from gateway.domain.peers.letter import Answer, Letter, LetterKind
from gateway.domain.scope import ClinicScope, Scope, SystemScope, TenantScope
from gateway.store.consultation.own_keys import own_vault, wrapped_for
from gateway.store.consultation.tables import queue_entry
from gateway.store.consultation.tables_deliveries import delivery
from gateway.store.ground.columns import code, count, flag, moment, sealed, uuid
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import db_now, transaction
from gateway.store.ground.schema import metadata
from gateway.store.ground.sealing import Place, Row
from gateway.store.ground.upsert import insert_new

letter = Table(
    "letter",
    metadata,
    Column("connection", String(80), ForeignKey("connection.name"), primary_key=True),
    uuid("id", key=True),
    uuid("tenant"),
    uuid("consultation"),
    uuid("entry"),
    count("position"),
    code("kind"),
    moment("at", required=True),
    uuid("segment"),
    sealed("content"),
    count("sends"),
    moment("sent_at"),
    code("answer"),
    code("answer_code", length=120),
    moment("answered_at"),
    flag("given_up"),
    Index("ix_letter_entry", "entry", "connection", "position"),
    Index("ix_letter_consultation", "consultation"),
)
_L = letter.c
_THEIRS = (str(LetterKind.WRITTEN), str(LetterKind.ENCLOSED))
_LETTERS = select(letter, wrapped_for(_L.consultation))
_DEFINITE = (str(Answer.OK), str(Answer.FATAL))
_LATER = letter.alias("later")
_IS_NEWEST = ~exists().where(
    _LATER.c.connection == _L.connection,
    _LATER.c.entry == _L.entry,
    _LATER.c.position > _L.position,
    _LATER.c.kind.not_in(_THEIRS),
)
_IS_ANSWERED = exists().where(
    _L.connection == delivery.c.connection,
    _L.entry == delivery.c.subject,
    _L.kind.not_in(_THEIRS),
    _L.answer.in_(_DEFINITE),
    _IS_NEWEST,
)
_DB_NOW = bindparam("now", type_=delivery.c.due_at.type)
_ANSWERED_UNKNOWN = (
    and_(delivery.c.status == str(DeliveryStatus.DUE), delivery.c.unknown, delivery.c.lease.is_(None)),
    delivery.c.due_at > _DB_NOW,
    _IS_ANSWERED,
)
_WAKE_ANSWERED = update(delivery).where(*_ANSWERED_UNKNOWN).values(due_at=_DB_NOW)


class SqlLetterBook:
    """``ports_letters.LetterBook``, and what pages and the upkeep ask of it."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def thread(self, connection: str, entry: UUID) -> Sequence[Letter]:
        mine = (_L.connection == connection, _L.entry == entry, _L.kind != str(LetterKind.ENCLOSED))
        query = _LETTERS.where(*mine).order_by(_L.position, _L.at)
        with transaction(self._engine, SystemScope(), read_only=True) as db:
            return [self._letter(row) for row in db.execute(query).mappings()]

    def keep(self, connection: str, written: Letter) -> bool:
        """``NotFound`` where no delivery over that connection owes anything about the entry."""
        with transaction(self._engine, SystemScope()) as db:
            owner, wrapped = _owner(db, connection, written.entry)
            taken = select(func.count()).where(_L.entry == written.entry, _L.connection == connection)
            values = {
                "connection": connection,
                "id": written.id,
                **owner,
                "entry": written.entry,
                "position": db.execute(taken).scalar_one(),
                "kind": str(written.kind),
                "at": written.at,
                "segment": written.segment,
                **self._place({"id": written.id, **owner, "wrapped": wrapped}).seal(content=written.content),
            }
            return insert_new(db, letter, values) == 1

    def note_send(self, connection: str, id: UUID, at: datetime) -> None:
        self._change(connection, id, sends=_L.sends + 1, sent_at=at, given_up=False)

    def give_up(self, connection: str, id: UUID) -> None:
        self._change(connection, id, given_up=True)

    def note_answer(self, connection: str, id: UUID, answer: Answer, code: str, at: datetime) -> bool:
        values = {"answer": str(answer), "answer_code": code[:120], "answered_at": at}
        same = and_(_L.connection == connection, _L.id == id)
        with transaction(self._engine, SystemScope()) as db:
            db.execute(update(letter).where(same, _L.answer.not_in(_DEFINITE)).values(values))
            known = db.execute(select(_L.entry, _L.kind, _L.answer).where(same)).one_or_none()
            if known is not None and (known.kind, known.answer) == (str(LetterKind.CANCELLED), str(Answer.OK)):
                db.execute(
                    update(letter).where(_L.connection == connection, _L.entry == known.entry).values(content=b"")
                )
            return known is not None

    def entries_of(self, connection: str, ids: Collection[UUID]) -> Sequence[UUID]:
        query = select(_L.id, _L.entry).where(_L.connection == connection, _L.id.in_(list(ids)))
        with transaction(self._engine, SystemScope(), read_only=True) as db:
            found = {row.id: row.entry for row in db.execute(query)}
        return list(dict.fromkeys(found[id] for id in ids if id in found))

    def consultation_of(self, connection: str, entry: UUID) -> UUID | None:
        query = select(_L.consultation).where(_L.entry == entry, _L.connection == connection).limit(1)
        with transaction(self._engine, SystemScope(), read_only=True) as db:
            found: UUID | None = db.execute(query).scalar()
        return found

    def written_to_us(self, scope: Scope, consultation: UUID) -> Sequence[Letter]:
        """What practices have written about this consultation, whichever entry it was about, oldest first and as long
        as the text is kept; a clinic sees what was written about its own entries."""
        theirs = and_(_L.consultation == consultation, _L.kind == str(LetterKind.WRITTEN), _seen_by(scope))
        with transaction(self._engine, scope, read_only=True) as db:
            found = [self._letter(row) for row in db.execute(_LETTERS.where(theirs).order_by(_L.at)).mappings()]
        return [each for each in found if each.content]

    def enclosed(self, scope: Scope, consultation: UUID, id: UUID) -> Letter:
        """One attachment. ``NotFound`` outside the scope, and where it is erased."""
        mine = and_(_L.consultation == consultation, _L.id == id, _L.kind == str(LetterKind.ENCLOSED), _seen_by(scope))
        with transaction(self._engine, scope, read_only=True) as db:
            row = db.execute(_LETTERS.where(mine)).mappings().first()
        found = self._letter(row) if row else None
        if found is None or not found.content:
            raise NotFound("attachment")
        return found

    def wake_answered(self) -> int:
        """Make due what waits for an acknowledgement that has come: however it came between two of our steps."""
        with transaction(self._engine, SystemScope()) as db:
            return db.execute(_WAKE_ANSWERED, {"now": db_now(db)}).rowcount

    def _change(self, connection: str, id: UUID, **values: Any) -> None:
        same = and_(_L.connection == connection, _L.id == id)
        with transaction(self._engine, SystemScope()) as db:
            db.execute(update(letter).where(same).values(values))

    def _place(self, row: Row) -> Place:
        own = own_vault(self._vault, row["tenant"], row["consultation"], row["wrapped"])
        return Place(own, "letter", str(row["id"]), row["tenant"])

    def _letter(self, row: Row) -> Letter:
        return Letter(
            id=row["id"],
            entry=row["entry"],
            kind=LetterKind(row["kind"]),
            at=row["at"],
            segment=row["segment"],
            content=self._place(row).open(row, "content"),
            sends=row["sends"],
            sent_at=row["sent_at"],
            answer=Answer(row["answer"]) if row["answer"] else None,
            answer_code=row["answer_code"],
            answered_at=row["answered_at"],
            given_up=row["given_up"],
        )


def _seen_by(scope: Scope) -> ColumnElement[bool]:
    """The same as the database's own wall, which SQLite has none of."""
    if isinstance(scope, TenantScope):
        return _L.tenant == scope.tenant
    if isinstance(scope, ClinicScope):
        numbers = [each.digits for each in scope.ydernumre]
        return exists().where(queue_entry.c.id == _L.entry, queue_entry.c.ydernummer.in_(numbers))
    return true()


def erase_letters(db: Connection, consultation: UUID) -> None:
    """What was said is gone; that it was said stays."""
    db.execute(update(letter).where(_L.consultation == consultation).values(content=b""))


def _owner(db: Connection, connection: str, entry: UUID) -> tuple[dict[str, UUID], bytes]:
    """Whose consultation the entry is of, and that one's key."""
    which = (delivery.c.subject == entry, delivery.c.connection == connection)
    owner = select(delivery.c.tenant, delivery.c.consultation, wrapped_for(delivery.c.consultation))
    row = db.execute(owner.where(*which).limit(1)).one_or_none()
    if row is None:
        raise NotFound("entry")
    return {"tenant": row.tenant, "consultation": row.consultation}, row.wrapped
