"""Accepting rings at the employee; who clicked is not who talked (D10). Exactly one clinician wins."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from gateway.domain.consultation.aggregate import Availability, Consultation, Status
from gateway.domain.consultation.queue_entry import EARLY, EntryStatus, QueueEntry
from gateway.domain.errors import InvalidField, TransitionRefused
from gateway.domain.people import PEER_ROLE, Actor, ActorKind, Participant, ParticipantRole, Seat

RING = timedelta(seconds=60)
MISSES = 2  # after so many the entry is parked (D20)
CONNECT = timedelta(seconds=120)  # from "Deltag" to media from both sides
ARRIVE = timedelta(minutes=5)  # the same where the doctor took the call in her own system and has yet to log in here


def accept(
    consultation: Consultation, at: datetime, actor: Actor, clinician: str = "", entry_id: UUID | None = None
) -> Consultation:
    """Take the call. The same clinician's second click is a no-op; a later one is told who was first."""
    entry = consultation.entry
    if entry is None or (entry_id is not None and entry.id != entry_id):
        raise TransitionRefused("accept", str(consultation.status), "no-open-entry")
    if entry.status in (EntryStatus.ACCEPTED, EntryStatus.IN_PROGRESS):
        if entry.accepted_by == actor.id:
            return consultation
        raise TransitionRefused("accept", str(entry.status), "taken", entry.accepted_name)
    if entry.status.ended:
        raise TransitionRefused("accept", str(entry.status), "ended")
    alone = consultation.with_citizen  # nobody there knows "2 minutter mere": the second minute comes by itself (B05)
    taken = replace(
        entry,
        status=EntryStatus.ACCEPTED,
        received_at=entry.received_at or at,
        seen_at=entry.seen_at or at,
        accepted_at=at,
        accepted_by=actor.id,
        accepted_name=actor.name,
        clinician=clinician or entry.clinician,
        ring_until=at + (2 * RING if alone else RING),
        ring_extended=alone,
        joined_at=None,
        parked_at=None,
        came_back="",
    )
    moved = consultation.moved("accept", Status.CALLING, at, actor, guests=(), locked=False).with_entry(taken)
    return moved.telling_practice().noting("accepted", at, actor)


def put_back(consultation: Consultation, at: datetime, actor: Actor) -> Consultation:
    """The clinic lays the entry back: same place. From a talk that has begun there is no way back."""
    entry = consultation.require_entry("put-back")
    if entry.status in (EntryStatus.REQUESTED, EntryStatus.RECEIVED):
        return consultation
    if entry.status is not EntryStatus.ACCEPTED:
        raise TransitionRefused("put-back", str(entry.status))
    require_part(consultation, "put-back", actor)
    side = ActorKind.CLINIC if actor.kind is ActorKind.PEER else actor.kind
    laid_back = replace(entry, came_back=str(side))
    return _back_in_place(consultation, laid_back, at, actor).noting("put-back", at, actor)


def require_part(consultation: Consultation, verb: str, actor: Actor) -> None:
    """A colleague who neither took the call nor sits in it may not end, rename or lay it back; she is told whose it is.

    Where the practice's own system took it, whoever joins first from that clinic holds it (D10).
    """
    entry = consultation.entry
    if entry is None or actor.kind is not ActorKind.CLINIC or actor.role == PEER_ROLE or not entry.accepted_by:
        return
    sits = any(p.id == clinician_id(consultation, actor) for p in consultation.participants)
    if entry.accepted_by != actor.id and not sits:
        raise TransitionRefused(verb, str(entry.status), "taken", entry.accepted_name)


def clinician_id(consultation: Consultation, actor: Actor) -> UUID:
    """Which participant a person of the clinic is: by who she is, since two colleagues may share a name (D16)."""
    return uuid5(consultation.id, f"clinician:{actor.id}")


def extend_ring(consultation: Consultation, at: datetime, actor: Actor) -> Consultation:
    """ "2 minutter mere": once per ring."""
    entry = _ringing(consultation, "extend")
    if entry.ring_extended:
        return consultation
    assert entry.ring_until is not None
    extended = replace(entry, ring_until=entry.ring_until + RING, ring_extended=True)
    return consultation.with_entry(extended).noting("ring-extended", at, actor)


def answer(consultation: Consultation, at: datetime, actor: Actor) -> Consultation:
    """The employee (or the citizen alone) tapped "Deltag": the ring stops, media has 2 minutes to flow, or longer
    while the doctor is still on her way from her own system."""
    if consultation.status is Status.IN_CALL:
        return consultation
    entry = _ringing(consultation, "answer")
    if entry.joined_at is not None:
        return consultation
    joined = replace(entry, joined_at=at, ring_until=at + (ARRIVE if is_on_her_way(consultation) else CONNECT))
    changed = replace(consultation.with_entry(joined), availability=Availability.HERE, availability_at=at)
    return changed.noting("answered", at, actor)


def is_on_her_way(consultation: Consultation) -> bool:
    """The practice's own system took the call, and nobody of the clinic has come to our page yet."""
    entry = consultation.entry
    if entry is None or any(p.role is ParticipantRole.CLINICIAN for p in consultation.participants):
        return False
    return any(entry.accepted_by.startswith(f"{name}:") for name in entry.connections)


def miss(consultation: Consultation, at: datetime, actor: Actor) -> Consultation:
    """Nobody answered, or media never flowed: back in the same place, both are told; marked away. The second time the
    entry is parked until the employee says that she is ready."""
    entry = _ringing(consultation, "miss")
    misses, absent = entry.misses + 1, entry.joined_at is None
    parked_at = at if absent and misses >= MISSES else None
    missed = replace(entry, misses=misses, parked_at=parked_at, came_back="missed" if absent else "no-media")
    away = Availability.AWAY if absent else consultation.availability
    back = _back_in_place(consultation.with_entry(missed), missed, at, actor)
    since = at if absent else consultation.availability_at
    told = replace(back, availability=away, availability_at=since)
    return told.noting("ring-missed", at, actor, misses=str(misses))


def start_talk(
    consultation: Consultation, at: datetime, actor: Actor, present: Collection[UUID] | None = None
) -> Consultation:
    """Media flows from both sides: only now is it a talk. Repeats are no-ops.

    ``present``: the participants whose media flows. A clinician who took the call and laid it back again was not in
    it, whatever she sat on."""
    if consultation.status is Status.IN_CALL:
        return consultation
    entry = _ringing(consultation, "start-talk")
    begun = replace(entry, status=EntryStatus.IN_PROGRESS, started_at=at, ring_until=None)
    moved = consultation.moved("start-talk", Status.IN_CALL, at, actor, modality="video").with_entry(begun)
    people = tuple(_begun(p, at) if _takes_part(p, present) else p for p in moved.participants)
    return replace(moved, participants=people).telling_practice().noting("talk-started", at, actor)


def _takes_part(person: Participant, present: Collection[UUID] | None) -> bool:
    return person.role is not ParticipantRole.CLINICIAN or present is None or person.id in present


def _begun(person: Participant, at: datetime) -> Participant:
    return replace(person, started=person.started or at)


def name_clinician(consultation: Consultation, name: str, at: datetime, actor: Actor) -> Consultation:
    """Who talks, where the practice's system did not say."""
    if not name.strip():
        raise InvalidField("clinician", "required")
    entry = consultation.entry
    if entry is None:
        raise TransitionRefused("name-clinician", str(consultation.status), "no-entry")
    if entry.clinician == name.strip():
        return consultation
    require_part(consultation, "name-clinician", actor)
    named = replace(consultation.entries[-1], clinician=name.strip())
    changed = replace(consultation, entries=(*consultation.entries[:-1], named))
    return changed.noting("clinician-named", at, actor)


def claim_seat(
    consultation: Consultation,
    participant: Participant,
    wanted: Seat,
    actor: Actor,
    *,
    move: bool,
) -> tuple[Consultation, Seat]:
    """The participant's seat: ``wanted``, or the one she holds. Somebody new in the room stands on the timeline.

    ``move`` takes the seat for another device with a higher generation (D6); without it another device is refused.
    """
    known, at, device = consultation, wanted.claimed_at, wanted.device
    if all(p.id != participant.id for p in known.participants):
        if participant.role is ParticipantRole.CLINICIAN:
            known = _arrived(known, at)
        known = replace(known, participants=(*known.participants, participant))
        known = known.noting("joined", at, actor)
    if known.status is Status.IN_CALL:  # whoever comes later takes part from then on
        people = tuple(_begun(p, at) if p.id == participant.id else p for p in known.participants)
        known = replace(known, participants=people)
    for seat in known.seats:
        if seat.participant_id == participant.id:
            if seat.device == device and (device or not move):
                return known, seat
            if seat.device and not move:
                raise TransitionRefused("join", str(consultation.status), "elsewhere")
            moved = replace(seat, generation=seat.generation + 1, claimed_at=at, device=device)
            return replace(known, seats=tuple(moved if s.id == seat.id else s for s in known.seats)), moved
    return replace(known, seats=(*known.seats, wanted)), wanted


def _arrived(consultation: Consultation, at: datetime) -> Consultation:
    """However long she took, media now has the whole time to flow."""
    entry = consultation.entry
    if entry is None or entry.joined_at is None or entry.ring_until is None:
        return consultation
    return consultation.with_entry(replace(entry, ring_until=max(entry.ring_until, at + CONNECT)))


def _ringing(consultation: Consultation, verb: str) -> QueueEntry:
    entry = consultation.entry
    if consultation.status is not Status.CALLING or entry is None or entry.status is not EntryStatus.ACCEPTED:
        raise TransitionRefused(verb, str(consultation.status), "not-ringing")
    return entry


def _back_in_place(consultation: Consultation, entry: QueueEntry, at: datetime, actor: Actor) -> Consultation:
    waiting = replace(
        entry,
        status=EntryStatus.RECEIVED,
        accepted_at=None,
        accepted_by="",
        accepted_name="",
        clinician="",  # whoever takes it next names the one who talks (STPK 182801)
        ring_until=None,
        joined_at=None,
    )
    agreed = consultation.agreed_at  # taken long before its time, it goes back into that day and waits for nobody today
    to = Status.PLANNED if agreed is not None and agreed - EARLY > at else Status.WAITING
    return consultation.moved("put-back", to, at, actor).with_entry(waiting).telling_practice()
