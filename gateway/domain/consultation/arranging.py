"""What a clinic and an employee arrange while somebody waits: words, a colleague, a place, a time (C07, N10).

None of it ends the entry. A rejection that is taken back begins a new one on the same place: the practice's system has
been told that the first is over, and a Task that was rejected cannot be reopened (FHIR R4 Task, state machine).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from gateway.domain.consultation import clocks
from gateway.domain.consultation.aggregate import Consultation, Status
from gateway.domain.consultation.events import Debt, DebtKind
from gateway.domain.consultation.queue_entry import EARLY, EntryStatus, QueueEntry, Remark
from gateway.domain.consultation.ringing import put_back
from gateway.domain.errors import InvalidField, TransitionRefused
from gateway.domain.identifiers import require_no_number
from gateway.domain.people import Actor

REMARK_LENGTH = 200
FORWARD_REASONS = ("worse", "in-a-hurry", "other")
FARTHEST = timedelta(days=366)  # a time further away is a slip of the finger
UNDO = timedelta(seconds=10)  # as the page shows it (C08)
ON_THE_WAY = timedelta(seconds=5)  # a press in the last second must still count when it gets here


def remark(consultation: Consultation, id: UUID, text: str, at: datetime, actor: Actor) -> Consultation:
    """Say something to the other side, in at most 200 characters and without an identity number (U16)."""
    entry = consultation.require_entry("remark")
    if any(known.id == id for known in consultation.remarks):
        return consultation
    if entry.status is EntryStatus.IN_PROGRESS:
        raise TransitionRefused("remark", str(consultation.status), "talk-begun")
    words = text.strip()
    if not words:
        raise InvalidField("text", "required")
    if len(words) > REMARK_LENGTH:
        raise InvalidField("text", "too-long")
    require_no_number("text", words)
    said = Remark(id, entry.id, entry.ydernummer, at, str(actor.kind), actor.name, words)
    changed = replace(consultation, remarks=(*consultation.remarks, said))
    return changed.telling_practice().noting("remark-made", at, actor, side=str(actor.kind))


def address_to(consultation: Consultation, colleague: str, at: datetime, actor: Actor) -> Consultation:
    """ "Send til kollega": the place is kept; a call that rings is laid back first."""
    entry = consultation.require_entry("address")
    name = colleague.strip()
    if not name:
        raise InvalidField("colleague", "required")
    if entry.addressed_to == name and entry.status.waits:
        return consultation
    waiting = put_back(consultation, at, actor)
    addressed = waiting.with_entry(replace(waiting.require_entry("address"), addressed_to=name))
    return addressed.telling_practice().noting("addressed", at, actor)


def move_forward(consultation: Consultation, place: datetime, reason: str, at: datetime, actor: Actor) -> Consultation:
    """ "Flyt frem": before everybody else who waits there. Whoever moves an entry has seen it."""
    if reason not in FORWARD_REASONS:
        raise InvalidField("reason", "required" if not reason else "unknown")
    entry = _waiting(consultation, "move-forward")
    if place >= entry.place:
        return consultation
    seen = replace(entry, place=place, received_at=entry.received_at or at, seen_at=entry.seen_at or at)
    return consultation.with_entry(seen).noting("moved-forward", at, actor, reason=reason)


def propose_time(consultation: Consultation, wanted: datetime, at: datetime, actor: Actor) -> Consultation:
    """ "Foreslå ny tid", or the employee's "Foreslå en anden": the entry waits on until the other side answers."""
    entry = _waiting(consultation, "propose-time")
    if not at < wanted < at + FARTHEST:
        raise InvalidField("proposed_at", "in-the-past" if wanted <= at else "not-a-time")
    if (entry.proposed_at, entry.proposed_by) == (wanted, str(actor.kind)):
        return consultation
    proposed = replace(entry, proposed_at=wanted, proposed_by=str(actor.kind))
    return consultation.with_entry(proposed).telling_practice().noting("time-proposed", at, actor)


def agree_time(consultation: Consultation, at: datetime, actor: Actor) -> Consultation:
    """ "Accepter", by the side that did not propose it: the entry stands in that day, and enters the queue in time."""
    entry = _waiting(consultation, "agree-time")
    agreed = entry.proposed_at
    if agreed is None or entry.proposed_by == str(actor.kind):
        raise TransitionRefused("agree-time", str(consultation.status), "nothing-proposed")
    if agreed <= at:
        raise InvalidField("proposed_at", "in-the-past")
    kept = replace(
        entry,
        place=agreed,
        expires_at=clocks.waiting_ends(at, agreed, None),
        parked_at=None,
        past_agreed_at=None,
        proposed_at=None,
        proposed_by="",
    )
    to = Status.PLANNED if agreed - EARLY > at else Status.WAITING
    moved = consultation.moved("agree-time", to, at, actor, agreed_at=agreed).with_entry(kept)
    return moved.telling_practice().noting("time-agreed", at, actor)


def note_agreement(consultation: Consultation, agreed: datetime, who: str, at: datetime, actor: Actor) -> Consultation:
    """After a rejection: what she has agreed by telephone, before she places the call anew (4.4, "no agreement")."""
    if consultation.status is not Status.DECIDING:
        raise TransitionRefused("note-agreement", str(consultation.status))
    if not at < agreed < at + FARTHEST:
        raise InvalidField("agreed_at", "in-the-past" if agreed <= at else "not-a-time")
    if not who.strip():
        raise InvalidField("agreed_with", "required")
    changed = replace(consultation, agreed_at=agreed, agreed_with=who.strip())
    return changed if changed == consultation else changed.noting("agreement-noted", at, actor)


def take_back_rejection(consultation: Consultation, entry_id: UUID, at: datetime, actor: Actor) -> Consultation:
    """ "Fortryd" within ten seconds: the employee was told at once, so she is told again; nothing she has done
    meanwhile is undone."""
    old = consultation.entry
    rejected = old is not None and old.status is EntryStatus.REJECTED
    if old is None or not rejected or consultation.status is not Status.DECIDING:
        raise TransitionRefused("take-back", str(consultation.status), "not-rejected")
    if old.ended_at is None or at > old.ended_at + UNDO + ON_THE_WAY:
        raise TransitionRefused("take-back", str(consultation.status), "too-late")
    agreed = consultation.agreed_at
    to = Status.PLANNED if agreed is not None and agreed - EARLY > at else Status.WAITING
    again = _anew(old, entry_id, at)
    moved = consultation.moved("take-back", to, at, actor)
    placed = replace(moved, entries=(*moved.entries, again))
    owed = placed.owing(Debt(DebtKind.ENQUEUE, name, entry_id, 1) for name in again.connections)
    return owed.noting("rejection-taken-back", at, actor)


def _anew(old: QueueEntry, id: UUID, at: datetime) -> QueueEntry:
    """The same place at the same practice; it has been received and seen by whoever rejected it."""
    return replace(
        old,
        id=id,
        status=EntryStatus.RECEIVED,
        received_at=old.received_at or at,
        seen_at=old.seen_at or at,
        accepted_at=None,
        accepted_by="",
        accepted_name="",
        clinician="",
        joined_at=None,
        ended_at=None,
        ended_reason="",
        ended_text="",
        revision=1,
    )


def _waiting(consultation: Consultation, verb: str) -> QueueEntry:
    entry = consultation.require_entry(verb)
    if not entry.status.waits:
        raise TransitionRefused(verb, str(consultation.status), "not-waiting")
    return entry


def wait_until_closing(consultation: Consultation, *, closes_at: datetime | None, at: datetime) -> Consultation:
    """The clinic's hours have changed: whoever waits without an agreed time waits to 15 minutes after it closes."""
    entry = consultation.entry
    waits = entry is not None and entry.status.waits and consultation.status is Status.WAITING
    if entry is None or not waits or consultation.agreed_at is not None:
        return consultation
    ends = max(at, clocks.waiting_ends(entry.requested_at, None, closes_at))
    return consultation if ends == entry.expires_at else consultation.with_entry(replace(entry, expires_at=ends))


def learn_phone(consultation: Consultation, at: datetime, actor: Actor) -> Consultation:
    """The practice can be rung on another number from now on: who waits there is told, in case she is about to ring."""
    return consultation.noting("phone-changed", at, actor) if consultation.entry_open else consultation
