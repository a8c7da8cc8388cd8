"""A changed consultation → rows, inside the caller's transaction: state, history, events, debts.

Only what differs from the state the change started from is written; history is only ever added to.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, update

from gateway.domain.consultation.aggregate import Consultation, Ending
from gateway.domain.errors import ConcurrentChange
from gateway.domain.note.picturing import held
from gateway.domain.peers.delivery import DeliveryStatus, delivery_id, delivery_key
from gateway.store.consultation import own_keys, tables, undone
from gateway.store.consultation.rows import case_rows, consultation_row, entry_rows, place_of, undone_of
from gateway.store.consultation.tables_deliveries import delivery
from gateway.store.ground.crypto import Vault
from gateway.store.ground.postgres import sent_at_once
from gateway.store.ground.ready import is_listened_to, sent, worded, write
from gateway.store.ground.sealing import Values
from gateway.store.ground.upsert import insert_new, upsert_rows

# Arbitrary, the same in every process: whoever writes events holds it until the commit, so that a reader of
# consultation_event never sees a number before a smaller one has become visible.
_EVENT_ORDER_LOCK = f"SELECT pg_advisory_xact_lock({0x1AE6EB20})"
_ROOT, _CASE = tables.consultation.c, tables.citizen_case.c
_UPDATE = update(tables.consultation).where(
    _ROOT.id == bindparam("this"), _ROOT.tenant == bindparam("own"), _ROOT.version == bindparam("known")
)
_DROP_CASES = delete(tables.citizen_case).where(
    _CASE.tenant == bindparam("own"),
    _CASE.consultation == bindparam("this"),
    _CASE.id.in_(bindparam("gone", expanding=True)),
)
_STILL = tables.still.c
_DROP_STILLS = delete(tables.still).where(
    _STILL.tenant == bindparam("own"),
    _STILL.consultation == bindparam("this"),
    _STILL.id.in_(bindparam("gone", expanding=True)),
)
_INSERT_EVENT = insert(tables.consultation_event)
_INSERT_RESPONSIBILITY = insert(tables.responsibility)


def write_state(
    connection: Connection,
    vault: Vault,
    after: Consultation,
    before: Consultation | None,
    *,
    erase: timedelta | None,
    **beside: Any,
) -> bytes:
    """Row, entries and cases of ``after``, which has its new version already; the key they are sealed with. ``erase``:
    how long after closing texts are kept, None where they are erased by this very change and the key with them;
    ``beside``: further columns of the row. ``ConcurrentChange`` where the version, or the open launch key, is taken."""
    fresh = before is None or erase is None
    key = own_keys.new_key(vault, after.tenant, after.id) if before is None or fresh else before.sealing_key
    own = own_keys.own_vault(vault, after.tenant, after.id, key)
    values = consultation_row(own, after, erase) | beside
    unsure = before is not None and undone_of(after) is None and undone_of(before) is not False
    if before is None:
        written = own_keys.insert_with_key(connection, values, key)
    else:
        which = {"this": values.pop("id"), "own": values.pop("tenant"), "known": before.version}
        written = write(connection, _UPDATE, values | which)
    if written != 1:
        raise ConcurrentChange
    if before is not None and fresh:
        own_keys.renew(connection, after.id, key, beside["erased_at"])
    upsert_rows(connection, tables.queue_entry, list(entry_rows(own, after)))
    _write_cases(connection, vault, after, before)
    _drop_stills(connection, after, before)
    _write_routes(connection, after, before)
    if unsure:
        undone.weigh(connection, after.id)
    return key


def _write_routes(connection: Connection, after: Consultation, before: Consultation | None) -> None:
    """Which practice's entries a connection has been given: asked by whoever asks over that connection."""
    known = {entry.id: entry.connections for entry in before.entries} if before else {}
    new = [entry for entry in after.entries if entry.connections != known.get(entry.id, ())]
    routes = {(name, entry.ydernummer.digits) for entry in new for name in entry.connections}
    if routes:
        insert_new(connection, tables.entry_route, [{"connection": c, "ydernummer": y} for c, y in sorted(routes)])


def _write_cases(connection: Connection, vault: Vault, after: Consultation, before: Consultation | None) -> None:
    known = {row["id"]: row for row in case_rows(vault, before)} if before else {}
    wanted = {row["id"]: row for row in case_rows(vault, after)}
    upsert_rows(connection, tables.citizen_case, [row for id, row in wanted.items() if row != known.get(id)])
    if gone := [id for id in known if id not in wanted]:
        connection.execute(_DROP_CASES, {"this": after.id, "own": after.tenant, "gone": gone})


def _drop_stills(connection: Connection, after: Consultation, before: Consultation | None) -> None:
    """The pictures for which this change leaves no reason to be kept, whatever the change was."""
    gone = held(before) - held(after) if before else frozenset()
    if gone:
        connection.execute(_DROP_STILLS, {"this": after.id, "own": after.tenant, "gone": list(gone)})


def write_history(
    connection: Connection, vault: Vault, changed: Consultation, before: Consultation | None, now: datetime
) -> None:
    """Who is responsible from this version on, and the breach where a wrong record had been seen."""
    if before is None or _owner(before) != _owner(changed):
        version = changed.version + 1
        place = place_of(vault, "responsibility", changed.tenant, changed.id, version)
        values = {
            **_parent(changed),
            "version": version,
            "since": now,
            "employee": changed.responsible,
            "workplace_id": changed.workstation.workplace_id if changed.workstation else None,
            **place.seal(name=changed.responsible_name),
        }
        write(connection, _INSERT_RESPONSIBILITY, values)
    for entry in changed.entries if _shows_a_wrong_citizen(changed) else ():
        if entry.seen_at is not None:
            seen = {"entry": entry.id, "at": now, "kind": "wrong-citizen", "ydernummer": entry.ydernummer.digits}
            insert_new(connection, tables.breach, _parent(changed) | seen)


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


def write_events(connection: Connection, vault: Vault, consultation: Consultation, *, ends: bool = False) -> None:
    """Last in the transaction: on PostgreSQL writers queue here, so that ``seq`` is the order of commit. ``ends``: the
    transaction ends with them, in the same message, so that nobody waits there for this process's next step."""
    rows = list(_event_rows(vault, consultation))
    if not rows:
        return
    if connection.dialect.name != "postgresql":
        write(connection, _INSERT_EVENT, rows)
    elif is_listened_to(connection):
        sent(connection, _EVENT_ORDER_LOCK)
        write(connection, _INSERT_EVENT, rows)
    else:
        events = [worded(connection, _INSERT_EVENT, row) for row in rows]
        sent_at_once(connection, [(_EVENT_ORDER_LOCK, None), *events, *([("COMMIT", None)] if ends else [])])


def _event_rows(vault: Vault, consultation: Consultation) -> Iterable[Values]:
    version = consultation.version + 1
    for number, event in enumerate(consultation.events):
        place = place_of(vault, "consultation_event", consultation.tenant, consultation.id, version, number)
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
