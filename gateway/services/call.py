"""Ringing, joining, talking and hanging up; the media processes' heartbeats turned into facts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from gateway.domain.consultation import ringing, rounds, talking
from gateway.domain.consultation.aggregate import Consultation, Kind, Status
from gateway.domain.consultation.queue_entry import EntryStatus
from gateway.domain.errors import NotFound, TransitionRefused
from gateway.domain.people import SYSTEM, Actor, Participant, ParticipantRole, Presence
from gateway.domain.records import AuditRow
from gateway.domain.room import Heartbeat, JoinTicket
from gateway.domain.scope import Scope, SystemScope
from gateway.ports.base import Clock, Ids
from gateway.ports.rows import ConsultationStore, RoomBook
from gateway.services.changing import change

TICKET = timedelta(seconds=60)
SEAT_OF = {
    ParticipantRole.CLINICIAN: "clinic",
    ParticipantRole.EMPLOYEE: "employee",
    ParticipantRole.CITIZEN: "citizen",
}


def accept(
    scope: Scope, id: UUID, actor: Actor, clinician: str, *, store: ConsultationStore, clock: Clock
) -> Consultation:
    """Take the call: exactly one wins; the loser's ``TransitionRefused`` names the winner."""
    now = clock.now()
    return change(store, scope, id, lambda c: ringing.accept(c, now, actor, clinician))


def put_back(scope: Scope, id: UUID, actor: Actor, *, store: ConsultationStore, clock: Clock) -> Consultation:
    now = clock.now()
    return change(store, scope, id, lambda c: ringing.put_back(c, now, actor))


def extend_ring(scope: Scope, id: UUID, actor: Actor, *, store: ConsultationStore, clock: Clock) -> Consultation:
    now = clock.now()
    return change(store, scope, id, lambda c: ringing.extend_ring(c, now, actor))


def answer(scope: Scope, id: UUID, actor: Actor, *, store: ConsultationStore, clock: Clock) -> Consultation:
    """The employee tapped "Deltag"."""
    now = clock.now()
    return change(store, scope, id, lambda c: ringing.answer(c, now, actor))


def name_clinician(
    scope: Scope, id: UUID, name: str, actor: Actor, *, store: ConsultationStore, clock: Clock
) -> Consultation:
    now = clock.now()
    return change(store, scope, id, lambda c: ringing.name_clinician(c, name, now, actor))


def take_seat(
    scope: Scope,
    id: UUID,
    role: ParticipantRole,
    actor: Actor,
    *,
    store: ConsultationStore,
    clock: Clock,
    ids: Ids,
    device: str = "",
    move: bool = False,
    audit: Sequence[AuditRow] = (),
) -> JoinTicket:
    """A ticket for the caller's own seat, good for ``TICKET``; the page fetches a new one each time it (re)joins.

    The clinic sits by role and person; the municipal side holds one seat together (employee with citizen).
    ``device`` is the caller's session: from another one the seat is only given with ``move``.
    """
    now = clock.now()
    participant_id, seat_id = ids.new(), ids.new()
    taken: list[JoinTicket] = []

    def seated(consultation: Consultation) -> Consultation:
        if consultation.status not in (Status.CALLING, Status.IN_CALL):
            raise TransitionRefused("join", str(consultation.status), "no-call")
        person = _participant(consultation, role, actor, participant_id)
        changed, seat = ringing.claim_seat(
            consultation, person, SEAT_OF[role], seat_id, now, actor, move=move, device=device
        )
        expires = int((now + TICKET).timestamp())
        taken[:] = [JoinTicket(consultation.room, str(seat.id), seat.generation, seat.role, expires)]
        return changed

    change(store, scope, id, seated, audit=audit)
    return taken[0]


def _participant(consultation: Consultation, role: ParticipantRole, actor: Actor, new_id: UUID) -> Participant:
    """Who sits on that side already: the municipal side by role, a clinician by who she is."""
    clinical = role is ParticipantRole.CLINICIAN
    own_id = ringing.clinician_id(consultation, actor) if clinical else new_id
    for person in consultation.participants:
        if person.id == own_id or (person.role is role and not clinical):
            return person
    return Participant(own_id, role, actor.name, Presence.OWN_DEVICE if clinical else Presence.IN_ROOM)


def hang_up(
    scope: Scope, id: UUID, actor: Actor, review: timedelta, *, store: ConsultationStore, clock: Clock
) -> Consultation:
    """End for all. Before the talk began it puts the entry back instead of inventing a talk."""
    now = clock.now()

    def ended(consultation: Consultation) -> Consultation:
        if consultation.status is Status.CALLING:
            return ringing.put_back(consultation, now, actor)
        ringing.require_part(consultation, "hang-up", actor)
        return talking.hang_up(consultation, now, actor, review)

    return change(store, scope, id, ended)


def break_off(
    scope: Scope, id: UUID, cause: str, actor: Actor, review: timedelta, *, store: ConsultationStore, clock: Clock
) -> Consultation:
    """In a round the citizen's wish ends her own part; nobody else's."""
    now = clock.now()

    def broken_off(consultation: Consultation) -> Consultation:
        if consultation.kind is Kind.ROUND and cause == "citizen-wish":
            return rounds.withdraw_consent(consultation, now, actor)
        return talking.break_off(consultation, cause, now, actor, review)

    return change(store, scope, id, broken_off)


def hold_by_phone(
    scope: Scope, id: UUID, clinician: str, actor: Actor, review: timedelta, *, store: ConsultationStore, clock: Clock
) -> Consultation:
    """The talk was carried through on the telephone: same note, modality phone."""
    now = clock.now()
    return change(store, scope, id, lambda c: talking.held_by_phone(c, clinician, now, actor, review))


def phone_unreached(
    scope: Scope, id: UUID, actor: Actor, review: timedelta, *, store: ConsultationStore, clock: Clock
) -> Consultation:
    """Nobody answered on the telephone: noted, and the place kept."""
    now = clock.now()
    return change(store, scope, id, lambda c: talking.phone_unreached(c, now, actor, review))


def heed(heartbeat: Heartbeat, *, store: ConsultationStore, rooms: RoomBook, clock: Clock) -> None:
    """Keep what a media process says; media from both sides of a ringing consultation starts the talk."""
    now = clock.now()
    if not rooms.note(heartbeat, now):
        return
    for room in heartbeat.rooms:
        flowing = {seat.seat for seat in room.seats if seat.flowing}
        if len(flowing) >= 2:
            _start_talk(room.room, flowing, store=store, clock=clock)


def _start_talk(room: str, flowing: set[str], *, store: ConsultationStore, clock: Clock) -> None:
    try:
        consultation = store.load_by_room(room)
    except NotFound:
        return  # a throw-away room of the device check
    sides = {seat.role == "clinic" for seat in consultation.seats if str(seat.id) in flowing}
    if consultation.status is not Status.CALLING or sides != {True, False}:
        return
    now = clock.now()
    present = {seat.participant_id for seat in consultation.seats if str(seat.id) in flowing}

    def begun(current: Consultation) -> Consultation:
        ringing_now = current.entry is not None and current.entry.status is EntryStatus.ACCEPTED
        return ringing.start_talk(current, now, SYSTEM, present) if ringing_now else current

    change(store, SystemScope(), consultation.id, begun)


def probe_ticket(*, clock: Clock, ids: Ids) -> JoinTicket:
    """A seat alone in a throw-away room: the device check's proof that the path to the media server is open."""
    expires = int((clock.now() + TICKET).timestamp())
    return JoinTicket(f"probe-{ids.new()}", str(ids.new()), 1, "employee", expires)
