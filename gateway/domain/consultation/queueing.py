"""The queue: placed, received, seen, corrected, withdrawn, rejected, expired (D1, D8, D9)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from gateway.domain.consultation.aggregate import Availability, Consultation, Ending, Kind, Status
from gateway.domain.consultation.events import Debt, DebtKind
from gateway.domain.consultation.opening import require_reason
from gateway.domain.consultation.queue_entry import EARLY, EntryStatus, Placement, RejectReason
from gateway.domain.consultation.ringing import require_part
from gateway.domain.consultation.undoing import wrong_citizen
from gateway.domain.errors import InvalidField, TransitionRefused
from gateway.domain.people import Actor

DEVICE_VERDICTS = ("good", "silent", "weak", "blocked", "denied", "inuse", "none", "embedded")
PAST_AGREED = timedelta(minutes=60)  # an agreed time older than this gives no place before others
REJECTION_LENGTH = 300
WITHDRAW_REASONS = ("solved", "hospital", "no-time", "citizen-absent", "wrong-citizen")


def place(consultation: Consultation, placement: Placement, at: datetime, actor: Actor) -> Consultation:
    """Put the consultation into a practice's queue, or into its day where a later time is agreed.

    Consent, text and participants are the consultation's own, so a second practice needs none of them again.
    """
    _require_ready(consultation)
    consultation.require_place_at(placement.ydernummer)
    agreed = consultation.agreed_at
    if agreed is not None and agreed < at - PAST_AGREED:
        raise InvalidField("agreed_at", "in-the-past")
    planned = agreed is not None and agreed - EARLY > at
    entry = placement.requested(at, place=agreed or at)
    moved = consultation.moved("place", Status.PLANNED if planned else Status.WAITING, at, actor)
    placed = replace(moved, entries=(*moved.entries, entry), availability=Availability.HERE)
    return placed.owing(Debt(DebtKind.ENQUEUE, c, entry.id, 1) for c in entry.connections).noting(
        "planned" if planned else "placed", at, actor, ydernummer=str(entry.ydernummer), basis=str(entry.basis)
    )


def _require_ready(consultation: Consultation) -> None:
    if consultation.status not in (Status.DRAFT, Status.DECIDING):
        raise TransitionRefused("place", str(consultation.status))
    if consultation.workstation is None:
        raise InvalidField("workstation", "required")
    require_reason(consultation, consultation.reason)
    if consultation.kind is not Kind.ROUND and not all(case.allows_contact for case in consultation.cases):
        raise InvalidField("consent.answer", "required")
    without_number = consultation.kind in (Kind.WITHOUT_NUMBER, Kind.ROUND)
    if without_number and not consultation.agreed_with.strip():
        raise InvalidField("agreed_with", "required")


def come_forward(consultation: Consultation, at: datetime, actor: Actor) -> Consultation:
    """A planned consultation enters the queue 15 minutes before the agreed time."""
    if consultation.status is not Status.PLANNED:
        raise TransitionRefused("come-forward", str(consultation.status))
    return consultation.moved("come-forward", Status.WAITING, at, actor).noting("placed", at, actor)


def receive(
    consultation: Consultation, entry_id: UUID, at: datetime, actor: Actor, *, by_message: bool = False
) -> Consultation:
    """A connection acknowledged the entry; the first one counts, later ones and repeats are no-ops. ``by_message``:
    the practice holds a message about it, which is said apart."""
    noted = consultation.noting("announced", at, actor, entry=str(entry_id)) if by_message else consultation
    return _received(noted, entry_id, at, actor)


def _received(consultation: Consultation, entry_id: UUID, at: datetime, actor: Actor) -> Consultation:
    entry = consultation.entry
    if entry is None or entry.id != entry_id or entry.received_at is not None or entry.status.ended:
        return consultation
    status = EntryStatus.RECEIVED if entry.status is EntryStatus.REQUESTED else entry.status
    changed = consultation.with_entry(replace(entry, status=status, received_at=at))
    return changed.noting("received", at, actor)


def see(consultation: Consultation, entry_id: UUID, at: datetime, actor: Actor) -> Consultation:
    """A person in the clinic has had the row on screen. Known to be theirs only while the entry is open."""
    entry = consultation.entry
    if entry is None or entry.id != entry_id or entry.seen_at is not None or entry.status.ended:
        return consultation
    received = receive(consultation, entry_id, at, actor)
    current = received.entries[-1]
    return received.with_entry(replace(current, seen_at=at)).noting("seen", at, actor)


def correct_reason(consultation: Consultation, text: str, at: datetime, actor: Actor) -> Consultation:
    """The clinic sees "rettet kl."; allowed until the talk begins."""
    if consultation.status not in (Status.PLANNED, Status.WAITING, Status.CALLING):
        raise TransitionRefused("correct", str(consultation.status))
    require_reason(consultation, text)
    if text.strip() == consultation.reason:
        return consultation
    changed = replace(consultation, reason=text.strip(), reason_corrected_at=at)
    return changed.telling_practice().noting("reason-corrected", at, actor)


def withdraw(consultation: Consultation, reason: str, at: datetime, actor: Actor) -> Consultation:
    """The employee leaves the queue. A talk that has begun is ended, not withdrawn: its note is owed. *Wrong citizen*
    erases the text here and at the peer, whenever it is found out (D11)."""
    if reason not in WITHDRAW_REASONS:
        raise InvalidField("reason", "unknown")
    if reason == "wrong-citizen":
        return wrong_citizen(consultation, at, actor)
    if consultation.ending is Ending.WITHDRAWN:
        return consultation
    if consultation.status in (Status.IN_CALL, Status.REVIEW):
        raise TransitionRefused("withdraw", str(consultation.status), "talk-begun")
    changed = consultation
    if changed.entry_open:
        changed = changed.ended_entry(EntryStatus.WITHDRAWN, at, reason)
    closed = changed.moved("withdraw", Status.CLOSED, at, actor, ending=Ending.WITHDRAWN)
    return closed.noting("withdrawn", at, actor, reason=reason)


def reject(consultation: Consultation, reason: RejectReason, text: str, at: datetime, actor: Actor) -> Consultation:
    """The clinic says no: the *entry* ends; the consultation lives on for the employee to decide. What a colleague has
    taken is hers to reject."""
    if _already(consultation, EntryStatus.REJECTED):
        return consultation
    entry = consultation.require_entry("reject")
    if entry.status is EntryStatus.IN_PROGRESS:
        raise TransitionRefused("reject", str(entry.status))
    require_part(consultation, "reject", actor)
    if reason is RejectReason.OTHER and not text.strip():
        raise InvalidField("text", "required")
    if len(text) > REJECTION_LENGTH:
        raise InvalidField("text", "too-long")
    ended = consultation.ended_entry(EntryStatus.REJECTED, at, str(reason), text.strip())
    return ended.moved("reject", Status.DECIDING, at, actor).noting("rejected", at, actor, reason=str(reason))


def expire(consultation: Consultation, why: str, at: datetime, actor: Actor) -> Consultation:
    """Waiting ran out (4 h, agreed time + 60 min, the clinic closed, or midnight): the employee decides."""
    if _already(consultation, EntryStatus.EXPIRED):
        return consultation
    consultation.require_entry("expire")
    ended = consultation.ended_entry(EntryStatus.EXPIRED, at, why)
    return ended.moved("expire", Status.DECIDING, at, actor).noting("expired", at, actor, reason=why)


def give_up(consultation: Consultation, at: datetime, actor: Actor) -> Consultation:
    """After an ended entry the employee (or midnight) closes: rejected or not answered, by the last entry."""
    if consultation.status is Status.CLOSED and consultation.ending in (Ending.REJECTED, Ending.NOT_ANSWERED):
        return consultation
    if consultation.status is not Status.DECIDING:
        raise TransitionRefused("give-up", str(consultation.status))
    entry = consultation.entry
    rejected = entry is not None and entry.status is EntryStatus.REJECTED
    ending = Ending.REJECTED if rejected else Ending.NOT_ANSWERED
    closed = consultation.moved("give-up", Status.CLOSED, at, actor, ending=ending, modality="none")
    return closed.noting("given-up", at, actor, ending=str(ending))


def step_away(consultation: Consultation, availability: Availability, at: datetime, actor: Actor) -> Consultation:
    """Away or here again: the place is kept, the clinic sees it. "Jeg er klar nu" brings a parked entry back (D20)."""
    if consultation.availability is availability or not consultation.is_open:
        return consultation
    moved = replace(consultation, availability=availability, availability_at=at)
    entry = moved.entry
    if entry is not None and entry.status.waits:
        ready = availability is Availability.HERE
        moved = moved.with_entry(replace(entry, parked_at=None if ready else entry.parked_at)).telling_practice()
    return moved.noting("availability-changed", at, actor, availability=str(availability))


def report_device(consultation: Consultation, verdict: str, at: datetime, actor: Actor) -> Consultation:
    """What the check found while she waits; the clinic sees it before it rings (N09, C02)."""
    if verdict not in DEVICE_VERDICTS:
        raise InvalidField("verdict", "unknown")
    if consultation.device_verdict == verdict or not consultation.entry_open:
        return consultation
    return replace(consultation, device_verdict=verdict).noting("device-checked", at, actor, verdict=verdict)


def _already(consultation: Consultation, status: EntryStatus) -> bool:
    return consultation.entry is not None and consultation.entry.status is status
