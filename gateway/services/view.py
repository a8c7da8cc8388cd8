"""The nurse's live picture of one consultation: the document her page, the live process and scripted clients share.

Codes, times and the practice's own facts; never who the citizen is. Words are the page's business.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.case import CitizenCase
from gateway.domain.consultation.events import DebtKind
from gateway.domain.consultation.queue_entry import EntryStatus, QueueEntry
from gateway.domain.consultation.rehearsal_script import places_before
from gateway.domain.identifiers import Ydernummer
from gateway.domain.note.note import NoteStatus
from gateway.domain.note.still import StillRefusal
from gateway.domain.practice import Practice, PracticeState, danish_day
from gateway.domain.records import DeliveryRow
from gateway.domain.scope import TenantScope
from gateway.ports.base import Clock
from gateway.ports.rows import ConsultationStore, RoomBook

COUNTS = "video-calls"  # "blandt videokald fra kommuner og regioner": the practice has other queues too


class PracticeStates(Protocol):
    """The one question put to the practices here; a process with many open pages may remember the answer a while."""

    def state(self, ydernummer: Ydernummer, now: datetime) -> PracticeState: ...


class Practices(Protocol):
    """What the register of practices says of one."""

    def find(self, ydernummer: Ydernummer, on: date) -> Practice | None: ...


def consultation_view(
    consultation: Consultation,
    *,
    store: ConsultationStore,
    practices: PracticeStates,
    clock: Clock,
    providers: Practices | None = None,
    rooms: RoomBook | None = None,
) -> dict[str, Any]:
    """JSON-ready: times are ISO 8601 in UTC, absent facts are None, ``note`` holds one rail per case.

    ``settling`` is true while an attempt at filing a note may change what is shown without an event.
    """
    scope = TenantScope(consultation.tenant)
    deliveries = store.deliveries_of(scope, consultation.id)
    rails = [_rail(case, deliveries, clock.now()) for case in consultation.cases if case.notes]
    document: dict[str, Any] = {
        "id": str(consultation.id),
        "short_id": consultation.short_id,
        "version": consultation.version,
        "kind": str(consultation.kind),
        "cases": len(consultation.cases),
        "discussed": str(consultation.discussed.id) if consultation.discussed else None,
        "status": str(consultation.status),
        "ending": str(consultation.ending) if consultation.ending else None,
        "availability": str(consultation.availability),
        "availability_at": _iso(consultation.availability_at),
        "agreed_at": _iso(consultation.agreed_at),
        "reason_corrected_at": _iso(consultation.reason_corrected_at),
        "modality": consultation.modality,
        "review_until": _iso(consultation.review_until),
        "closed_at": _iso(consultation.closed_at),
        "note": rails,
        "seats": _seats(consultation, rooms),
    }
    document |= _entry_part(consultation, deliveries, store)
    document |= _practice_part(consultation.entry, practices, providers, clock.now())
    document["settling"] = _settling(document)
    return document


UNSETTLED = frozenset({"waiting", "held-up", "sent", "retrying", "unknown"})
HELD_UP_AFTER = timedelta(minutes=1)  # an untried note of which nobody claims any more that it is sent now


def _settling(document: dict[str, Any]) -> bool:
    return any(rail["state"] in UNSETTLED for rail in document["note"])


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


_NO_ENTRY: dict[str, Any] = {
    "entry": None,
    "entry_status": None,
    "basis": None,
    "position": None,
    "counts": COUNTS,
    "sent_at": None,
    "received_at": None,
    "seen_at": None,
    "told_not_received": False,
    "told_not_seen": False,
    "accepted_at": None,
    "accepted_name": "",
    "clinician": "",
    "ring_until": None,
    "ring_extended": False,
    "joined_at": None,
    "misses": 0,
    "parked": False,
    "past_agreed": False,
    "proposed_at": None,
    "proposed_by": "",
    "remarks": 0,
    "started_at": None,
    "ended_at": None,
    "ended_reason": "",
    "rejection": None,
    "expires_at": None,
}


def _entry_part(
    consultation: Consultation, deliveries: Sequence[DeliveryRow], store: ConsultationStore
) -> dict[str, Any]:
    entry = consultation.entry
    if entry is None:
        return dict(_NO_ENTRY)
    return _NO_ENTRY | {
        "entry": str(entry.id),
        "entry_status": str(entry.status),
        "basis": str(entry.basis),
        "position": _position(consultation, entry, store) if entry.status.waits else None,
        "sent_at": _iso(_sent_at(entry, deliveries)),
        "received_at": _iso(entry.received_at),
        "seen_at": _iso(entry.seen_at),
        "told_not_received": entry.told_not_received and entry.received_at is None,
        "told_not_seen": entry.told_not_seen and entry.seen_at is None,
        "misses": entry.misses,
        "past_agreed": entry.past_agreed_at is not None,
        **_arranged(consultation, entry),
        "expires_at": _iso(entry.expires_at),
        **_ringing(entry),
        **_ended(entry),
    }


def _position(consultation: Consultation, entry: QueueEntry, store: ConsultationStore) -> int:
    """In a rehearsal colleagues who rehearse at the same time are not in front of her."""
    return 1 + (places_before(consultation) if consultation.is_rehearsal else store.ahead_of(entry))


def _arranged(consultation: Consultation, entry: QueueEntry) -> dict[str, Any]:
    """That something was said or proposed; the words themselves stand on the page, where reading is audited."""
    return {
        "parked": entry.parked_at is not None,
        "proposed_at": _iso(entry.proposed_at),
        "proposed_by": entry.proposed_by,
        "remarks": sum(remark.entry == entry.id for remark in consultation.remarks),
    }


def _ringing(entry: QueueEntry) -> dict[str, Any]:
    return {
        "accepted_at": _iso(entry.accepted_at),
        "accepted_name": entry.accepted_name,
        "clinician": entry.clinician,
        "ring_until": _iso(entry.ring_until),
        "ring_extended": entry.ring_extended,
        "joined_at": _iso(entry.joined_at),
        "started_at": _iso(entry.started_at),
    }


def _ended(entry: QueueEntry) -> dict[str, Any]:
    rejected = entry.status is EntryStatus.REJECTED
    return {
        "ended_at": _iso(entry.ended_at),
        "ended_reason": entry.ended_reason,
        "rejection": {"reason": entry.ended_reason, "text": entry.ended_text} if rejected else None,
    }


def _sent_at(entry: QueueEntry, deliveries: Sequence[DeliveryRow]) -> datetime | None:
    """*Sent* = attempted: the first attempt over any of the practice's connections."""
    tries = [r.sent_at for r in deliveries if r.kind == DebtKind.ENQUEUE and r.subject == entry.id and r.sent_at]
    # The row is settled after the peer's answer was noted: what was received had been sent by then.
    return min([*tries, *([entry.received_at] if entry.received_at else [])], default=None) if tries else None


def _practice_part(
    entry: QueueEntry | None, practices: PracticeStates, providers: Practices | None, now: datetime
) -> dict[str, Any]:
    """Connected × open × attended, with the number to ring in every one of these states (D8)."""
    if entry is None:
        return {
            "practice": None,
            "open": None,
            "reopens_at": None,
            "closes_at": None,
            "attended": None,
            "closing": False,
            "paused_until": None,
        }
    state = practices.state(entry.ydernummer, now)
    practice = {
        "ydernummer": str(entry.ydernummer),
        "name": entry.practice_name,
        "phone": _phone(entry, state, providers, now),
    }
    return {
        "practice": practice,
        "connected": state.connected,
        "reachable": state.reachable,
        "open": state.open,
        "attended": str(state.attended),
        "reopens_at": _iso(state.reopens_at),
        "closes_at": _iso(state.closes_at),
        "closing": state.closing,
        "paused_until": _iso(state.paused_until),
    }


def _phone(entry: QueueEntry, state: PracticeState, providers: Practices | None, now: datetime) -> str:
    if state.direct_phone or providers is None:
        return state.direct_phone
    practice = providers.find(entry.ydernummer, danish_day(now))
    return practice.phone if practice else ""


def _seats(consultation: Consultation, rooms: RoomBook | None) -> dict[str, bool] | None:
    """Role of each side → media flowing; None where no call is on or nobody asked."""
    if rooms is None or not consultation.seats or not consultation.room:
        return None
    flowing = rooms.occupied(consultation.room)
    sides: dict[str, bool] = {}
    for seat in consultation.seats:
        sides[seat.role] = sides.get(seat.role, False) or flowing.get(str(seat.id), False)
    return sides


def _rail(case: CitizenCase, deliveries: Sequence[DeliveryRow], now: datetime) -> dict[str, Any]:
    """One case's note: draft → sent → received → filed, or where it stands still and by which code. The next attempt is
    named only where it is to come: a row that is due waits for a free slot, or for its connection."""
    note = case.notes[-1]
    row = _delivery_of(case.id, note.version, deliveries)
    return {
        "case": str(case.id),
        "version": note.version,
        "status": str(note.status),
        "state": _rail_state(note.status, row, now),
        "sent_at": _iso(row.sent_at) if row else None,
        "received_at": _iso(row.receipt.received_at) if row else None,
        "filed_at": _iso(row.receipt.filed_at) if row else None,
        "next_attempt_at": _iso(row.due_at) if row and row.status == "due" and row.due_at > now else None,
        "fault": row.fault if row else "",
    }


def _delivery_of(case: UUID, version: int, deliveries: Sequence[DeliveryRow]) -> DeliveryRow | None:
    owed = (r for r in deliveries if r.kind == DebtKind.NOTE and r.subject == case and r.version == version)
    return next(owed, None)


# Words of the rail for a delivery that did not come through by itself.
_ENDED_OTHERWISE = {"stuck": "refused", "given-up": "refused", "by-hand": "by-hand-done"}


def _rail_state(status: NoteStatus, row: DeliveryRow | None, now: datetime) -> str:
    if status in (NoteStatus.DRAFT, NoteStatus.VOID, NoteStatus.RETRACT):
        return str(status)
    if status is NoteStatus.BY_HAND:
        return "by-hand-done"
    if row is None:
        return "by-hand"
    if row.status == "done":
        return "filed" if row.receipt.filed_at else "received"
    if row.status == "stuck" and row.fault in list(StillRefusal):
        return "picture-refused"
    return _ENDED_OTHERWISE.get(row.status) or _under_way(row, now)


def _under_way(row: DeliveryRow, now: datetime) -> str:
    """*Held up*: its connection rests or is paused, a former version waits, or nobody works the rows off."""
    if row.unknown:
        return "unknown"
    if row.fault:
        return "retrying"
    if row.attempts:
        return "sent"
    return "held-up" if row.due_at + HELD_UP_AFTER < now else "waiting"
