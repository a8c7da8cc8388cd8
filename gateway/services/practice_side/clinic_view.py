"""The practice's side of the queue: what a clinic's list, pane and call page may know about each entry.

Built from the same message an integrated practice system is sent (compose.py), so both show the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from gateway.domain.citizen.citizen import Citizen
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.queue_entry import QueueEntry
from gateway.domain.organisation import Organisation
from gateway.domain.peers.messages import EntryMessage
from gateway.domain.people import ParticipantRole
from gateway.domain.practice import COPENHAGEN
from gateway.ports.base import Clock
from gateway.ports.rows import ConsultationStore
from gateway.services.compose import consent_in_words, entry_message

AMBER = timedelta(minutes=10)
RED = timedelta(minutes=20)
PAST_AGREED = timedelta(minutes=5)

OrganisationOf = Callable[[UUID], Organisation]


def clinic_list_view(
    consultations: Sequence[Consultation],
    *,
    store: ConsultationStore,
    clock: Clock,
    organisation_of: OrganisationOf,
) -> list[dict[str, Any]]:
    """One row per consultation whose current entry is open, in the order given: agreed time, then arrival."""
    shown = [(one, one.require_entry("show")) for one in consultations if one.entry_open]
    ahead = store.each_ahead_of([entry.id for _, entry in shown if entry.status.waits])
    now = clock.now()
    return [_row(one, entry, ahead, now, organisation_of) for one, entry in shown]


def clinic_entry_view(
    consultation: Consultation, *, store: ConsultationStore, clock: Clock, organisation_of: OrganisationOf
) -> dict[str, Any]:
    """Everything the pane shows. The identity number is only here masked; showing it is a request of its own."""
    entry = consultation.require_entry("show") if consultation.entry_open else consultation.entries[-1]
    ahead = store.each_ahead_of([entry.id]) if entry.status.waits else {}
    return _row(consultation, entry, ahead, clock.now(), organisation_of)


def _row(
    consultation: Consultation,
    entry: QueueEntry,
    ahead: Mapping[UUID, int],
    now: datetime,
    organisation_of: OrganisationOf,
) -> dict[str, Any]:
    message = entry_message(consultation, entry.id, organisation_of(consultation.tenant), "")
    return {
        "entry": str(entry.id),
        "short_id": consultation.short_id,
        "version": consultation.version,
        "status": str(consultation.status),
        "entry_status": str(entry.status),
        "number": ahead[entry.id] + 1 if entry.status.waits else None,
        "practice": {"ydernummer": str(entry.ydernummer), "name": entry.practice_name},
        "citizen": citizen_part(message.citizen, now),
        "kind": str(consultation.kind),
        "discussed": discussed_part(consultation, now),
        **_waiting_part(consultation, entry, now),
        **_taking_part(entry),
        **_spoken_part(message),
        "remarks": _remarks(consultation, entry),
        "handover": _handover(consultation),
        "registered": _registered(consultation, entry),
        "basis": str(entry.basis),
        "synthetic": consultation.synthetic,
    }


def _waiting_part(consultation: Consultation, entry: QueueEntry, now: datetime) -> dict[str, Any]:
    since = min(entry.requested_at, now)
    return {
        "waiting_since": since.isoformat(),
        "waiting_minutes": int((now - since).total_seconds() // 60),
        "urgency": _urgency(consultation.agreed_at, since, now),
        "agreed_at": consultation.agreed_at.isoformat() if consultation.agreed_at else None,
        "agreed_with": consultation.agreed_with,
        "availability": str(consultation.availability),
        "availability_at": _iso(consultation.availability_at),
        "device": consultation.device_verdict,
        "seen": entry.seen_at is not None,
        "misses": entry.misses,
        "parked": entry.parked_at is not None,
        "proposed_at": _iso(entry.proposed_at),
        "proposed_by": entry.proposed_by,
    }


def _urgency(agreed_at: datetime | None, since: datetime, now: datetime) -> str:
    """Calm, amber or red (C02); before an agreed time nobody waits too long."""
    if agreed_at is not None:
        return "late" if now - agreed_at >= PAST_AGREED else "calm"
    waited = now - since
    if waited >= RED:
        return "late"
    return "long" if waited >= AMBER else "calm"


def _taking_part(entry: QueueEntry) -> dict[str, Any]:
    return {
        "accepted_at": entry.accepted_at.isoformat() if entry.accepted_at else None,
        "accepted_by": entry.accepted_by,
        "accepted_name": entry.accepted_name,
        "clinician": entry.clinician,
        "addressed_to": entry.addressed_to,
        "ring_until": entry.ring_until.isoformat() if entry.ring_until else None,
        "joined_at": entry.joined_at.isoformat() if entry.joined_at else None,
        "started_at": entry.started_at.isoformat() if entry.started_at else None,
        "ended_reason": entry.ended_reason if entry.status.ended else "",
    }


def _remarks(consultation: Consultation, entry: QueueEntry) -> list[dict[str, str]]:
    mine = [remark for remark in consultation.remarks if remark.entry == entry.id]
    return [{"side": r.side, "name": r.name, "at": r.at.isoformat(), "text": r.text} for r in mine]


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _spoken_part(message: EntryMessage) -> dict[str, Any]:
    corrected = message.reason_corrected_at
    return {
        "employee": message.employee,
        "role": message.role,
        "workplace": message.workplace,
        "organisation": message.organisation,
        "phone": message.phone,
        "form": message.form,
        "participants": [
            {"role": str(p.role), "name": p.name, "how": str(p.how)}
            for p in message.participants
            if p.role is not ParticipantRole.CLINICIAN
        ],
        "reason": message.reason,
        "reason_corrected_at": corrected.isoformat() if corrected else None,
        "consent": message.consent,
    }


def citizen_part(citizen: Citizen | None, now: datetime) -> dict[str, Any] | None:
    """Name (kept back where protected), age and sex; None in a round or without a citizen."""
    if citizen is None:
        return None
    return {
        "name": "" if citizen.protected else citizen.name,
        "protected": citizen.protected,
        "age": citizen.age_on(now.astimezone(COPENHAGEN).date()),
        "gender": citizen.gender,
        "masked": citizen.identifier.masked if citizen.identifier else "",
    }


def _registered(consultation: Consultation, entry: QueueEntry) -> bool | None:
    """Whether the record says the citizen is this practice's own; None where it does not say."""
    case = consultation.sole_case or consultation.discussed
    registered = case.registered if case else None
    return registered.ydernummer == entry.ydernummer if registered else None


def discussed_part(consultation: Consultation, now: datetime) -> dict[str, Any] | None:
    """In a round: the citizen they are talking about just now, and nobody else (D2)."""
    case = consultation.discussed
    if case is None:
        return None
    return {
        "case": str(case.id),
        "citizen": citizen_part(case.citizen, now),
        "reason": case.reason,
        "consent": consent_in_words(case.consent) if case.consent else "",
    }


def _handover(consultation: Consultation) -> dict[str, Any] | None:
    """Whether the device lies with the citizen now, and whether it was said to be locked (B01, B06)."""
    given = consultation.handover
    if given is None or not consultation.with_citizen:
        return None
    return {"at": given.at.isoformat(), "locked": given.locked, "called": given.called_at is not None}


def waiting_counts(consultations: Sequence[Consultation]) -> tuple[int, int]:
    """How many wait, and how many of them nobody in the clinic has looked at yet: numbers only."""
    waiting = [c.entry for c in consultations if c.entry is not None and c.entry.status.waits]
    return len(waiting), sum(1 for entry in waiting if entry.seen_at is None)
