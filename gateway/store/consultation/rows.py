"""What a consultation's rows say beside the sealed document: values to search, count and time by. Pure but for the
vault's randomness."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from gateway.domain.consultation.aggregate import Consultation, Ending, Status
from gateway.domain.consultation.case import CitizenCase
from gateway.domain.consultation.clocks import deadline
from gateway.domain.consultation.queue_entry import EntryStatus, QueueEntry
from gateway.domain.note.note import NoteStatus
from gateway.domain.practice import danish_day
from gateway.store.consultation.clinic_view import clinic_view
from gateway.store.consultation.document import sealed_in
from gateway.store.consultation.tables import FOREVER
from gateway.store.ground.crypto import Vault
from gateway.store.ground.sealing import Place, Values, identifier_index, record_index

KEEP_FOR_A_HAND = timedelta(days=7)  # after closing, a note without a record that nobody has put anywhere
KEEP_REHEARSAL = timedelta(hours=1)
_TALKED = (Ending.HELD_ON_VIDEO, Ending.HELD_BY_PHONE, Ending.BROKEN_OFF)


def place_of(vault: Vault, table: str, tenant: UUID, *key: object) -> Place:
    """The row's place, which its sealed values cannot leave."""
    return Place(vault, table, "/".join(str(part) for part in key), tenant)


def launch_index(vault: Vault, tenant: UUID, key: str) -> bytes:
    return vault.index(f"launch:{tenant}", key)


def consultation_row(vault: Vault, consultation: Consultation, erase: timedelta | None) -> Values:
    """``consultation`` at the version it is written as. ``erase``: how long after closing texts are kept; None where
    they are erased already."""
    station = consultation.workstation
    undone = undone_of(consultation)
    return {
        "id": consultation.id,
        "tenant": consultation.tenant,
        "short_id": consultation.short_id,
        "kind": str(consultation.kind),
        "status": str(consultation.status),
        "availability": str(consultation.availability),
        "version": consultation.version,
        "document": sealed_in(place_of(vault, "consultation", consultation.tenant, consultation.id), consultation),
        "launch_index": launch_index(vault, consultation.tenant, consultation.launch_key),
        "created_at": consultation.created_at,
        "responsible": consultation.responsible,
        "room": consultation.room,
        "workplace_id": station.workplace_id if station else None,
        "workplace": station.workplace if station else "",
        "closed_at": consultation.closed_at,
        "active_until": _active_until(consultation),
        "deadline_at": deadline(consultation),
        "hand_since": _hand_since(consultation),
        "asks_person": _asks_person(consultation),
        "keeps_text": _must_retract(consultation),
        "erase_after": _erase_after(consultation, erase),
        "undone": bool(undone),
        "counted_on": None if consultation.is_rehearsal else danish_day(consultation.created_at),
        "figures": None if consultation.is_rehearsal else _figures(consultation),
    }


def _figures(consultation: Consultation) -> dict[str, object]:
    """Codes, practices' numbers and seconds, which stay when the texts go; nobody in them. ``asked``: of each practice
    its number, how long until somebody there saw it, and why it was rejected."""
    entry = consultation.entry
    ended = entry.ended_at if entry and consultation.ending in _TALKED else None
    return {
        "synthetic": consultation.synthetic,
        "ending": str(consultation.ending or ""),
        "practice": _practice(consultation),
        "device": consultation.device_verdict,
        "talk": _seconds(entry.started_at, ended) if entry else None,
        "over": ended.isoformat() if ended else None,
        "asked": [
            [each.ydernummer.digits, _seconds(each.requested_at, each.seen_at), _rejection(each)]
            for each in consultation.entries
        ],
    }


def _practice(consultation: Consultation) -> str:
    """Asked last, else meant, else the citizen's own."""
    if consultation.entry is not None:
        return consultation.entry.ydernummer.digits
    owns = [case.own_practice.ydernummer for case in consultation.cases if case.own_practice is not None]
    meant = consultation.meant_for or (owns[0] if owns else None)
    return meant.digits if meant else ""


def _rejection(entry: QueueEntry) -> str:
    return entry.ended_reason if entry.status is EntryStatus.REJECTED else ""


def _seconds(since: datetime | None, until: datetime | None) -> int | None:
    return round((until - since).total_seconds()) if since and until else None


def _active_until(consultation: Consultation) -> datetime:
    return consultation.closed_at or FOREVER


def _erase_after(consultation: Consultation, erase: timedelta | None) -> datetime | None:
    closed, waits = consultation.closed_at, _hand_since(consultation)
    if closed is None or erase is None or _must_retract(consultation):
        return None
    if consultation.is_rehearsal:
        return closed + min(erase, KEEP_REHEARSAL)
    return closed + erase if waits is None else max(closed, waits) + KEEP_FOR_A_HAND


def undone_of(consultation: Consultation) -> bool | None:
    """Whether it asks something of a person after the talk; None where that hangs on how its note's delivery fares."""
    if _hand_since(consultation) or _asks_person(consultation):
        return True
    return None if any(_is_sent(case) for case in consultation.cases) else False


def _is_sent(case: CitizenCase) -> bool:
    note = case.current_note
    return note is not None and note.is_owed and note.facts is not None


def _hand_since(consultation: Consultation) -> datetime | None:
    """An erased note is owed no longer."""
    owed = [
        note.approved_at
        for case in consultation.cases
        if not case.can_be_filed and _owes_note(case)
        for note in case.notes
        if note.is_owed and note.facts is not None and note.approved_at is not None
    ]
    return min(owed, default=None)


def _owes_note(case: CitizenCase) -> bool:
    return case.current_note is not None and case.current_note.is_owed


def _asks_person(consultation: Consultation) -> bool:
    unread = any(case.reply_at for case in consultation.cases)
    return unread or _must_retract(consultation) or _lacks_clinician(consultation)


def _must_retract(consultation: Consultation) -> bool:
    return any(note.status is NoteStatus.RETRACT for case in consultation.cases for note in case.notes)


def _lacks_clinician(consultation: Consultation) -> bool:
    """Sent by itself without the name of the person conferred with (STPK 182801); an erased note asks no more."""
    entry = consultation.entry
    if consultation.ending not in _TALKED or entry is None or entry.clinician:
        return False
    newest = [case.current_note for case in consultation.cases if case.current_note is not None]
    return any(note.status is NoteStatus.UNREVIEWED and note.facts is not None for note in newest)


def entry_rows(vault: Vault, consultation: Consultation) -> Iterator[Values]:
    """One row an entry, each with what its practice may see of the whole."""
    last = len(consultation.entries) - 1
    for ord, entry in enumerate(consultation.entries):
        place = place_of(vault, "queue_entry", consultation.tenant, consultation.id, entry.id)
        yield {
            "tenant": consultation.tenant,
            "consultation": consultation.id,
            "id": entry.id,
            "ord": ord,
            "latest": ord == last,
            "ydernummer": entry.ydernummer.digits,
            "short_id": consultation.short_id,
            "status": str(entry.status),
            "queued": ord == last and _queued(consultation, entry),
            "place": entry.place,
            "requested_at": entry.requested_at,
            "connections": list(entry.connections),
            "received_at": entry.received_at,
            "ended_at": entry.ended_at,
            "active_until": _active_until(consultation),
            "document": sealed_in(place, clinic_view(consultation, entry.ydernummer)),
        }


def _queued(consultation: Consultation, entry: QueueEntry) -> bool:
    """Those of planned consultations do not count yet, parked ones not any more."""
    return consultation.status is Status.WAITING and entry.status.waits and entry.parked_at is None


def case_rows(vault: Vault, consultation: Consultation) -> Iterator[Values]:
    for case in consultation.cases:
        number = case.citizen.identifier
        yield {
            "tenant": consultation.tenant,
            "consultation": consultation.id,
            "id": case.id,
            "identifier_index": identifier_index(vault, number) if number else None,
            "record_index": record_index(vault, case.eoj_connection, case.record_ref) if case.record_ref else None,
            "note_version": case.current_note.version if case.current_note else 0,
            "note_owed": _owes_note(case),
        }
