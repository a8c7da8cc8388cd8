"""The entries of a connection's practices, found by what a practice's system asks, and shown with their audit rows.

Two steps: ``find`` gives ids only; ``show`` opens what is shown and writes who was shown it, in one transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from operator import ge, gt, le, lt
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Engine,
    Integer,
    Select,
    Subquery,
    Text,
    and_,
    bindparam,
    cast,
    exists,
    func,
    or_,
    select,
    union_all,
)

from gateway.domain.consultation.events import DebtKind
from gateway.domain.identifiers import Ydernummer
from gateway.domain.peers.entry_search import EntrySearch, FoundEntry, ShownEntry
from gateway.domain.scope import SystemScope
from gateway.ports.calling import AuditOf
from gateway.store.consultation import reading
from gateway.store.consultation.audit import audit_change
from gateway.store.consultation.tables import consultation_event, queue_entry
from gateway.store.consultation.tables_deliveries import delivery
from gateway.store.ground.columns import in_json
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import db_now, transaction

SHOWN_AFTER_END = timedelta(days=7)  # as long as an own practice system may have been away and must still learn the end
_COMPARE = {"gt": gt, "ge": ge, "lt": lt, "le": le}
_OF_IDS = reading.views_of(bindparam("ids", expanding=True))
_E, _EVENT = queue_entry.c, consultation_event.c
_LAST_EVENT = (
    select(func.max(_EVENT.at))
    .where(_EVENT.tenant == _E.tenant, _EVENT.consultation == _E.consultation, _EVENT.ydernummer == _E.ydernummer)
    .scalar_subquery()
)
_CHANGED = func.coalesce(_LAST_EVENT, _E.requested_at, type_=_E.requested_at.type).label("changed")
_AT_THEIRS = (
    _E.ydernummer.in_(bindparam("theirs", expanding=True)),
    cast(_E.connections, Text).like(bindparam("named"), escape="/"),
)
# Two questions, since each is a range of the index; "open, or ended since" would be none.
_TOLD = union_all(
    select(_E.id).where(*_AT_THEIRS, _E.ended_at.is_(None)),
    select(_E.id).where(*_AT_THEIRS, _E.ended_at > bindparam("ended_after")),
)
_FOUND = select(_E.id, _E.consultation, _E.received_at, _CHANGED).where(_E.id.in_(_TOLD))


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
            values = _values(connection, practices, wanted, db_now(db))
            total = int(db.execute(_counting(_shape(wanted)), values).scalar_one())
            rows = db.execute(_paging(_shape(wanted), wanted.newest_first), values).all() if wanted.count else []
        return total, [FoundEntry(row.id, row.consultation, row.changed, row.received_at is not None) for row in rows]

    def show(
        self, connection: str, practices: Collection[Ydernummer], entries: Sequence[UUID], audit_of: AuditOf | None
    ) -> Sequence[ShownEntry]:
        """The entries that are still there, in the order asked for; who is shown whom is written with the reading.

        ``audit_of`` is None where nobody is shown anything, or where the change itself has said so already."""
        if not entries:
            return []
        with transaction(self._engine, SystemScope(), read_only=audit_of is None) as db:
            these = EntrySearch(ids=frozenset(entries))
            found = db.execute(select(_found(_shape(these))), _values(connection, practices, these, db_now(db)))
            rows = {row.id: row for row in found}
            ids = [row.consultation for row in rows.values()]
            whole = {c.id: c for c in reading.views(db, self._vault, _OF_IDS, practices, {"ids": ids})}
            shown = [ShownEntry(whole[rows[id].consultation], id, rows[id].changed) for id in entries if id in rows]
            if audit_of is not None:
                for each in shown:
                    audit_change(db, self._vault, [audit_of(each.consultation, each.entry)], each.consultation)
        return shown


Shape = tuple[str, ...]


def _shape(wanted: EntrySearch) -> Shape:
    """Which conditions there are, without their values: a statement is built once for each shape."""
    named = [name for name in _CONDITIONS if getattr(wanted, name) is not None]
    times = [f"{comparison}.{number}" for number, (comparison, _) in enumerate(wanted.changed)]
    return (*named, *times, *(["after"] if wanted.after else []))


def _values(connection: str, practices: Collection[Ydernummer], wanted: EntrySearch, now: datetime) -> dict[str, Any]:
    values: dict[str, Any] = {
        "theirs": [each.digits for each in practices],
        "named": in_json(connection),
        "ended_after": now - SHOWN_AFTER_END,
        "statuses": [str(status) for status in wanted.statuses or ()],
        "ids": list(wanted.ids or ()),
        "keys": list(wanted.keys or ()),
        "practices": [each.digits for each in wanted.practices or ()],
        "one_more": wanted.count + 1,
    }
    values |= {f"{comparison}_{number}": at for number, (comparison, at) in enumerate(wanted.changed)}
    return values | dict(zip(("when", "last"), wanted.after or (), strict=False))


_ANNOUNCED = exists().where(
    delivery.c.consultation == _E.consultation,
    delivery.c.subject == _E.id,
    delivery.c.kind == str(DebtKind.ENQUEUE),
    delivery.c.key.in_(bindparam("keys", expanding=True)),
)
_CONDITIONS: Mapping[str, ColumnElement[bool]] = {
    "statuses": _E.status.in_(bindparam("statuses", expanding=True)),
    "ids": _E.id.in_(bindparam("ids", expanding=True)),
    "keys": _ANNOUNCED,
    "practices": _E.ydernummer.in_(bindparam("practices", expanding=True)),
}


@cache
def _found(shape: Shape) -> Subquery:
    """Id, consultation, receipt and time of change of every entry that fits."""
    found = _FOUND.where(*(_CONDITIONS[name] for name in shape if name in _CONDITIONS)).subquery()
    compared = [part for part in shape if part.partition(".")[0] in _COMPARE]
    times = [_COMPARE[part.partition(".")[0]](found.c.changed, bindparam(part.replace(".", "_"))) for part in compared]
    return select(found).where(*times).subquery() if times else found


@cache
def _counting(shape: Shape) -> Select[Any]:
    return select(func.count()).select_from(_found(shape))


@cache
def _paging(shape: Shape, newest_first: bool) -> Select[Any]:
    """Behind the last entry of the page before: what changes meanwhile moves to the end and is met there."""
    changed, id = _found(shape).c.changed, _found(shape).c.id
    query = select(_found(shape)).limit(bindparam("one_more", type_=Integer))
    if "after" in shape:
        beyond = lt if newest_first else gt
        when: BindParameter[datetime] = bindparam("when")
        query = query.where(or_(beyond(changed, when), and_(changed == when, beyond(id, bindparam("last")))))
    if newest_first:
        return query.order_by(changed.desc(), id.desc())
    return query.order_by(changed, id)
