"""Guests of a call: a relative, an interpreter or a second clinician, invited by a link and let in by the clinic."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from gateway.domain.consultation import ringing
from gateway.domain.consultation.aggregate import Consultation, Status
from gateway.domain.errors import InvalidField, NotFound, TransitionRefused
from gateway.domain.people import Actor, Guest, ParticipantRole

ROLES: Final = (ParticipantRole.RELATIVE, ParticipantRole.INTERPRETER, ParticipantRole.COLLEAGUE)
MOST: Final = 2  # beside the clinic and the municipal side


def guest_of(consultation: Consultation, id: UUID) -> Guest:
    for guest in consultation.guests:
        if guest.id == id:
            return guest
    raise NotFound("guest")


def invite(
    consultation: Consultation, id: UUID, role: ParticipantRole, until: datetime, at: datetime, actor: Actor
) -> Consultation:
    """A place for one more, behind a link that can be followed ``until`` then."""
    _require_call(consultation, "invite-guest", actor)
    if any(guest.id == id for guest in consultation.guests):
        return consultation
    if role not in ROLES:
        raise InvalidField("role", "unknown")
    if consultation.locked:
        raise TransitionRefused("invite-guest", str(consultation.status), "locked")
    coming = [g for g in consultation.guests if g.standing != "gone" and (g.arrived_at or g.expires_at > at)]
    if len(coming) >= MOST:
        raise TransitionRefused("invite-guest", str(consultation.status), "full")
    invited = replace(consultation, guests=(*coming, Guest(id, role, until)))
    return invited.noting("guest-invited", at, actor)


def arrive(consultation: Consultation, id: UUID, at: datetime, actor: Actor) -> Consultation:
    """The link was followed: she waits, and the clinic is told. A locked room takes nobody."""
    guest = guest_of(consultation, id)
    _require_open(consultation, "arrive-as-guest")
    if consultation.locked or guest.arrived_at is not None or guest.refused_at is not None or guest.expires_at <= at:
        raise TransitionRefused("arrive-as-guest", str(consultation.status), "over")
    return _with(consultation, replace(guest, arrived_at=at)).noting("guest-arrived", at, actor)


def admit(consultation: Consultation, id: UUID, at: datetime, actor: Actor) -> Consultation:
    """Only into a talk that has begun: from there nothing is laid back, so nobody sits on in another doctor's ring."""
    guest = guest_of(consultation, id)
    _require_call(consultation, "admit-guest", actor)
    if consultation.status is not Status.IN_CALL:
        raise TransitionRefused("admit-guest", str(consultation.status), "not-begun")
    if guest.standing == "admitted":
        return consultation
    if guest.standing != "waiting":
        raise TransitionRefused("admit-guest", str(consultation.status), "not-waiting")
    return _with(consultation, replace(guest, admitted_at=at)).noting("guest-admitted", at, actor)


def send_out(consultation: Consultation, id: UUID, at: datetime, actor: Actor) -> Consultation:
    """Turned away while she waits, or sent out of the call; a link that was not followed is worth nothing any more."""
    guest = guest_of(consultation, id)
    _require_call(consultation, "send-guest-out", actor)
    return _gone(consultation, guest, "guest-sent-out", at, actor)


def leave(consultation: Consultation, id: UUID, at: datetime, actor: Actor) -> Consultation:
    return _gone(consultation, guest_of(consultation, id), "guest-left", at, actor)


def lock(consultation: Consultation, on: bool, at: datetime, actor: Actor) -> Consultation:
    """Whoever is in stays; nobody else comes."""
    _require_call(consultation, "lock-room", actor)
    if consultation.locked is on:
        return consultation
    return replace(consultation, locked=on).noting("room-locked" if on else "room-unlocked", at, actor)


def admitted(consultation: Consultation, id: UUID) -> Guest:
    """The guest who may sit; whoever waits, or was sent out, has no seat."""
    guest = guest_of(consultation, id)
    _require_open(consultation, "join")
    if guest.standing != "admitted":
        raise TransitionRefused("join", str(consultation.status), "no-call")
    return guest


def _gone(consultation: Consultation, guest: Guest, what: str, at: datetime, actor: Actor) -> Consultation:
    if guest.standing == "gone":
        return consultation
    seats = tuple(seat for seat in consultation.seats if seat.participant_id != guest.id)
    return _with(replace(consultation, seats=seats), replace(guest, refused_at=at)).noting(what, at, actor)


def _with(consultation: Consultation, guest: Guest) -> Consultation:
    return replace(consultation, guests=tuple(guest if g.id == guest.id else g for g in consultation.guests))


def _require_open(consultation: Consultation, verb: str) -> None:
    if consultation.status not in (Status.CALLING, Status.IN_CALL):
        raise TransitionRefused(verb, str(consultation.status), "no-call")


def _require_call(consultation: Consultation, verb: str, actor: Actor) -> None:
    _require_open(consultation, verb)
    ringing.require_part(consultation, verb, actor)
