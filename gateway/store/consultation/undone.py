"""Which consultations still ask something of a person after the talk, as conditions on their rows (D7, D11, D12).

What the document itself says stands in the row's columns (rows.py); whether a note came through is the delivery's.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, or_, select, true, union_all

from gateway.domain.consultation.events import DebtKind
from gateway.domain.peers.delivery import DeliveryStatus
from gateway.store.consultation.tables import citizen_case
from gateway.store.consultation.tables import consultation as root
from gateway.store.consultation.tables_deliveries import delivery

Condition = ColumnElement[bool]
_D, _CASE = delivery.c, citizen_case.c
_STANDS_STILL = (str(DeliveryStatus.STUCK), str(DeliveryStatus.GIVEN_UP))
_OF_NOTE = and_(_CASE.consultation == _D.consultation, _CASE.id == _D.subject, _CASE.note_owed)


def by_anybody() -> Condition:
    """Of ``:tenant``; ``:hand_before``: a note without a record counts only where it has waited for a hand since then.

    Ids of the few first: whose they are is asked of those alone.
    """
    mine = root.c.tenant == bindparam("tenant")
    waits = select(root.c.id).where(mine, root.c.hand_since <= bindparam("hand_before"))
    asks = select(root.c.id).where(mine, root.c.asks_person == true())  # said as the index has it
    stuck = _stuck_notes().where(_D.tenant == bindparam("tenant"))
    return root.c.id.in_(union_all(waits, asks, stuck))


def has_unfiled_note() -> Condition:
    """A note that is still ours to deliver; one somebody wrote by hand, or that was withdrawn, is not."""
    undone = _D.status.in_([str(DeliveryStatus.DUE), *_STANDS_STILL])
    note = and_(_D.consultation == root.c.id, _D.kind == str(DebtKind.NOTE), undone)
    return exists().where(note, _OF_NOTE)


def asks_operations() -> Condition:
    """A delivery that is not done and still has to be. A note that was written by hand or withdrawn has not, nor has a
    version that stands still once a later one has taken its place."""
    undone = _D.status.in_([str(DeliveryStatus.DUE), str(DeliveryStatus.STUCK)])
    present = or_(_D.status == str(DeliveryStatus.DUE), _CASE.note_version == _D.version)
    return and_(undone, or_(_D.kind != str(DebtKind.NOTE), exists().where(_OF_NOTE, present)))


def _stuck_notes() -> Select[Any]:
    """Whose newest version stands still; an older one that did is of no concern once a later has come through."""
    stuck = and_(_D.status.in_(_STANDS_STILL), _D.kind == str(DebtKind.NOTE))
    return select(_D.consultation).where(stuck, _OF_NOTE, _CASE.note_version == _D.version)
