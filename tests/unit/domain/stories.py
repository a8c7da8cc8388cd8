"""Consultations in every state, told by the domain's own verbs, and every verb with the arguments it needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from gateway.domain.citizen.citizen import Certainty, OwnPractice
from gateway.domain.consultation import (
    arranging,
    device_handover,
    guests,
    opening,
    queueing,
    rerouting,
    ringing,
    talking,
    transferring,
    undoing,
)
from gateway.domain.consultation.aggregate import Availability, Consultation, Status
from gateway.domain.consultation.case import Consent, ConsentAnswer
from gateway.domain.consultation.queue_entry import Basis, EntryStatus, Placement, RejectReason
from gateway.domain.note import clinic_draft, picturing, replies, review
from gateway.domain.note.still import Still, StillsConsent
from gateway.domain.people import (
    SYSTEM,
    Actor,
    ActorKind,
    Form,
    Guest,
    Handover,
    ParticipantRole,
    Workstation,
)
from tests.support.consultations import DOCTOR, ELSEWHERE, NOW, NURSE, REASON, SECOND, draft, new_id, placed, waiting

ORGANISATION = "Fjordby Kommune"
RELIEF = Actor(ActorKind.EMPLOYEE, "employee-2", "Vera Vikar", "Sygeplejerske")
COLLEAGUE = Actor(ActorKind.CLINIC, "clinic-user-2", "Karen Kollega", "Læge")
LATER = NOW + timedelta(minutes=1)
GUEST = UUID(int=7)
LINK = timedelta(minutes=30)

Verb = Callable[[Consultation, datetime, Actor], Consultation]


def fresh(consultation: Consultation) -> Consultation:
    """As after a commit: what comes next shows only its own events and debts."""
    return consultation.committed()


def planned() -> Consultation:
    return fresh(placed(replace(draft(), agreed_at=NOW + timedelta(hours=3))))


def received() -> Consultation:
    consultation = waiting()
    return fresh(queueing.receive(consultation, consultation.entries[-1].id, NOW, DOCTOR))


def calling() -> Consultation:
    return fresh(ringing.accept(received(), NOW, DOCTOR, DOCTOR.name))


def in_call() -> Consultation:
    return fresh(ringing.start_talk(ringing.answer(calling(), NOW, NURSE), NOW, SYSTEM))


def in_review() -> Consultation:
    return fresh(talking.hang_up(in_call(), LATER, NURSE))


def rejected() -> Consultation:
    return fresh(queueing.reject(received(), RejectReason.NOT_OUR_PATIENT, "", LATER, DOCTOR))


def expired() -> Consultation:
    return fresh(queueing.expire(received(), "not-answered", LATER, SYSTEM))


def withdrawn() -> Consultation:
    return fresh(queueing.withdraw(received(), "solved", LATER, NURSE))


def filed() -> Consultation:
    talk = in_review()
    return fresh(review.approve(talk, talk.cases[0].id, "Aftalt", ORGANISATION, LATER, NURSE))


IN_STATUS: dict[Status, Callable[[], Consultation]] = {
    Status.DRAFT: lambda: fresh(draft()),
    Status.PLANNED: planned,
    Status.WAITING: received,
    Status.CALLING: calling,
    Status.IN_CALL: in_call,
    Status.REVIEW: in_review,
    Status.DECIDING: rejected,
    Status.CLOSED: filed,
}

# After a transfer the current entry is the new one at the receiving practice, so the row is made by hand.
WITH_ENTRY: dict[EntryStatus, Callable[[], Consultation]] = {
    EntryStatus.REQUESTED: lambda: fresh(waiting()),
    EntryStatus.RECEIVED: received,
    EntryStatus.ACCEPTED: calling,
    EntryStatus.IN_PROGRESS: in_call,
    EntryStatus.COMPLETED: in_review,
    EntryStatus.REJECTED: rejected,
    EntryStatus.WITHDRAWN: withdrawn,
    EntryStatus.EXPIRED: expired,
    EntryStatus.TRANSFERRED: lambda: _transferred(rejected()),
}


def _transferred(consultation: Consultation) -> Consultation:
    ended = replace(consultation.entries[-1], status=EntryStatus.TRANSFERRED)
    return replace(consultation, entries=(*consultation.entries[:-1], ended))


def consent(answer: ConsentAnswer = ConsentAnswer.GIVEN, at: datetime = NOW) -> Consent:
    return Consent(answer, NURSE.name, NURSE.id, at, "2026-1")


def refuse(consultation: Consultation, at: datetime, actor: Actor) -> Consultation:
    case = consultation.cases[0].id if consultation.cases else new_id()
    return opening.record_refusal(consultation, case, consent(ConsentAnswer.REFUSED, at), actor)


def place(consultation: Consultation, at: datetime, actor: Actor) -> Consultation:
    return placed(consultation, SECOND, at=at)


def transfer(consultation: Consultation, at: datetime, actor: Actor) -> Consultation:
    until = at + timedelta(hours=4)
    placement = Placement(new_id(), ELSEWHERE, "Lægerne Andetsteds", Basis.TRANSFERRED, ("gp-two",), until)
    return transferring.transfer(consultation, placement, at, actor)


def _station() -> Workstation:
    station = draft().workstation
    assert station is not None
    return station


def _prepare(consultation: Consultation, at: datetime, actor: Actor) -> Consultation:
    return opening.prepare(consultation, opening.Preparation(_station(), Form.ASSISTED, (), REASON))


def invited(consultation: Consultation, at: datetime, **how_far: Any) -> Consultation:
    """A guest has a link to the call, unless she has been there before."""
    guest = Guest(GUEST, ParticipantRole.RELATIVE, at + timedelta(minutes=30), **how_far)
    return consultation if consultation.guests else replace(consultation, guests=(guest,))


def with_citizen(consultation: Consultation) -> Consultation:
    """The device lies with the citizen, who talks alone, unless it has been there before."""
    if consultation.handover is not None:
        return consultation
    return replace(consultation, form=Form.CITIZEN_ALONE, handover=Handover(NOW, True))


def _hand_over(consultation: Consultation, at: datetime, actor: Actor) -> Consultation:
    return device_handover.hand_over(replace(consultation, form=Form.CITIZEN_ALONE), True, at, actor)


def choose_practice(consultation: Consultation, at: datetime, actor: Actor) -> Consultation:
    own = OwnPractice(SECOND, "employee", NOW.date(), Certainty.CHOSEN)
    case = consultation.cases[0].id if consultation.cases else None
    return opening.choose_practice(consultation, case, own, actor, at)


def _hours_changed(consultation: Consultation, at: datetime, actor: Actor) -> Consultation:
    return arranging.wait_until_closing(consultation, closes_at=at + timedelta(hours=1), at=at)


def _change_connections(consultation: Consultation, at: datetime, actor: Actor) -> Consultation:
    return rerouting.change_connections(consultation, entry_id=new_id(), connections=("gp-two",), at=at, actor=actor)


def entry_id(consultation: Consultation) -> object:
    return consultation.entry.id if consultation.entry else new_id()


STILL = UUID(int=0x7 << 76 | 0b10 << 62 | 9)


def pictured(c: Consultation, at: datetime, *taken: UUID) -> Consultation:
    """The citizen has said yes to pictures, and these have been taken; unchanged where there is no citizen."""
    if not c.cases:
        return c
    stills = tuple(Still(each, at, "Mette Holm", 64, 48) for each in taken)
    consent = StillsConsent("Mette Holm", "FJ-1", at, "Ja")
    return c.with_case(replace(c.cases[0], stills_consent=consent, stills=stills))


VERBS: dict[str, Verb] = {
    "write-reason": lambda c, at, by: opening.write_reason(c, "Noget nyt at skrive"),
    "prepare": _prepare,
    "declare-consent": lambda c, at, by: opening.declare_consent(c, c.cases[0].id, consent(at=at), by),
    "refuse": refuse,
    "abandon": lambda c, at, by: opening.abandon(c, at, by),
    "place": place,
    "come-forward": lambda c, at, by: queueing.come_forward(c, at, by),
    "receive": lambda c, at, by: queueing.receive(c, entry_id(c), at, by),  # type: ignore[arg-type]
    "see": lambda c, at, by: queueing.see(c, entry_id(c), at, by),  # type: ignore[arg-type]
    "correct": lambda c, at, by: queueing.correct_reason(c, "Rettet tekst til klinikken", at, by),
    "withdraw": lambda c, at, by: queueing.withdraw(c, "solved", at, by),
    "wrong-citizen": lambda c, at, by: queueing.withdraw(c, "wrong-citizen", at, by),
    "reject": lambda c, at, by: queueing.reject(c, RejectReason.NOT_OUR_PATIENT, "", at, by),
    "expire": lambda c, at, by: queueing.expire(c, "not-answered", at, by),
    "give-up": lambda c, at, by: review.document_ending(queueing.give_up(c, at, by), ORGANISATION, at, by),
    "step-away": lambda c, at, by: queueing.step_away(c, Availability.AWAY, at, by),
    "accept": lambda c, at, by: ringing.accept(c, at, by, by.name),
    "put-back": lambda c, at, by: ringing.put_back(c, at, by),
    "extend": lambda c, at, by: ringing.extend_ring(c, at, by),
    "answer": lambda c, at, by: ringing.answer(c, at, by),
    "miss": lambda c, at, by: ringing.miss(c, at, by),
    "start-talk": lambda c, at, by: ringing.start_talk(c, at, by),
    "name-clinician": lambda c, at, by: ringing.name_clinician(c, "Lise Hansen", at, by),
    "hang-up": lambda c, at, by: talking.hang_up(c, at, by),
    "break-off": lambda c, at, by: talking.break_off(c, "technical", at, by),
    "hold-by-phone": lambda c, at, by: talking.held_by_phone(c, "Lise Hansen", at, by),
    "write-text": lambda c, at, by: review.write_text(c, c.cases[0].id, "Aftalt: ny forbinding"),
    "keep-writing": lambda c, at, by: review.keep_writing(c, at),
    "name-afterwards": lambda c, at, by: review.name_afterwards(c, "Lise Hansen", ORGANISATION, at, by),
    "end-review": lambda c, at, by: review.end_review(c, ORGANISATION, at, by),
    "hand-to-workplace": transferring.hand_to_workplace,
    "take-over": lambda c, at, by: transferring.take_over(c, replace(_station(), role="Vikar"), at, RELIEF),
    "transfer": transfer,
    "leave-unstarted": lambda c, at, by: opening.leave_unstarted(c, "not-connected", at, by),
    "phone-unreached": lambda c, at, by: talking.phone_unreached(c, at, by),
    "written-by-hand": lambda c, at, by: undoing.written_by_hand(c, c.cases[0].id, at, by),
    "confirm-retracted": lambda c, at, by: undoing.confirm_retracted(c, c.cases[0].id, at, by),
    "approve": lambda c, at, by: review.approve(c, c.cases[0].id, "Aftalt", ORGANISATION, at, by),
    "send-unreviewed": lambda c, at, by: review.send_unreviewed(c, ORGANISATION, at, by),
    "remark": lambda c, at, by: arranging.remark(c, c.id, "Vi er ca. 10 min. forsinket", at, by),
    "address": lambda c, at, by: arranging.address_to(c, "Omar Saleh", at, by),
    "move-forward": lambda c, at, by: arranging.move_forward(c, NOW - timedelta(hours=1), "worse", at, by),
    "propose-time": lambda c, at, by: arranging.propose_time(c, NOW + timedelta(days=1), at, by),
    "agree-time": lambda c, at, by: arranging.agree_time(c, at, by),
    "take-back": lambda c, at, by: arranging.take_back_rejection(c, uuid5(c.id, str(len(c.entries))), at, by),
    "note-agreement": lambda c, at, by: arranging.note_agreement(c, NOW + timedelta(days=1), "Gitte", at, by),
    "clinic-draft": lambda c, at, by: clinic_draft.keep_clinic_draft(c, c.cases[0].id, "Set i"),
    "clinic-text": lambda c, at, by: review.add_clinic_text(c, c.cases[0].id, "Set og aftalt", at, by),
    "choose-practice": choose_practice,
    "hours-changed": _hours_changed,
    "report-device": lambda c, at, by: queueing.report_device(c, "silent", at, by),
    "phone-changed": lambda c, at, by: arranging.learn_phone(c, at, by),
    "hand-over": _hand_over,
    "give-back": lambda c, at, by: device_handover.give_back(with_citizen(c), at, by),
    "invite-guest": lambda c, at, by: guests.invite(c, GUEST, ParticipantRole.RELATIVE, at + LINK, at, by),
    "guest-arrives": lambda c, at, by: guests.arrive(invited(c, at), GUEST, at, by),
    "admit-guest": lambda c, at, by: guests.admit(invited(c, at, arrived_at=at), GUEST, at, by),
    "send-guest-out": lambda c, at, by: guests.send_out(invited(c, at), GUEST, at, by),
    "guest-leaves": lambda c, at, by: guests.leave(invited(c, at, admitted_at=at), GUEST, at, by),
    "lock-room": lambda c, at, by: guests.lock(c, True, at, by),
    "call-employee": lambda c, at, by: device_handover.call_employee(with_citizen(c), at, by),
    "citizen-finishes": lambda c, at, by: device_handover.finish(with_citizen(c), at, by, talking.REVIEW),
    "change-device": lambda c, at, by: device_handover.change_device(c, at, by),
    "change-doors": _change_connections,
    "ask-still": lambda c, at, by: picturing.ask(c, at, by),
    "allow-stills": lambda c, at, by: picturing.allow(c, "Ja", at, by),
    "take-still": lambda c, at, by: picturing.take(pictured(c, at), Still(c.id, at, by.name, 64, 48), at, by),
    "remove-still": lambda c, at, by: picturing.remove(pictured(c, at, STILL), STILL, at, by),
    "withdraw-stills": lambda c, at, by: picturing.withdraw(pictured(c, at, STILL), at, by),
    "send-stills-again": lambda c, at, by: picturing.send_again(c, at, by),
    "leave-stills-out": lambda c, at, by: picturing.leave_out(c, at, by),
    "reply-arrives": lambda c, at, by: replies.arrive(c, c.cases[0].id, at, by),
    "read-reply": lambda c, at, by: replies.read(c, at, at, by),
}
