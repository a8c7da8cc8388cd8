"""Everything a clinic's user can do with a call to her practices: one row an act (web/acts.py).

The JSON routes lie under ``/api/v1/entries/<entry>/`` and answer the state that the pages follow.
"""

from __future__ import annotations

import secrets
from typing import Any
from uuid import UUID

from flask import Blueprint, url_for
from flask_babel import gettext as _

from gateway.domain.consultation import arranging, device_handover, guests, queueing, ringing
from gateway.domain.consultation.aggregate import Consultation, Kind
from gateway.domain.consultation.case import CitizenCase
from gateway.domain.errors import NotFound
from gateway.domain.note import clinic_draft, review
from gateway.domain.people import ParticipantRole
from gateway.services import arranging as places
from gateway.services import call
from gateway.services.act import Acting, acting, perform
from gateway.services.call import Chair
from gateway.services.practice_side.guests import link_secret, link_until
from gateway.web import guards
from gateway.web.acts import Act, Answer, Row, Wing, mount
from gateway.web.answers import Ticket
from gateway.web.clinic import desk
from gateway.web.clinic.answers import EntryState, GuestLink, Identifier
from gateway.web.clinic.forms import (
    ClinicDraft,
    ClinicText,
    Colleague,
    Forwarding,
    GuestNamed,
    Invitation,
    Locking,
    Rejection,
    Seating,
    Taking,
)
from gateway.web.forms import Clinician, Nothing, Proposal, Words
from gateway.web.guards import current_gateway
from gateway.web.rendering import phone
from gateway.web.seats import require_here, seat_in
from gateway.web.stills.pressed import CLINIC_ROWS
from gateway.web.words.clinic import is_doctor

blueprint = Blueprint("clinic_acts", __name__)

SHOW_SECONDS = 60  # an identity number hides itself again (U11)


def _mine(entry: UUID) -> Consultation:
    return desk.my_entry(entry)[0]


def _accepted(consultation: Consultation, by: Acting[Taking]) -> Consultation:
    clinician = by.form.clinician or (by.actor.name if is_doctor(by.actor.role) else "")
    return ringing.accept(consultation, *by.stamp, clinician)


def _ringing_instead(consultation: Consultation, by: Acting[Nothing]) -> Consultation:
    """The employee is told that the telephone is about to ring, and on which number; the place is kept meanwhile."""
    number = consultation.workstation.phone if consultation.workstation else ""
    words = _("Vi ringer til dig på %(number)s.", number=phone(number))
    return arranging.remark(consultation, by.new, words, *by.stamp)


def _shown_case(consultation: Consultation) -> CitizenCase:
    """The one citizen, or in a round the one they are talking about just now."""
    case = consultation.sole_case or consultation.discussed
    if case is None:
        raise NotFound("case")
    return case


def _noted_case(consultation: Consultation, named: UUID | None) -> UUID:
    in_round = consultation.kind is Kind.ROUND
    return named if named is not None and in_round else _shown_case(consultation).id


def _noted(consultation: Consultation, by: Acting[ClinicText]) -> Consultation:
    case = _noted_case(consultation, by.form.case)
    return review.add_clinic_text(consultation, case, by.form.text, *by.stamp)


def _end_guests(consultation: Consultation) -> None:
    """Whoever was sent out has no session left, and so no seat."""
    current_gateway().access.end_guests(g.id for g in consultation.guests if g.standing == "gone")


ROWS: tuple[Row[Any], ...] = (
    Row("see", Nothing, lambda c, by: queueing.see(c, c.entries[-1].id, *by.stamp), "seen"),
    Row("accept", Taking, _accepted, "accept"),
    Row("reject", Rejection, lambda c, by: queueing.reject(c, by.form.reason, by.form.text, *by.stamp), "reject"),
    Row("put-back", Nothing, lambda c, by: ringing.put_back(c, *by.stamp), "put-back"),
    Row("hang-up", Nothing, call.hang_up, "hang-up"),
    Row(
        "name-clinician", Clinician, lambda c, by: ringing.name_clinician(c, by.form.clinician, *by.stamp), "clinician"
    ),
    Row("call-employee", Nothing, lambda c, by: device_handover.call_employee(c, *by.stamp), "call-employee"),
    Row("add-clinic-text", ClinicText, _noted, "note"),
    Row(
        "keep-clinic-draft",
        ClinicDraft,
        lambda c, by: clinic_draft.keep_clinic_draft(c, _noted_case(c, by.form.case), by.form.text),
        "note-draft",
        draft=True,
    ),
    Row("remark", Words, lambda c, by: arranging.remark(c, by.new, by.form.text, *by.stamp), "remark"),
    Row("ring-instead", Nothing, _ringing_instead, "ring-instead"),
    Row("address-to", Colleague, lambda c, by: arranging.address_to(c, by.form.colleague, *by.stamp), "address"),
    Row("move-forward", Forwarding, lambda c, by: places.move_forward(c, by.form.reason, by), "forward"),
    Row(
        "propose-time",
        Proposal,
        lambda c, by: arranging.propose_time(c, by.form.wanted(by.at), *by.stamp),
        "propose-time",
    ),
    Row("admit-guest", GuestNamed, lambda c, by: guests.admit(c, by.form.guest, *by.stamp), "guests/admit"),
    Row(
        "send-guest-out",
        GuestNamed,
        lambda c, by: guests.send_out(c, by.form.guest, *by.stamp),
        "guests/send-out",
        after=_end_guests,
    ),
    Row("lock-room", Locking, lambda c, by: guests.lock(c, by.form.on, *by.stamp), "lock"),
    *CLINIC_ROWS,
    Row("agree-time", Nothing, lambda c, by: arranging.agree_time(c, *by.stamp), "agree-time"),
    Row("take-back-rejection", Nothing, lambda c, by: arranging.take_back_rejection(c, by.new, *by.stamp), "take-back"),
)


CLINIC = Wing(
    who="clinic",
    json="/api/v1/entries/<uuid:entry>",
    page="",  # the clinic's pages speak JSON
    subject=_mine,
    answer=Answer(desk.state_of, EntryState),
)


def _take_seat(form: Seating, entry: UUID) -> dict[str, Any]:
    """A ticket for the caller's own seat."""
    consultation, session = _mine(entry), guards.current_session()
    chair = Chair(ParticipantRole.CLINICIAN, str(session.id), form.move)
    by = acting(chair, guards.me(), current_gateway().ports)
    joins = [guards.audit_row("read", "join", consultation)]
    return seat_in(consultation, by, look=form.look, lost=form.lost, audit=joins)


def _invite_guest(form: Invitation, entry: UUID) -> dict[str, Any]:
    """A link for one guest: its code stands in the fragment, so that no server's log ever has it."""
    gateway, consultation = current_gateway(), _mine(entry)
    require_here(consultation)
    by = acting(form, guards.me(), gateway.ports)
    rows = [guards.audit_row("write", "invite-guest", consultation)]
    invited = perform(
        lambda c, by: guests.invite(c, by.new, by.form.role, link_until(by.at), *by.stamp),
        guards.my_scope(),
        consultation,
        by,
        audit=rows,
    )
    guest, code = guests.guest_of(invited, by.new), secrets.token_urlsafe(24)
    gateway.onetime.keep(link_secret(invited, guest), code)
    link = f"{gateway.settings.public_url}{url_for('guest.show')}#{code}"
    return {"link": link, "expires_at": guest.expires_at.isoformat()}


def _show_identifier(_form: Nothing, entry: UUID) -> dict[str, Any]:
    """The whole identity number, on request and audited each time (U11)."""
    consultation = _mine(entry)
    case = _shown_case(consultation)
    if case.citizen.identifier is None:
        raise NotFound("identifier")
    row = guards.audit_row("read", "clinic-identifier", consultation, case=case.id)
    current_gateway().store.record_audit(row)
    return {"identifier": case.citizen.identifier.value, "seconds": SHOW_SECONDS}


SHOWN = (
    Act("join", "clinic", Seating, "join", _take_seat, json=f"{CLINIC.json}/ticket", answer=Answer(dict, Ticket)),
    Act(
        "invite-guest",
        "clinic",
        Invitation,
        "invite-guest",
        _invite_guest,
        json=f"{CLINIC.json}/guests",
        answer=Answer(dict, GuestLink),
    ),
    Act(
        "show-identifier",
        "clinic",
        Nothing,
        "clinic-identifier",
        _show_identifier,
        json=f"{CLINIC.json}/identifier",
        answer=Answer(dict, Identifier),
    ),
)
mount(blueprint, [*CLINIC.acts(ROWS), *SHOWN])
