"""Which consultations still ask something of a person after the talk, as conditions on their rows (D7, D11, D12)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, or_

from gateway.domain.consultation.aggregate import Ending
from gateway.domain.consultation.events import DebtKind
from gateway.domain.note.note import NoteStatus
from gateway.domain.peers.delivery import DeliveryStatus
from gateway.store.consultation.reading import has_note_for_a_hand
from gateway.store.consultation.tables import consultation as root
from gateway.store.consultation.tables import note_version, queue_entry
from gateway.store.consultation.tables_deliveries import delivery

Condition = ColumnElement[bool]
_HELD = [str(ending) for ending in (Ending.HELD_ON_VIDEO, Ending.HELD_BY_PHONE, Ending.BROKEN_OFF)]
_OWED = [str(status) for status in (NoteStatus.APPROVED, NoteStatus.UNREVIEWED)]


def by_anybody(hand_before: datetime | None = None) -> Condition:
    """``hand_before``: a note without a record counts only where it has waited for a hand since then."""
    return or_(has_stuck_note(), has_note_for_a_hand(hand_before), has_retraction(), lacks_clinician())


def has_unfiled_note() -> Condition:
    """A note that is still ours to deliver; one somebody wrote by hand, or that was withdrawn, is not."""
    return exists().where(_delivery_of_note(), delivery.c.status != str(DeliveryStatus.DONE))


def has_stuck_note() -> Condition:
    """Its newest version stands still; an older one that did is of no concern once a later has come through."""
    return exists().where(_delivery_of_note(), _newest(), delivery.c.status == str(DeliveryStatus.STUCK))


def has_retraction() -> Condition:
    """A note that was filed about the wrong citizen and has not yet been taken out of the record."""
    return exists().where(note_version.c.consultation == root.c.id, note_version.c.status == str(NoteStatus.RETRACT))


def lacks_clinician() -> Condition:
    """Sent by itself without the name of the person conferred with (STPK 182801); an erased note asks no more."""
    entry = queue_entry.c
    nameless = exists().where(entry.consultation == root.c.id, entry.latest, func.length(entry.clinician) == 0)
    sent = note_version.c.status == str(NoteStatus.UNREVIEWED)
    kept = func.length(note_version.c.facts) > 0
    note = exists().where(note_version.c.consultation == root.c.id, sent, kept, _newest())
    return and_(root.c.ending.in_(_HELD), nameless, note)


def _delivery_of_note() -> Condition:
    note = note_version.c
    same = and_(delivery.c.subject == note.case_id, delivery.c.version == note.version)
    ours = and_(delivery.c.consultation == root.c.id, note.consultation == root.c.id)
    return and_(ours, same, delivery.c.kind == str(DebtKind.NOTE), note.status.in_(_OWED))


def _newest() -> Condition:
    later = note_version.alias("later_version")
    same = (later.c.consultation == note_version.c.consultation, later.c.case_id == note_version.c.case_id)
    return ~exists().where(*same, later.c.version > note_version.c.version).correlate(note_version)
