"""The entries of a connection's practices, found by what a practice's system asks, and shown with their audit rows.

Two steps: ``find`` gives ids only; ``show`` opens what is shown and writes who was shown it, in one transaction.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from operator import ge, gt, le, lt
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, Select, Subquery, Text, and_, bindparam, cast, exists, func, or_, select

from gateway.domain.consultation.events import DebtKind
from gateway.domain.identifiers import Ydernummer
from gateway.domain.peers.entry_search import EntrySearch, FoundEntry, ShownEntry
from gateway.domain.scope import SystemScope
from gateway.ports.calling import AuditOf
from gateway.store.consultation import reading
from gateway.store.consultation.audit import audit_change
from gateway.store.consultation.tables import consultation_event, queue_entry
from gateway.store.consultation.tables_deliveries import delivery
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import db_now, transaction

SHOWN_AFTER_END = timedelta(days=7)  # as long as an own practice system may have been away and must still learn the end
_COMPARE = {"gt": gt, "ge": ge, "lt": lt, "le": le}
_OF_IDS = reading.views_of(bindparam("ids", expanding=True))


class SqlEntryShelf:
    """``connection`` and its ``practices`` bound every question: an entry of another practice does not exist."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def find(
        self, connection: str, practices: Collection[Ydernummer], wanted: EntrySearch
    ) -> tuple[int, Sequence[FoundEntry]]:
        """How many there are in all, and by the time of their change one page of them and the first of the next."""
        with transaction(self._engine, SystemScope(), read_only=True) as db:
            found = _found(connection, practices, wanted, db_now(db) - SHOWN_AFTER_END)
            total = int(db.execute(select(func.count()).select_from(found)).scalar_one())
            rows = db.execute(_page(found, wanted)).all() if wanted.count else []
        return total, [FoundEntry(row.id, row.consultation, row.changed, row.received_at is not None) for row in rows]

    def show(
        self, connection: str, practices: Collection[Ydernummer], entries: Sequence[UUID], audit_of: AuditOf | None
    ) -> Sequence[ShownEntry]:
        """The entries that are still there, in the order asked for; who is shown whom is written with the reading.

        ``audit_of`` is None where nobody is shown anything, or where the change itself has said so already."""
        if not entries:
            return []
        with transaction(self._engine, SystemScope(), read_only=audit_of is None) as db:
            found = _found(connection, practices, EntrySearch(ids=frozenset(entries)), db_now(db) - SHOWN_AFTER_END)
            rows = {row.id: row for row in db.execute(select(found))}
            ids = [row.consultation for row in rows.values()]
            whole = {c.id: c for c in reading.views(db, self._vault, _OF_IDS, practices, {"ids": ids})}
            shown = [ShownEntry(whole[rows[id].consultation], id, rows[id].changed) for id in entries if id in rows]
            if audit_of is not None:
                for each in shown:
                    audit_change(db, self._vault, [audit_of(each.consultation, each.entry)], each.consultation)
        return shown


def _found(connection: str, practices: Collection[Ydernummer], wanted: EntrySearch, ended_after: datetime) -> Subquery:
    """Id, consultation, receipt and time of change of every entry that fits."""
    entry, event = queue_entry.c, consultation_event.c
    last = (
        select(func.max(event.at))
        .where(event.tenant == entry.tenant, event.consultation == entry.consultation)
        .where(event.ydernummer == entry.ydernummer)
        .scalar_subquery()
    )
    changed = func.coalesce(last, entry.requested_at, type_=entry.requested_at.type).label("changed")
    query = select(entry.id, entry.consultation, entry.received_at, changed).where(
        entry.ydernummer.in_([each.digits for each in practices]),
        # The column is a JSON list of names, so the name stands in it as JSON writes it.
        cast(entry.connections, Text).contains(json.dumps(connection), autoescape=True),
        or_(entry.ended_at.is_(None), entry.ended_at > ended_after),
        *_asked(wanted),
    )
    found = query.subquery()
    times = [_COMPARE[comparison](found.c.changed, moment) for comparison, moment in wanted.changed]
    return select(found).where(*times).subquery() if times else found


def _asked(wanted: EntrySearch) -> list[ColumnElement[bool]]:
    entry = queue_entry.c
    asked: list[ColumnElement[bool]] = []
    if wanted.statuses is not None:
        asked.append(entry.status.in_([str(status) for status in wanted.statuses]))
    if wanted.ids is not None:
        asked.append(entry.id.in_(wanted.ids))
    if wanted.practices is not None:
        asked.append(entry.ydernummer.in_([each.digits for each in wanted.practices]))
    if wanted.keys is not None:
        ours = (delivery.c.consultation == entry.consultation, delivery.c.subject == entry.id)
        asked.append(exists().where(*ours, delivery.c.kind == str(DebtKind.ENQUEUE), delivery.c.key.in_(wanted.keys)))
    return asked


def _page(found: Subquery, wanted: EntrySearch) -> Select[Any]:
    """Behind the last entry of the page before: what changes meanwhile moves to the end and is met there."""
    changed, id = found.c.changed, found.c.id
    query = select(found).limit(wanted.count + 1)
    if wanted.after is not None:
        when, last = wanted.after
        beyond = lt if wanted.newest_first else gt
        query = query.where(or_(beyond(changed, when), and_(changed == when, beyond(id, last))))
    if wanted.newest_first:
        return query.order_by(changed.desc(), id.desc())
    return query.order_by(changed, id)
