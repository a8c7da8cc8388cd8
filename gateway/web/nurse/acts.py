"""What an employee can do with her consultation, once: the forms and the JSON twin both call these.

Each act checks that the consultation is hers, calls one service and returns the committed consultation.
"""

from __future__ import annotations

from uuid import UUID

from gateway.domain.consultation.aggregate import Availability, Consultation
from gateway.domain.errors import InvalidField, NotFound
from gateway.domain.identifiers import Ydernummer
from gateway.domain.people import ParticipantRole
from gateway.services import call, queue, transferring, write_back
from gateway.web import guards
from gateway.web.guards import current_gateway
from gateway.web.nurse import placing
from gateway.web.seats import signed_ticket

NAME_LENGTH = 100


def answer(id: UUID) -> Consultation:
    """ "Deltag nu"."""
    gateway = current_gateway()
    guards.my_consultation(id)
    return call.answer(guards.my_scope(), id, guards.me(), store=gateway.store, clock=gateway.clock)


def extend(id: UUID) -> Consultation:
    """ "2 minutter mere": no time limit without a way to extend it."""
    gateway = current_gateway()
    guards.my_consultation(id)
    return call.extend_ring(guards.my_scope(), id, guards.me(), store=gateway.store, clock=gateway.clock)


def hang_up(id: UUID) -> Consultation:
    gateway = current_gateway()
    review = gateway.organisation(guards.my_consultation(id).tenant).review
    return call.hang_up(guards.my_scope(), id, guards.me(), review, store=gateway.store, clock=gateway.clock)


def break_off(id: UUID, cause: str) -> Consultation:
    """``technical``, ``citizen-wish`` or ``acute``."""
    gateway = current_gateway()
    review = gateway.organisation(guards.my_consultation(id).tenant).review
    return call.break_off(guards.my_scope(), id, cause, guards.me(), review, store=gateway.store, clock=gateway.clock)


def hold_by_phone(id: UUID, clinician: str) -> Consultation:
    """The talk was carried through on the telephone."""
    _require_name(clinician)
    gateway = current_gateway()
    review = gateway.organisation(guards.my_consultation(id).tenant).review
    return call.hold_by_phone(
        guards.my_scope(), id, clinician, guards.me(), review, store=gateway.store, clock=gateway.clock
    )


def phone_unreached(id: UUID) -> Consultation:
    """Nobody answered on the telephone."""
    gateway = current_gateway()
    review = gateway.organisation(guards.my_consultation(id).tenant).review
    return call.phone_unreached(guards.my_scope(), id, guards.me(), review, store=gateway.store, clock=gateway.clock)


def leave_unstarted(id: UUID, cause: str) -> Consultation:
    """No practice could take it."""
    gateway = current_gateway()
    guards.my_consultation(id)
    return queue.leave_unstarted(guards.my_scope(), id, cause, guards.me(), store=gateway.store, clock=gateway.clock)


def withdraw(id: UUID, reason: str) -> Consultation:
    gateway = current_gateway()
    organisation = gateway.organisation(guards.my_consultation(id).tenant)
    return queue.withdraw(
        guards.my_scope(),
        id,
        reason,
        guards.me(),
        store=gateway.store,
        clock=gateway.clock,
        organisation=organisation,
    )


def correct_reason(id: UUID, text: str) -> Consultation:
    gateway = current_gateway()
    guards.my_consultation(id)
    clean = text.replace("\r\n", "\n")
    return queue.correct_reason(guards.my_scope(), id, clean, guards.me(), store=gateway.store, clock=gateway.clock)


def report_device(id: UUID, verdict: str) -> Consultation:
    """What the check of camera, microphone and network found; the clinic sees it."""
    gateway = current_gateway()
    guards.my_consultation(id)
    return queue.report_device(guards.my_scope(), id, verdict, guards.me(), store=gateway.store, clock=gateway.clock)


def step(id: UUID, availability: str) -> Consultation:
    """``here`` or ``away``; the place is kept, the clinic sees it."""
    gateway = current_gateway()
    guards.my_consultation(id)
    if availability not in ("here", "away"):
        raise InvalidField("availability", "unknown")
    return queue.step_away(
        guards.my_scope(), id, Availability(availability), guards.me(), store=gateway.store, clock=gateway.clock
    )


def place_again(id: UUID, ydernummer: str, why: str = "") -> Consultation:
    """After a rejection or expiry: the same text and consent go to this practice; ``why`` is one of N07's reasons."""
    gateway = current_gateway()
    guards.my_consultation(id)
    number = Ydernummer.parse(ydernummer)
    route = queue.routable_practice(
        number, providers=gateway.providers, practices=gateway.practices, clock=gateway.clock
    )
    return queue.place_again(
        guards.my_scope(),
        id,
        number,
        route,
        guards.me(),
        placing.chosen_basis({"basis": why} if why else {}),
        store=gateway.store,
        practices=gateway.practices,
        clock=gateway.clock,
        ids=gateway.ids,
        announcing=gateway.peers.announcing(),
    )


def transfer(id: UUID, ydernummer: str) -> Consultation:
    """While waiting: on to another practice, with text, consent and the time waited."""
    gateway = current_gateway()
    consultation = guards.my_consultation(id)
    number = Ydernummer.parse(ydernummer)
    route = queue.routable_practice(
        number, providers=gateway.providers, practices=gateway.practices, clock=gateway.clock
    )
    return transferring.transfer(
        guards.my_scope(),
        id,
        number,
        route,
        guards.me(),
        store=gateway.store,
        practices=gateway.practices,
        clock=gateway.clock,
        ids=gateway.ids,
        audit=[guards.audit_row("write", "transfer", consultation)],
        announcing=gateway.peers.announcing(),
    )


def give_up(id: UUID) -> Consultation:
    """Stop after a rejection or expiry."""
    gateway = current_gateway()
    organisation = gateway.organisation(guards.my_consultation(id).tenant)
    return queue.give_up(guards.my_scope(), id, organisation, guards.me(), store=gateway.store, clock=gateway.clock)


def _require_name(name: str) -> None:
    if len(name) > NAME_LENGTH:
        raise InvalidField("clinician", "too-long")


def name_clinician(id: UUID, name: str) -> Consultation:
    _require_name(name)
    gateway = current_gateway()
    guards.my_consultation(id)
    return call.name_clinician(guards.my_scope(), id, name, guards.me(), store=gateway.store, clock=gateway.clock)


def keep_text(id: UUID, text: str, case: UUID | None = None) -> Consultation:
    """The employee's field, saved as typed."""
    consultation = guards.my_consultation(id)
    clean = text.replace("\r\n", "\n")
    gateway, case_id = current_gateway(), case or _only_case(consultation)
    return write_back.keep_text(
        guards.my_scope(), id, case_id, clean, guards.me(), store=gateway.store, clock=gateway.clock
    )


def name_afterwards(id: UUID, clinician: str) -> Consultation:
    """The doctor's name, where the note went without it."""
    _require_name(clinician)
    gateway = current_gateway()
    organisation = gateway.organisation(guards.my_consultation(id).tenant).name
    return write_back.name_afterwards(
        guards.my_scope(), id, clinician, organisation, guards.me(), store=gateway.store, clock=gateway.clock
    )


def keep_writing(id: UUID) -> Consultation:
    gateway = current_gateway()
    rules = gateway.organisation(guards.my_consultation(id).tenant).note_rules
    return write_back.keep_writing(guards.my_scope(), id, rules, store=gateway.store, clock=gateway.clock)


def write_by_hand(id: UUID, case: UUID | None = None) -> Consultation:
    """ "Jeg har skrevet det selv"."""
    gateway = current_gateway()
    case_id = case or _only_case(guards.my_consultation(id))
    return write_back.put_by_hand(guards.my_scope(), id, case_id, guards.me(), store=gateway.store, clock=gateway.clock)


def approve(id: UUID, text: str | None, clinician: str = "", case: UUID | None = None) -> Consultation:
    """Approve one case's note; ``text`` None keeps what was saved while typing."""
    consultation = guards.my_consultation(id)
    case_id = case or _only_case(consultation)
    named = consultation.entry.clinician if consultation.entry else ""
    if clinician.strip() and clinician.strip() != named:
        name_clinician(id, clinician)
    note = consultation.case(case_id).current_note
    kept = note.employee_text if note else ""
    gateway = current_gateway()
    return write_back.approve(
        guards.my_scope(),
        id,
        case_id,
        kept if text is None else text.replace("\r\n", "\n"),
        gateway.organisation(consultation.tenant).name,
        guards.me(),
        store=gateway.store,
        clock=gateway.clock,
        audit=[guards.audit_row("write", "approve-note", consultation)],
    )


def _only_case(consultation: Consultation) -> UUID:
    if consultation.sole_case is None:
        raise NotFound("case")
    return consultation.sole_case.id


def ticket(id: UUID) -> dict[str, str]:
    """A ticket for the municipal side's seat: the citizen's own where the employee does not take part.

    Whoever shows the consultation now may sit down; a page that it has moved away from may not (D6)."""
    gateway = current_gateway()
    consultation, session = guards.my_consultation(id), guards.current_session()
    if gateway.access.elsewhere(session, id, gateway.clock.now()):
        raise NotFound("seat")
    role = ParticipantRole.EMPLOYEE if consultation.form.employee_takes_part else ParticipantRole.CITIZEN
    seat = call.take_seat(
        guards.my_scope(),
        id,
        role,
        guards.me(),
        store=gateway.store,
        clock=gateway.clock,
        ids=gateway.ids,
        device=str(session.id),
        move=True,
    )
    return signed_ticket(seat)


def probe() -> dict[str, str]:
    """A ticket for a throw-away room: the device check's proof that the path is open."""
    gateway = current_gateway()
    return signed_ticket(call.probe_ticket(clock=gateway.clock, ids=gateway.ids))
