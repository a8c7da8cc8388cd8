"""Handing on: another employee takes the responsibility, or another practice the entry (D1, D7).

What was typed, consented to and waited for goes along; nobody begins again.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from gateway.domain.consultation import ringing, talking
from gateway.domain.consultation.aggregate import Availability, Consultation, Status
from gateway.domain.consultation.events import Debt, DebtKind
from gateway.domain.consultation.queue_entry import EntryStatus, Placement
from gateway.domain.errors import TransitionRefused
from gateway.domain.people import Actor, Participant, ParticipantRole, Workstation

WORKPLACE = "workplace:"  # begins ``responsible`` where that is no person
_BEFORE_THE_TALK = (Status.DRAFT, Status.PLANNED, Status.WAITING, Status.CALLING, Status.DECIDING)


def take_over(consultation: Consultation, station: Workstation | None, at: datetime, actor: Actor) -> Consultation:
    """``actor`` becomes responsible; place, text and consent stay. A talk that goes on is not taken from anybody.

    Before the talk the practice is told whom it will meet and where to ring; afterwards the note keeps naming who was
    there, and the colleague only finishes it.
    """
    if consultation.responsible == actor.id:
        return consultation
    if consultation.status is Status.IN_CALL or _joining(consultation):
        raise TransitionRefused("take-over", str(consultation.status), "talk-begun", consultation.responsible_name)
    taken = replace(consultation, responsible=actor.id, responsible_name=actor.name)
    taken = taken.noting("taken-over", at, actor, former=consultation.responsible)
    if consultation.status not in _BEFORE_THE_TALK:
        return taken
    people = tuple(_renamed(person, actor.name) for person in taken.participants)
    met = replace(
        taken,
        participants=people,
        workstation=station or taken.workstation,
        availability=Availability.HERE,
    )
    return met.telling_practice() if met.entry_open else met


def hand_to_workplace(consultation: Consultation, at: datetime, actor: Actor) -> Consultation:
    """Whoever was responsible works here no more: her workplace is, and a colleague there takes it over from its list.

    What she sat in ends first: a talk as one that was held, a ring as one that nobody answered. A draft has told no
    workplace yet and stays as it is.
    """
    station = consultation.workstation
    if station is None or consultation.responsible.startswith(WORKPLACE):
        return consultation
    if consultation.status is Status.IN_CALL:
        consultation = talking.hang_up(consultation, at, actor)
    elif consultation.status is Status.CALLING:
        consultation = ringing.miss(consultation, at, actor)
    owner = Actor(actor.kind, f"{WORKPLACE}{station.workplace_id or ''}", station.workplace)
    return replace(take_over(consultation, None, at, owner), availability=Availability.AWAY)


def _joining(consultation: Consultation) -> bool:
    entry = consultation.entry
    return consultation.status is Status.CALLING and entry is not None and entry.joined_at is not None


def _renamed(person: Participant, name: str) -> Participant:
    return replace(person, name=name) if person.role is ParticipantRole.EMPLOYEE else person


def transfer(consultation: Consultation, placement: Placement, at: datetime, actor: Actor) -> Consultation:
    """The entry ends at its practice and goes on at another with the moment it has waited since; to the same practice
    it is a no-op. Somebody who has taken the call lays it back or rejects it first."""
    entry = consultation.require_entry("transfer")
    if entry.ydernummer == placement.ydernummer:
        return consultation
    if not entry.status.waits:
        raise TransitionRefused("transfer", str(entry.status), "taken", entry.accepted_name)
    consultation.require_place_at(placement.ydernummer)
    received = placement.requested(at, place=entry.place)
    left = consultation.ended_entry(EntryStatus.TRANSFERRED, at, "transferred")
    moved = left.moved("transfer", consultation.status, at, actor, entries=(*left.entries, received))
    owed = moved.owing(Debt(DebtKind.ENQUEUE, connection, received.id, 1) for connection in received.connections)
    ended = owed.noting_there(entry.ydernummer, "transferred", at, actor)  # the first practice does not learn where to
    kind = "planned" if consultation.status is Status.PLANNED else "placed"
    return ended.noting(kind, at, actor, ydernummer=str(received.ydernummer), basis=str(received.basis))
