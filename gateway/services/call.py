"""Ringing, joining, talking and hanging up; the media processes' heartbeats turned into facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from gateway.domain.consultation import rehearsal, ringing, rounds, talking
from gateway.domain.consultation.aggregate import Consultation, Kind, Status
from gateway.domain.consultation.queue_entry import EntryStatus
from gateway.domain.errors import NotFound, TransitionRefused
from gateway.domain.people import SYSTEM, Actor, Participant, ParticipantRole, Presence, Seat
from gateway.domain.records import AuditRow
from gateway.domain.room import Heartbeat, JoinTicket
from gateway.domain.scope import Scope, SystemScope
from gateway.ports.base import Clock, Ids
from gateway.ports.rows import ConsultationStore, RoomBook
from gateway.services.act import Acting, F, perform
from gateway.services.changing import change

TICKET = timedelta(seconds=60)
SEAT_OF = {
    ParticipantRole.CLINICIAN: "clinic",
    ParticipantRole.EMPLOYEE: "employee",
    ParticipantRole.CITIZEN: "citizen",
}


@dataclass(frozen=True, slots=True)
class Chair:
    """Which side the caller sits on. ``device`` is the caller's session: from another one the seat is only given with
    ``move``."""

    role: ParticipantRole
    device: str = ""
    move: bool = False


def take_seat(
    scope: Scope, found: Consultation | UUID, by: Acting[Chair], *, audit: Sequence[AuditRow] = ()
) -> JoinTicket:
    """A ticket for the caller's own seat, good for ``TICKET``; the page fetches a new one each time it (re)joins.

    The clinic sits by role and person; the municipal side holds one seat together (employee with citizen).
    """
    seat_id, expires = by.ports.ids.new(), int((by.at + TICKET).timestamp())
    taken: list[JoinTicket] = []

    def seated(consultation: Consultation, by: Acting[Chair]) -> Consultation:
        if consultation.status not in (Status.CALLING, Status.IN_CALL):
            raise TransitionRefused("join", str(consultation.status), "no-call")
        person = _participant(consultation, by.form.role, by.actor, by.new)
        wanted = Seat(seat_id, person.id, SEAT_OF[by.form.role], 1, by.at, by.form.device)
        changed, seat = ringing.claim_seat(consultation, person, wanted, by.actor, move=by.form.move)
        taken[:] = [JoinTicket(consultation.room, str(seat.id), seat.generation, seat.role, expires)]
        return changed

    perform(seated, scope, found, by, audit=audit)
    return taken[0]


def _participant(consultation: Consultation, role: ParticipantRole, actor: Actor, new_id: UUID) -> Participant:
    """Who sits on that side already: the municipal side by role, a clinician by who she is."""
    clinical = role is ParticipantRole.CLINICIAN
    own_id = ringing.clinician_id(consultation, actor) if clinical else new_id
    for person in consultation.participants:
        if person.id == own_id or (person.role is role and not clinical):
            return person
    return Participant(own_id, role, actor.name, Presence.OWN_DEVICE if clinical else Presence.IN_ROOM)


def invented_doctor(consultation: Consultation, by: Acting[Chair]) -> Acting[Chair]:
    """The doctor of a rehearsal sits in the employee's own window, which draws the picture and sends it through the
    media process. ``NotFound`` in any other consultation: there nobody but the clinic sits on that side."""
    if not consultation.is_rehearsal:
        raise NotFound("rehearsal")
    return replace(by, actor=rehearsal.DOCTOR)


def hang_up(consultation: Consultation, by: Acting[F]) -> Consultation:
    """End for all. Before the talk began it puts the entry back instead of inventing a talk."""
    if consultation.status is Status.CALLING:
        return ringing.put_back(consultation, *by.stamp)
    ringing.require_part(consultation, "hang-up", by.actor)
    return talking.hang_up(consultation, *by.stamp, by.organisation(consultation).review)


def break_off(consultation: Consultation, cause: str, by: Acting[F]) -> Consultation:
    """In a round the citizen's wish ends her own part; nobody else's."""
    if consultation.kind is Kind.ROUND and cause == "citizen-wish":
        return rounds.withdraw_consent(consultation, *by.stamp)
    return talking.break_off(consultation, cause, *by.stamp, by.organisation(consultation).review)


def heed(heartbeat: Heartbeat, *, store: ConsultationStore, rooms: RoomBook, clock: Clock) -> bool:
    """Keep what a media process says; media from both sides of a ringing consultation starts the talk."""
    now = clock.now()
    if not rooms.note(heartbeat, now):
        return False
    for room in heartbeat.rooms:
        flowing = {seat.seat for seat in room.seats if seat.flowing}
        if len(flowing) >= 2:
            _start_talk(room.room, flowing, store=store, clock=clock)
    return True


def _start_talk(room: str, flowing: set[str], *, store: ConsultationStore, clock: Clock) -> None:
    try:
        consultation = store.load_by_room(room)
    except NotFound:
        return  # a throw-away room of the device check
    hosts = [seat for seat in consultation.seats if seat.role != "guest"]
    sides = {seat.role == "clinic" for seat in hosts if str(seat.id) in flowing}
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
