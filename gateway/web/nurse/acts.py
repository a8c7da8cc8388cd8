"""Everything an employee can do with a consultation of hers: one row an act (web/acts.py).

The JSON routes lie under ``/api/v1/consultations/<id>/`` and answer the live document; the forms lie under
``/konsultation/<id>/`` and lead back to the consultation's page, whatever it is by now.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from gateway.domain.consultation import arranging, opening, queueing, ringing, rounds, talking
from gateway.domain.consultation.aggregate import Consultation, Kind
from gateway.domain.consultation.case import ConsentAnswer
from gateway.domain.errors import NotFound
from gateway.domain.note import replies, review
from gateway.domain.people import ParticipantRole
from gateway.services import call, launch, queue, transferring, write_back
from gateway.services.act import acting
from gateway.services.call import Chair
from gateway.web import guards
from gateway.web.acts import Act, Answer, Audited, Row, Wing, mount
from gateway.web.answers import Ticket
from gateway.web.arrival.workstation import remember
from gateway.web.forms import Clinician, Nothing, Proposal, Words
from gateway.web.guards import current_gateway
from gateway.web.nurse import again, moves
from gateway.web.nurse.answers import ConsultationState
from gateway.web.nurse.forms import (
    Agreed,
    Approval,
    Approvals,
    Breaking,
    Correction,
    DeviceCheck,
    Draft,
    Elsewhere,
    Entering,
    NamedCase,
    NoteDraft,
    OneCase,
    Practice,
    ReadUntil,
    Settling,
    StartPage,
    Stepping,
    TakingOut,
    Unstarted,
    Withdrawal,
)
from gateway.web.nurse.placing import Filled, chosen_basis, place
from gateway.web.nurse.screens import screen_of, state_of
from gateway.web.nurse.start import start_again
from gateway.web.seats import probe_at_media, seat_in
from gateway.web.stills.pressed import EMPLOYEE_ROWS

blueprint = Blueprint("nurse", __name__)


def back(_done: Any, id: UUID) -> ResponseReturnValue:
    """To the consultation's page, whatever it is by now."""
    return redirect(url_for("consultation.show", id=id), 303)


def _saved(_done: Consultation, id: UUID) -> ResponseReturnValue:
    return "", 204


def _with_the_practice(changed: Consultation, id: UUID) -> ResponseReturnValue:
    """The start page with the practice she named, since a consultation without cases shows none by itself."""
    own = changed.sole_case.own_practice if changed.sole_case else None
    number = own.ydernummer if own else changed.meant_for
    return redirect(url_for("consultation.show", id=id, laege=str(number)), 303)


def document(consultation: Consultation) -> dict[str, Any]:
    return state_of(consultation) | {"screen": screen_of(consultation)}


def my_round(id: UUID) -> Consultation:
    consultation = guards.my_consultation(id)
    if consultation.kind is not Kind.ROUND:
        raise NotFound("round")
    return consultation


def _placed(_found: Consultation, form: Filled) -> Audited:
    refused = form[0].consent.answer == ConsentAnswer.REFUSED
    return [("write", "refuse" if refused else "place", None)]


def _remember_workplace(placed: Consultation) -> None:
    if placed.workstation is not None and placed.entry_open:
        remember(placed.workstation)


ROWS: tuple[Row[Any], ...] = (
    Row(
        "place",
        StartPage,
        place,
        "place",
        "stil-i-koe",
        audited=_placed,
        again=start_again,
        after=_remember_workplace,
        all_faults=True,
    ),
    Row(
        "keep-reason",
        Draft,
        lambda c, by: opening.write_reason(c, by.form.reason),
        page="kladde",
        draft=True,
        then=_saved,
    ),
    Row(
        "choose-practice",
        Practice,
        lambda c, by: launch.choose_practice(c, by.form.ydernummer, by),
        page="laege",
        then=_with_the_practice,
    ),
    Row(
        "leave-unstarted",
        Unstarted,
        lambda c, by: opening.leave_unstarted(c, by.form.cause, *by.stamp),
        page="ikke-startet",
    ),
    Row(
        "correct-reason",
        Correction,
        lambda c, by: queueing.correct_reason(c, by.form.reason, *by.stamp),
        "reason",
        "ret-tekst",
    ),
    Row(
        "step-away",
        Stepping,
        lambda c, by: queueing.step_away(c, by.form.availability, *by.stamp),
        "availability",
        "ved-skaermen",
    ),
    Row("report-device", DeviceCheck, lambda c, by: queueing.report_device(c, by.form.verdict, *by.stamp), "device"),
    Row("withdraw", Withdrawal, lambda c, by: queue.withdraw(c, by.form.reason, by), "withdraw", "forlad"),
    Row("wrong-citizen", Nothing, lambda c, by: queue.withdraw(c, "wrong-citizen", by), page="forkert-borger"),
    Row(
        "place-again",
        Elsewhere,
        lambda c, by: queue.place_again(c, by.form.ydernummer, chosen_basis(by.form.basis or None), by),
        "place-again",
        "vaelg-ny",
    ),
    Row("place-agreed", Agreed, moves.agreed_and_placed, page="aftalt"),
    Row(
        "transfer", Practice, lambda c, by: transferring.transfer(c, by.form.ydernummer, by), "transfer", "send-videre"
    ),
    Row("give-up", Nothing, queue.give_up, "give-up", "stop"),
    Row("remark", Words, lambda c, by: arranging.remark(c, by.new, by.form.text, *by.stamp), "remark", "besked"),
    Row(
        "propose-time",
        Proposal,
        lambda c, by: arranging.propose_time(c, by.form.wanted(by.at), *by.stamp),
        "propose-time",
        "foreslaa-tid",
    ),
    Row("agree-time", Nothing, lambda c, by: arranging.agree_time(c, *by.stamp), "agree-time", "accepter-tid"),
    Row("answer", Nothing, lambda c, by: ringing.answer(c, *by.stamp), "answer", "deltag"),
    Row("extend", Nothing, lambda c, by: ringing.extend_ring(c, *by.stamp), "extend", "mere-tid"),
    Row("hang-up", Nothing, call.hang_up, "hang-up", "laeg-paa"),
    Row("break-off", Breaking, lambda c, by: call.break_off(c, by.form.cause, by), "break-off", "afbryd"),
    Row("hold-by-phone", Clinician, moves.held_by_phone, "phone", "telefon", again=again.phone_page),
    Row(
        "phone-unreached",
        Nothing,
        lambda c, by: talking.phone_unreached(c, *by.stamp, by.organisation(c).review),
        page="telefon-uden-svar",
    ),
    Row(
        "name-clinician", Clinician, lambda c, by: ringing.name_clinician(c, by.form.clinician, *by.stamp), "clinician"
    ),
    Row(
        "keep-note",
        NoteDraft,
        lambda c, by: write_back.keep_text(c, by.form.case, by.form.text, by),
        page="notat-kladde",
        draft=True,
        then=_saved,
    ),
    Row("approve-note", Approval, moves.approved, "approve", "godkend", again=again.note_page),
    Row(
        "approve-notes",
        Approvals,
        moves.approved_some,
        page="godkend-flere",
        audit="approve-note",
        audited=moves.approvals,
        subject=my_round,
        again=again.round_note_page,
    ),
    Row(
        "keep-writing", Nothing, lambda c, by: review.keep_writing(c, by.at, by.organisation(c).note_rules), page="vent"
    ),
    Row("name-afterwards", Clinician, moves.named_afterwards, page="laegens-navn"),
    Row("read-reply", ReadUntil, lambda c, by: replies.read(c, by.form.until, *by.stamp), page="svar-laest"),
    Row(
        "write-by-hand",
        OneCase,
        lambda c, by: write_back.put_by_hand(c, write_back.case_of(c, by.form.case), by),
        page="skrevet-selv",
    ),
    Row("put-in-record", NamedCase, lambda c, by: write_back.put_by_hand(c, by.form.case, by), page="sat-i-journalen"),
    Row(
        "talk-about",
        OneCase,
        moves.talked_about,
        "discuss",
        subject=my_round,
        audited=lambda c, form: [("read", "talk-about", form.case)] if form.case else [],
    ),
    Row(
        "withdraw-consent",
        Nothing,
        lambda c, by: rounds.withdraw_consent(c, *by.stamp),
        "withdraw-consent",
        subject=my_round,
        audited=lambda c, _form: [("write", "withdraw-consent", c.discussed.id if c.discussed else None)],
    ),
    Row(
        "take-out",
        TakingOut,
        moves.taken_out,
        page="tag-ud",
        subject=my_round,
        audited=lambda _c, form: [("write", "take-out", form.case)],
    ),
    Row("settle-discussed", Settling, moves.settled, page="droeftet", subject=my_round),
    *EMPLOYEE_ROWS,
    Row("finish-round", Nothing, lambda c, by: rounds.finish(c, *by.stamp), page="afslut-gennemgang", subject=my_round),
)

EMPLOYEE = Wing(
    who="employee",
    json="/api/v1/consultations/<uuid:id>",
    page="/konsultation/<uuid:id>",
    subject=guards.my_consultation,
    answer=Answer(document, ConsultationState),
    then=back,
)


def _take_seat(form: Entering, id: UUID) -> dict[str, Any]:
    """A ticket for the municipal side's seat: the citizen's own where the employee does not take part.

    Whoever shows the consultation now may sit down; a page that it has moved away from may not (D6)."""
    gateway = current_gateway()
    consultation, session = guards.my_consultation(id), guards.current_session()
    if gateway.access.elsewhere(session, id, gateway.clock.now()):
        raise NotFound("seat")
    role = ParticipantRole.EMPLOYEE if consultation.form.employee_takes_part else ParticipantRole.CITIZEN
    by = acting(Chair(role, str(session.id), move=True), guards.me(), gateway.ports)
    joins = [guards.audit_row("read", "join", consultation)]
    return seat_in(consultation, by, look=form.look, lost=form.lost, audit=joins)


def _seat_the_doctor(form: Entering, id: UUID) -> dict[str, Any]:
    """In an Øvekald only: the seat of the invented doctor, whose picture this page draws."""
    gateway = current_gateway()
    consultation, session = guards.my_consultation(id), guards.current_session()
    chair = Chair(ParticipantRole.CLINICIAN, f"rehearsal/{session.id}", move=True)
    by = call.invented_doctor(consultation, acting(chair, guards.me(), gateway.ports))
    joins = [guards.audit_row("read", "join", consultation)]
    return seat_in(consultation, by, look=form.look, lost=form.lost, audit=joins)


def _probe(_form: Nothing) -> dict[str, Any]:
    """A ticket for a throw-away room: the device check's proof that the path is open."""
    gateway = current_gateway()
    return probe_at_media(call.probe_ticket(clock=gateway.clock, ids=gateway.ids))


DOCTOR_SEAT = f"{EMPLOYEE.json}/invented-doctor"
TICKET = Answer(dict, Ticket)
SEATS = (
    Act("join", "employee", Entering, "join", _take_seat, json=f"{EMPLOYEE.json}/ticket", answer=TICKET),
    Act("seat-doctor", "employee", Entering, "join", _seat_the_doctor, json=DOCTOR_SEAT, answer=TICKET),
    Act("probe", "anyone", Nothing, "", _probe, json="/api/v1/probe-ticket", answer=TICKET),
)
mount(blueprint, [*EMPLOYEE.acts(ROWS), *SEATS])
