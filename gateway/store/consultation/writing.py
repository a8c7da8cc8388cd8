"""A changed consultation → rows, inside the caller's transaction: state, history, events, debts.

Only what differs from the rows is written; history is only ever added to.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, delete, insert, text, update

from gateway.domain.consultation.aggregate import Consultation, Ending
from gateway.domain.errors import ConcurrentChange
from gateway.domain.peers.delivery import DeliveryStatus, delivery_id, delivery_key
from gateway.store.consultation import tables
from gateway.store.consultation.children import Child, children_of
from gateway.store.consultation.mapping import consultation_values, place_of
from gateway.store.consultation.tables_deliveries import delivery
from gateway.store.consultation.tables_remark import remark
from gateway.store.ground.crypto import Vault
from gateway.store.ground.sealing import Values
from gateway.store.ground.upsert import insert_new

# Arbitrary, the same in every process: whoever writes events holds it until the commit, so that a reader of
# consultation_event never sees a number before a smaller one has become visible.
_EVENT_ORDER_LOCK = 0x1AE6EB20


def write_root(connection: Connection, vault: Vault, consultation: Consultation, erase: timedelta) -> None:
    """The root row at version + 1; ``ConcurrentChange`` where the version, or the open launch key, is taken."""
    table = tables.consultation
    values = consultation_values(vault, consultation) | {"version": consultation.version + 1}
    values["erase_after"] = consultation.closed_at + erase if consultation.closed_at else None
    if consultation.version == 0:
        written = insert_new(connection, table, values)
    else:
        same = (table.c.id == consultation.id, table.c.tenant == consultation.tenant)
        statement = update(table).where(*same, table.c.version == consultation.version).values(values)
        written = connection.execute(statement).rowcount
    if written != 1:
        raise ConcurrentChange


def write_children(
    connection: Connection, vault: Vault, consultation: Consultation, stored: Consultation | None, erase: timedelta
) -> None:
    before = {child.name: child for child in children_of(stored)} if stored else {}
    after = {child.name: child for child in children_of(consultation)}
    for name, child in after.items():
        known = before.get(name)
        if known is None:
            connection.execute(insert(child.kind.table).values(child.row(vault, consultation)))
        elif (known.value, known.extra) != (child.value, child.extra):
            statement = update(child.kind.table).where(_same_row(child, consultation))
            connection.execute(statement.values(child.row(vault, consultation)))
    for name, child in before.items():
        if child.kind.removable and name not in after:
            connection.execute(delete(child.kind.table).where(_same_row(child, consultation)))
    if consultation.closed_at:
        _date_erasure(connection, consultation, consultation.closed_at + erase)


def _same_row(child: Child, consultation: Consultation) -> Any:
    columns = child.kind.table.c
    key = (columns[name] == value for name, value in zip(child.kind.key, child.key, strict=True))
    return and_(columns.tenant == consultation.tenant, columns.consultation == consultation.id, *key)


def _date_erasure(connection: Connection, consultation: Consultation, at: datetime) -> None:
    for table in (tables.citizen_case, tables.note_version, remark):
        mine = (table.c.tenant == consultation.tenant, table.c.consultation == consultation.id)
        connection.execute(update(table).where(*mine).values(erase_after=at))


def write_history(
    connection: Connection, vault: Vault, consultation: Consultation, stored: Consultation | None, now: datetime
) -> None:
    """Who is responsible from this version on, and the breach where a wrong record had been seen."""
    if stored is None or _owner(stored) != _owner(consultation):
        version = consultation.version + 1
        place = place_of(vault, "responsibility", consultation, version)
        values = {
            **_parent(consultation),
            "version": version,
            "since": now,
            "employee": consultation.responsible,
            "workplace_id": consultation.workstation.workplace_id if consultation.workstation else None,
            **place.seal(name=consultation.responsible_name),
        }
        connection.execute(insert(tables.responsibility).values(values))
    for entry in consultation.entries if _shows_a_wrong_citizen(consultation) else ():
        if entry.seen_at is not None:
            seen = {"entry": entry.id, "at": now, "kind": "wrong-citizen", "ydernummer": entry.ydernummer.digits}
            insert_new(connection, tables.breach, _parent(consultation) | seen)


def _shows_a_wrong_citizen(consultation: Consultation) -> bool:
    """The whole of it, or one of a round whom the practice had been shown."""
    if consultation.ending is Ending.WRONG_CITIZEN:
        return True
    out = {e.detail.get("case") for e in consultation.events if e.detail.get("reason") == "wrong-citizen"}
    return any(str(case.id) in out and case.discussed_from is not None for case in consultation.cases)


def _owner(consultation: Consultation) -> tuple[object, ...]:
    station = consultation.workstation
    return consultation.responsible, station.workplace_id if station else None


def _parent(consultation: Consultation) -> Values:
    return {"tenant": consultation.tenant, "consultation": consultation.id}


def write_debts(connection: Connection, consultation: Consultation, now: datetime) -> None:
    """One Delivery per debt and connection; a debt that is already a row stays that row."""
    rows = [
        _parent(consultation)
        | {
            "id": delivery_id(consultation.id, debt.kind, debt.subject, debt.version, debt.connection),
            "key": delivery_key(consultation.id, debt.kind, debt.subject, debt.version),
            "kind": str(debt.kind),
            "subject": debt.subject,
            "version": debt.version,
            "connection": debt.connection,
            "status": str(DeliveryStatus.DUE),
            "created_at": now,
            "due_at": now,
        }
        for debt in consultation.debts
    ]
    if rows:
        insert_new(connection, delivery, rows)


def write_events(connection: Connection, vault: Vault, consultation: Consultation) -> None:
    """Last in the transaction: on PostgreSQL writers queue here, so that ``seq`` is the order of commit."""
    rows = list(_event_rows(vault, consultation))
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _EVENT_ORDER_LOCK})
    for row in rows:
        connection.execute(insert(tables.consultation_event).values(row))


def _event_rows(vault: Vault, consultation: Consultation) -> Iterable[Values]:
    version = consultation.version + 1
    for number, event in enumerate(consultation.events):
        place = place_of(vault, "consultation_event", consultation, version, number)
        yield {
            **_parent(consultation),
            "version": version,
            "number": number,
            "at": event.at,
            "ydernummer": event.ydernummer or (consultation.entry.ydernummer.digits if consultation.entry else ""),
            "actor_kind": str(event.actor.kind),
            "actor_id": event.actor.id,
            "actor_role": event.actor.role,
            "kind": event.kind,
            "detail": dict(event.detail),
            **place.seal(actor_name=event.actor.name),
        }
