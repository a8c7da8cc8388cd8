"""After a restore: what was erased after the dump was taken is erased in the restored rows as well.

The live system's keys say which consultations those are: ``erased_at`` stands in the row of the key and not in the
consultation's. Their documents cannot be opened any more, so the course without anybody in it is made of what the
columns say: whose, when, at which practices, how each entry ended. Nothing of it is owed to another system again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from gateway.domain.consultation.aggregate import Availability, Consultation, Ending, Kind, Status
from gateway.domain.consultation.queue_entry import Basis, EntryStatus, QueueEntry
from gateway.domain.identifiers import Ydernummer
from gateway.domain.peers.delivery import DeliveryStatus
from gateway.domain.people import SYSTEM
from gateway.store.consultation import writing
from gateway.store.consultation.letters import erase_letters
from gateway.store.consultation.tables import citizen_case, consultation_key, queue_entry
from gateway.store.consultation.tables import consultation as root
from gateway.store.consultation.tables_deliveries import delivery
from gateway.store.ground.crypto import Vault

_K, _E = consultation_key.c, queue_entry.c
_UNFINISHED = (
    select(root, _K.erased_at.label("gone_at"))
    .join(consultation_key, _K.consultation == root.c.id)
    .where(root.c.erased_at.is_(None), _K.erased_at.is_not(None))
)
_ENTRIES = select(queue_entry).where(_E.consultation == bindparam("of")).order_by(_E.ord)
_NOBODYS = (
    update(citizen_case)
    .where(citizen_case.c.consultation == bindparam("of"))
    .values(identifier_index=None, record_index=None, note_owed=False)
)
_OWED_NO_MORE = (
    update(delivery)
    .where(delivery.c.consultation == bindparam("of"), delivery.c.status != str(DeliveryStatus.DONE))
    .values(status=str(DeliveryStatus.DONE), lease=None, lease_until=None)
)
_ENDINGS = {
    EntryStatus.COMPLETED: Ending.HELD_ON_VIDEO,
    EntryStatus.REJECTED: Ending.REJECTED,
    EntryStatus.EXPIRED: Ending.NOT_ANSWERED,
}


def finish_erasures(connection: Connection, vault: Vault) -> int:
    """How many; with the eyes of the system."""
    rows = connection.execute(_UNFINISHED).all()
    for row in rows:
        _finish(connection, vault, row)
    return len(rows)


def _finish(connection: Connection, vault: Vault, row: Any) -> None:
    of = {"of": row.id}
    entries = [_entry(each, row.gone_at) for each in connection.execute(_ENTRIES, of)]
    stored = _course(row, entries)
    bare = stored.noting("texts-erased", row.gone_at, SYSTEM)
    writing.write_state(connection, vault, bare.committed(), stored, erase=None, erased_at=row.gone_at)
    writing.write_events(connection, vault, bare)
    for statement in (_NOBODYS, _OWED_NO_MORE):
        connection.execute(statement, of)
    erase_letters(connection, row.id)


def _course(row: Any, entries: Sequence[QueueEntry]) -> Consultation:
    return Consultation(
        id=row.id,
        tenant=row.tenant,
        short_id=row.short_id,
        kind=Kind(row.kind),
        status=Status.CLOSED,
        launch_key="",
        channel="",
        created_at=row.created_at,
        responsible=row.responsible,
        responsible_name="",
        version=row.version,
        availability=Availability(row.availability),
        entries=tuple(entries),
        ending=_ENDINGS.get(entries[-1].status, Ending.WITHDRAWN) if entries else Ending.ABANDONED,
        closed_at=row.closed_at or row.gone_at,
    )


def _entry(row: Any, gone_at: datetime) -> QueueEntry:
    status = EntryStatus(row.status)
    return QueueEntry(
        id=row.id,
        ydernummer=Ydernummer(row.ydernummer),
        practice_name="",
        basis=Basis.CHOSEN,
        status=status if status.ended else EntryStatus.WITHDRAWN,
        place=row.place,
        requested_at=row.requested_at,
        expires_at=row.place,
        connections=tuple(row.connections),
        received_at=row.received_at,
        ended_at=row.ended_at or gone_at,
    )
