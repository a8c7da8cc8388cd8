"""Rows → consultations, as far as the asking scope may see them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    Uuid,
    and_,
    bindparam,
    exists,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
)

from gateway.domain.consultation.aggregate import Consultation, Status
from gateway.domain.consultation.queue_entry import EntryStatus, QueueEntry
from gateway.domain.identifiers import Ydernummer
from gateway.domain.note.note import NoteStatus
from gateway.domain.scope import ClinicScope, Scope, SystemScope, TenantScope
from gateway.store.consultation.children import ENTRY, KINDS, REMARK, ChildKind, assembled
from gateway.store.consultation.clinic_view import clinic_view
from gateway.store.consultation.mapping import consultation_from
from gateway.store.consultation.tables import citizen_case, note_version, queue_entry
from gateway.store.consultation.tables import consultation as root
from gateway.store.ground.columns import Moment
from gateway.store.ground.crypto import Vault
from gateway.store.ground.sealing import Row

Condition = ColumnElement[bool]


def visible(scope: Scope) -> Condition:
    """Which consultations the scope sees; on PostgreSQL the row-level policies say the same once more."""
    match scope:
        case TenantScope(tenant):
            return root.c.tenant == tenant
        case ClinicScope(_, ydernumre):
            return entry_at(ydernumre)
        case SystemScope():
            return true()


def entry_at(ydernumre: Collection[Ydernummer], *conditions: Condition) -> Condition:
    """Consultations with an entry at one of these practices for which the conditions hold."""
    ours = queue_entry.c.ydernummer.in_([y.digits for y in ydernumre])
    return exists().where(and_(queue_entry.c.consultation == root.c.id, ours, *conditions))


def read(
    connection: Connection,
    vault: Vault,
    scope: Scope,
    *conditions: Condition,
    order: Sequence[ColumnElement[Any]] = (),
) -> list[Consultation]:
    """All consultations the scope sees and the conditions ask for, whole or as the clinic's view."""
    query = select(root).where(visible(scope), *conditions).order_by(*(order or (root.c.id,)))
    roots = connection.execute(query).mappings().all()
    parts = {kind.table.name: _children(connection, scope, kind, [r["id"] for r in roots]) for kind in KINDS}
    return [
        _assemble(vault, scope, row, {name: found.get(row["id"], []) for name, found in parts.items()}) for row in roots
    ]


def _assemble(vault: Vault, scope: Scope, row: Row, parts: dict[str, list[Row]]) -> Consultation:
    whole = assembled(consultation_from(vault, row), parts, vault)
    if not isinstance(scope, ClinicScope):
        return whole
    entries = parts[ENTRY.table.name]
    return clinic_view(whole, holds_current=any(entry["latest"] for entry in entries))


def _children(connection: Connection, scope: Scope, kind: ChildKind, ids: list[UUID]) -> dict[UUID, list[Row]]:
    found: dict[UUID, list[Row]] = {}
    if not ids:
        return found
    asked: dict[str, list[Any]] = {"ids": ids}
    if kind in (ENTRY, REMARK) and isinstance(scope, ClinicScope):
        asked["ydernumre"] = [y.digits for y in scope.ydernumre]
    query = _parts_of(kind.table, kind.order, own_only="ydernumre" in asked)
    for row in connection.execute(query, asked).mappings():
        found.setdefault(row["consultation"], []).append(row)
    return found


@cache
def _parts_of(table: Table, order: str, own_only: bool) -> Select[Any]:
    """Built once: every request reads a consultation several times, and putting ten statements together anew took
    longer than the database needs to answer them."""
    c = table.c
    query = select(table).where(c.consultation.in_(bindparam("ids", type_=c.consultation.type, expanding=True)))
    if own_only:
        query = query.where(c.ydernummer.in_(bindparam("ydernumre", type_=c.ydernummer.type, expanding=True)))
    return query.order_by(c.consultation, c[order])


def count_ahead(connection: Connection, entry: QueueEntry) -> int:
    """Waiting entries of the same practice with an earlier place; those of planned consultations do not count yet,
    parked ones not any more."""
    e = queue_entry.c
    mine = tuple_(literal(entry.place, Moment), literal(entry.requested_at, Moment), literal(entry.id, Uuid))
    before = tuple_(e.place, e.requested_at, e.id) < mine
    waiting = e.status.in_([str(status) for status in EntryStatus if status.waits])
    query = (
        select(func.count())
        .select_from(queue_entry.join(root, root.c.id == e.consultation))
        .where(e.ydernummer == entry.ydernummer.digits, e.latest, waiting, before)
        .where(root.c.status == str(Status.WAITING), e.parked_at.is_(None))
    )
    return int(connection.execute(query).scalar_one())


def has_note_for_a_hand(before: datetime | None = None) -> Condition:
    """Consultations that owe a note (``before``: approved by then) but have no record to file it in; an erased note is
    owed no longer."""
    case, note = citizen_case.c, note_version.c
    nowhere = or_(case.eoj_connection == "", func.length(case.record_ref) == 0)
    owed = note.status.in_([str(NoteStatus.APPROVED), str(NoteStatus.UNREVIEWED)])
    same_case = and_(note.consultation == case.consultation, note.case_id == case.id, func.length(note.facts) > 0)
    since = true() if before is None else note.approved_at <= before
    return exists().where(case.consultation == root.c.id, nowhere, same_case, owed, since)
