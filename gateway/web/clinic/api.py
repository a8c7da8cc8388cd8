"""The clinic's verbs as JSON: the pages' own scripts and scripted clients use the same routes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from gateway.access import sign_ticket
from gateway.domain.consultation.aggregate import Consultation, Kind
from gateway.domain.consultation.case import CitizenCase
from gateway.domain.consultation.queue_entry import RejectReason
from gateway.domain.errors import InvalidField, NotFound
from gateway.domain.people import ParticipantRole
from gateway.services import call, device, queue, write_back
from gateway.web.bodies import json_object
from gateway.web.clinic import desk
from gateway.web.guards import audit_row, current_gateway, current_session, me, my_scope, open_to
from gateway.web.words.clinic import is_doctor

routes = Blueprint("clinic_api", __name__, url_prefix="/api/v1")

SHOW_SECONDS = 60  # an identity number hides itself again (U11)


def _text(body: dict[str, Any], field: str, longest: int = 300) -> str:
    value = body.get(field, "")
    if not isinstance(value, str):
        raise InvalidField(field, "malformed")
    if len(value) > longest:
        raise InvalidField(field, "too-long")
    return value.strip()


@routes.get("/clinic/session")
@open_to("clinic")
def session() -> ResponseReturnValue:
    mine = current_session()
    practices = [str(y) for y in desk.my_practices()]
    names = {"name": mine.grant.name, "role": mine.grant.role, "clinic": mine.grant.organisation}
    return jsonify({"csrf": mine.csrf, "practices": practices, "expires_at": mine.expires_at.isoformat()} | names)


@routes.get("/clinic/state")
@open_to("clinic")
def state() -> ResponseReturnValue:
    """Numbers only: what the page asks for while the live stream is cut."""
    desk.attend()
    return jsonify(desk.counts())


@routes.get("/clinic/entries")
@open_to("clinic")
def entries() -> ResponseReturnValue:
    desk.attend()
    return jsonify({"entries": desk.rows_of(desk.my_open_consultations(), "clinic-entries")})


@routes.get("/entries/<uuid:entry>")
@open_to("clinic")
def show(entry: UUID) -> ResponseReturnValue:
    consultation, _ = desk.my_entry(entry)
    return jsonify(desk.pane_of(consultation, "clinic-entry"))


@routes.get("/entries/<uuid:entry>/state")
@open_to("clinic")
def entry_state(entry: UUID) -> ResponseReturnValue:
    return desk.answered(desk.my_entry(entry)[0])


@routes.post("/entries/<uuid:entry>/seen")
@open_to("clinic")
def seen(entry: UUID) -> ResponseReturnValue:
    """The row stood on a screen somebody looked at (C05)."""
    consultation, _ = desk.my_entry(entry)
    g = current_gateway()
    return desk.answered(queue.see(my_scope(), consultation.id, entry, me(), store=g.store, clock=g.clock))


@routes.post("/entries/<uuid:entry>/accept")
@open_to("clinic")
def accept(entry: UUID) -> ResponseReturnValue:
    """Take the call; a doctor who takes it is the clinician unless another name is given (D10)."""
    consultation, _ = desk.my_entry(entry)
    g = current_gateway()
    grant = current_session().grant
    clinician = _text(json_object(), "clinician", 100) or (grant.name if is_doctor(grant.role) else "")
    return desk.answered(call.accept(my_scope(), consultation.id, me(), clinician, store=g.store, clock=g.clock))


@routes.post("/entries/<uuid:entry>/reject")
@open_to("clinic")
def reject(entry: UUID) -> ResponseReturnValue:
    consultation, _ = desk.my_entry(entry)
    g = current_gateway()
    body = json_object()
    reason, text = _reason(body), _text(body, "text")
    return desk.answered(queue.reject(my_scope(), consultation.id, reason, text, me(), store=g.store, clock=g.clock))


def _reason(body: dict[str, Any]) -> RejectReason:
    said = _text(body, "reason", 40)
    if not said:
        raise InvalidField("reason", "required")
    if said not in tuple(RejectReason):
        raise InvalidField("reason", "malformed")
    return RejectReason(said)


@routes.post("/entries/<uuid:entry>/put-back")
@open_to("clinic")
def put_back(entry: UUID) -> ResponseReturnValue:
    consultation, _ = desk.my_entry(entry)
    g = current_gateway()
    return desk.answered(call.put_back(my_scope(), consultation.id, me(), store=g.store, clock=g.clock))


@routes.post("/entries/<uuid:entry>/hang-up")
@open_to("clinic")
def hang_up(entry: UUID) -> ResponseReturnValue:
    consultation, _ = desk.my_entry(entry)
    g = current_gateway()
    review = g.organisation(consultation.tenant).review
    return desk.answered(call.hang_up(my_scope(), consultation.id, me(), review, store=g.store, clock=g.clock))


@routes.post("/entries/<uuid:entry>/clinician")
@open_to("clinic")
def clinician(entry: UUID) -> ResponseReturnValue:
    """Who talks with the citizen: the note needs that name (STPK 182801)."""
    consultation, _ = desk.my_entry(entry)
    g = current_gateway()
    name = _text(json_object(), "clinician", 100)
    return desk.answered(call.name_clinician(my_scope(), consultation.id, name, me(), store=g.store, clock=g.clock))


@routes.post("/entries/<uuid:entry>/ticket")
@open_to("clinic")
def ticket(entry: UUID) -> ResponseReturnValue:
    """A ticket for the caller's own seat; ``move`` takes it from another device (D6)."""
    consultation, _ = desk.my_entry(entry)
    g = current_gateway()
    role, move = ParticipantRole.CLINICIAN, json_object().get("move") is True
    joins = [audit_row("read", "join", consultation)]
    seat = call.take_seat(
        my_scope(),
        consultation.id,
        role,
        me(),
        store=g.store,
        clock=g.clock,
        ids=g.ids,
        device=str(current_session().id),
        move=move,
        audit=joins,
    )
    signal = f"ws{g.settings.media_url.removeprefix('http')}/signal"
    return jsonify({"ticket": sign_ticket(seat, g.media_secret), "signal_url": signal})


@routes.post("/entries/<uuid:entry>/call-employee")
@open_to("clinic")
def call_employee(entry: UUID) -> ResponseReturnValue:
    """ "Bed om medarbejderen": the device with the citizen calls for her (B06)."""
    consultation, _ = desk.my_entry(entry)
    g = current_gateway()
    return desk.answered(device.call_employee(my_scope(), consultation.id, me(), store=g.store, clock=g.clock))


@routes.post("/entries/<uuid:entry>/note")
@open_to("clinic")
def note(entry: UUID) -> ResponseReturnValue:
    """Optional text to the municipality; where the note is already on its way, a new version replaces it."""
    consultation, _ = desk.my_entry(entry)
    body = json_object()
    case, g, text = noted_case(consultation, body), current_gateway(), _text(body, "text", 2000)
    kept = write_back.add_clinic_text(my_scope(), consultation.id, case, text, me(), store=g.store, clock=g.clock)
    return desk.answered(kept)


@routes.post("/entries/<uuid:entry>/identifier")
@open_to("clinic")
def identifier(entry: UUID) -> ResponseReturnValue:
    """The whole identity number, on request and audited each time (U11)."""
    consultation, _ = desk.my_entry(entry)
    case = _shown_case(consultation)
    if case.citizen.identifier is None:
        raise NotFound("identifier")
    current_gateway().store.record_audit(audit_row("read", "clinic-identifier", consultation, case=case.id))
    return jsonify({"identifier": case.citizen.identifier.value, "seconds": SHOW_SECONDS})


def noted_case(consultation: Consultation, body: dict[str, Any]) -> UUID:
    """In a round the page says whom the text was written about: they may have gone on to another meanwhile."""
    said = _text(body, "case", 40)
    if consultation.kind is not Kind.ROUND or not said:
        return _shown_case(consultation).id
    try:
        return UUID(said)
    except ValueError:
        raise InvalidField("case", "malformed") from None


def _shown_case(consultation: Consultation) -> CitizenCase:
    """The one citizen, or in a round the one they are talking about just now."""
    case = consultation.sole_case or consultation.discussed
    if case is None:
        raise NotFound("case")
    return case
