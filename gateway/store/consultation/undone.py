"""Which consultations still ask something of a person after the talk (D7, D11, D12).

What the document itself says stands in the row's columns (rows.py); whether a note came through is the delivery's. The
column ``undone`` holds both, so that a list reads only what stands on it: it is written with every commit, and where a
note's delivery begins or ceases to stand still (outbox.py).
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, bindparam, exists, or_, update

from gateway.domain.consultation.events import DebtKind
from gateway.domain.peers.delivery import DeliveryStatus
from gateway.store.consultation.tables import citizen_case
from gateway.store.consultation.tables import consultation as root
from gateway.store.consultation.tables_deliveries import delivery

Condition = ColumnElement[bool]
_D, _CASE = delivery.c, citizen_case.c
_STANDS_STILL = (str(DeliveryStatus.STUCK), str(DeliveryStatus.GIVEN_UP))
_OF_NOTE = and_(_CASE.consultation == _D.consultation, _CASE.id == _D.subject, _CASE.note_owed)
_NOTE_OF_ROW = and_(_D.consultation == root.c.id, _D.kind == str(DebtKind.NOTE))
# Whose newest version stands still; an older one that did is of no concern once a later has come through.
_HAS_STUCK_NOTE = exists().where(_NOTE_OF_ROW, _D.status.in_(_STANDS_STILL), _OF_NOTE, _CASE.note_version == _D.version)
_WEIGH = (
    update(root)
    .where(root.c.id == bindparam("this"))
    .values(undone=or_(root.c.asks_person, root.c.hand_since.is_not(None), _HAS_STUCK_NOTE))
)


def by_anybody() -> Condition:
    """``:hand_before``: a note without a record counts only where it has waited for a hand since then."""
    return or_(root.c.asks_person, root.c.hand_since <= bindparam("hand_before"), _HAS_STUCK_NOTE)


def has_unfiled_note() -> Condition:
    """A note that is still ours to deliver; one somebody wrote by hand, or that was withdrawn, is not."""
    undone = _D.status.in_([str(DeliveryStatus.DUE), *_STANDS_STILL])
    return exists().where(_NOTE_OF_ROW, undone, _OF_NOTE)


def asks_operations() -> Condition:
    """A delivery that is not done and still has to be. A note that was written by hand or withdrawn has not, nor has a
    version that stands still once a later one has taken its place."""
    undone = _D.status.in_([str(DeliveryStatus.DUE), str(DeliveryStatus.STUCK)])
    present = or_(_D.status == str(DeliveryStatus.DUE), _CASE.note_version == _D.version)
    return and_(undone, or_(_D.kind != str(DebtKind.NOTE), exists().where(_OF_NOTE, present)))


def weigh(connection: Connection, consultation: UUID) -> None:
    """Write ``undone`` anew from the rows as they now are."""
    connection.execute(_WEIGH, {"this": consultation})


def weigh_after(connection: Connection, kind: str, consultation: UUID) -> None:
    """The same where a delivery of that kind stands still from now on, or no longer."""
    if kind == str(DebtKind.NOTE):
        weigh(connection, consultation)
