"""The round on the nurse's pages: add from the record, point at a citizen, take one out, and all notes on one page.

The page's script and scripted clients use the JSON routes below; the forms do the same without a script.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from gateway.domain.consultation.aggregate import Consultation, Kind
from gateway.domain.consultation.case import ConsentAnswer
from gateway.domain.errors import InvalidField, NotFound, PracticeNotFound
from gateway.domain.identifiers import Ydernummer
from gateway.domain.launch import Launch
from gateway.domain.records import AuditRow
from gateway.services import rounds, write_back
from gateway.services.queue import routable_practice
from gateway.services.rounds import Joining
from gateway.web import guards
from gateway.web.arrival import typed_number
from gateway.web.arrival.drafting import accept
from gateway.web.bodies import json_object, text_of
from gateway.web.guards import current_gateway, open_to
from gateway.web.nurse import acts
from gateway.web.nurse.consent_fields import consent_of, read_consent
from gateway.web.nurse.placing import as_fields, read_agreement
from gateway.web.nurse.queue import back
from gateway.web.nurse.screens import context_of, screen_of, state_of
from gateway.web.nurse.start import start_again
from gateway.web.problems import field_message, practice_message
from gateway.web.rendering import page

blueprint = Blueprint("rounds", __name__)


@blueprint.post("/ny/gennemgang")
@open_to("employee")
def begin() -> ResponseReturnValue:
    """A round of several citizens, or general advice: opened by practice and agreement."""
    fields = as_fields(request.form)
    try:
        launch = _read_launch(fields)
    except InvalidField as fault:
        return _begin_again(fields, fault.field, field_message(fault.field, fault.reason))
    except PracticeNotFound as fault:
        return _begin_again(fields, "ydernummer", practice_message(fault))
    consultation = accept(launch, guards.current_session().person)
    current_gateway().access.see_citizen(guards.current_session(), consultation.id)
    return redirect(url_for("consultation.show", id=consultation.id), 303)


def _read_launch(fields: dict[str, str]) -> Launch:
    g = current_gateway()
    ydernummer = Ydernummer.parse(fields.get("ydernummer", ""))
    routable_practice(ydernummer, providers=g.providers, practices=g.practices, clock=g.clock)
    return typed_number.launch_of_many(ydernummer, read_agreement(fields), advice=fields.get("kind") == "advice")


def _begin_again(fields: dict[str, str], field: str, said: str) -> ResponseReturnValue:
    return page("arrival/begin.html", 422, errors={f"round.{field}": said}, values=fields)


@blueprint.post("/konsultation/<uuid:id>/foej-til/<uuid:round_id>")
@open_to("employee")
def add(id: UUID, round_id: UUID) -> ResponseReturnValue:
    """ "Føj til gennemgangen kl. 12.00", from the start page of a citizen's own record."""
    draft, fields = guards.my_consultation(id), as_fields(request.form)
    try:
        grown = _added(draft, round_id, fields)
    except (InvalidField, PracticeNotFound) as fault:
        return start_again(draft, fields, [fault])
    current_gateway().access.see_citizen(guards.current_session(), grown.id)
    if screen_of(grown) in ("ring", "call"):
        return page("nurse/round_added.html", consultation_id=grown.id)
    return redirect(url_for("consultation.show", id=grown.id), 303)


def _added(draft: Consultation, round_id: UUID, fields: dict[str, str]) -> Consultation:
    gateway = current_gateway()
    round_ = _my_round(round_id)
    joining = Joining(read_consent(fields), fields.get("reason", draft.reason).replace("\r\n", "\n"))

    def audit(case: UUID) -> list[AuditRow]:
        return [guards.audit_row("write", "add-to-round", round_, case=case)]

    return rounds.add_from_draft(
        guards.my_scope(),
        round_.id,
        draft.id,
        joining,
        gateway.organisation(draft.tenant).name,
        guards.me(),
        store=gateway.store,
        clock=gateway.clock,
        ids=gateway.ids,
        audit=audit,
    )


def _my_round(id: UUID) -> Consultation:
    consultation = guards.my_consultation(id)
    if consultation.kind is not Kind.ROUND:
        raise NotFound("round")
    return consultation


def _case(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InvalidField("case", "malformed") from None


def talk_about(id: UUID, case: UUID | None) -> Consultation:
    gateway, round_ = current_gateway(), _my_round(id)
    shown = [guards.audit_row("read", "talk-about", round_, case=case)] if case else []
    return rounds.talk_about(
        guards.my_scope(), id, case, guards.me(), store=gateway.store, clock=gateway.clock, audit=shown
    )


@blueprint.post("/api/v1/consultations/<uuid:id>/discuss")
@open_to("employee")
def discuss(id: UUID) -> ResponseReturnValue:
    """``case``: whom the talk is about from now on; empty: nobody in particular."""
    case = text_of(json_object(), "case")
    changed = talk_about(id, _case(case) if case else None)
    return jsonify(state_of(changed) | {"screen": screen_of(changed)})


@blueprint.post("/api/v1/consultations/<uuid:id>/withdraw-consent")
@open_to("employee")
def withdraw_consent(id: UUID) -> ResponseReturnValue:
    """ "Borgeren ønsker ikke at fortsætte": the one they are talking about, and nobody else."""
    gateway, round_ = current_gateway(), _my_round(id)
    named = round_.discussed.id if round_.discussed else None
    changed = rounds.withdraw_consent(
        guards.my_scope(),
        id,
        guards.me(),
        store=gateway.store,
        clock=gateway.clock,
        audit=[guards.audit_row("write", "withdraw-consent", round_, case=named)],
    )
    return jsonify(state_of(changed) | {"screen": screen_of(changed)})


@blueprint.post("/konsultation/<uuid:id>/tag-ud")
@open_to("employee")
def take_out(id: UUID) -> ResponseReturnValue:
    """One citizen leaves the round: she says no, there is no time, or the wrong record was open."""
    gateway, round_ = current_gateway(), _my_round(id)
    case, reason = _case(request.form.get("case", "")), request.form.get("reason", "")
    audit = [guards.audit_row("write", "take-out", round_, case=case)]
    scope, me = guards.my_scope(), guards.me()
    if reason == ConsentAnswer.REFUSED:
        said_no = consent_of(ConsentAnswer.REFUSED, {})
        organisation = gateway.organisation(round_.tenant).name
        rounds.refuse(scope, id, case, said_no, organisation, me, store=gateway.store, audit=audit)
    else:
        rounds.take_out(scope, id, case, reason, me, store=gateway.store, clock=gateway.clock, audit=audit)
    return back(id)


@blueprint.post("/konsultation/<uuid:id>/droeftet")
@open_to("employee")
def settle(id: UUID) -> ResponseReturnValue:
    """In review: "Vi talte også om …", or that they did not after all."""
    gateway = current_gateway()
    _my_round(id)
    case, yes = _case(request.form.get("case", "")), request.form.get("discussed") == "yes"
    rounds.settle_discussed(guards.my_scope(), id, case, yes, guards.me(), store=gateway.store, clock=gateway.clock)
    return back(id)


@blueprint.post("/konsultation/<uuid:id>/afslut-gennemgang")
@open_to("employee")
def finish(id: UUID) -> ResponseReturnValue:
    gateway = current_gateway()
    rounds.finish(guards.my_scope(), _my_round(id).id, guards.me(), store=gateway.store, clock=gateway.clock)
    return back(id)


@blueprint.post("/konsultation/<uuid:id>/godkend-flere")
@open_to("employee")
def approve(id: UUID) -> ResponseReturnValue:
    """One page, one form: every text is kept, and one note or all of them approved."""
    round_, fields = _my_round(id), as_fields(request.form)
    drafts = [c.id for c in round_.cases if c.current_note is not None and c.current_note.status == "draft"]
    texts = {case: fields.get(f"text.{case}", "").replace("\r\n", "\n") for case in drafts}
    try:
        _approve(round_, texts, drafts, fields)
    except InvalidField as fault:
        return _note_again(id, fields, fault)
    return back(id)


def _approve(round_: Consultation, texts: dict[UUID, str], drafts: list[UUID], fields: dict[str, str]) -> None:
    gateway = current_gateway()
    if fields.get("clinician", "").strip():
        acts.name_clinician(round_.id, fields["clinician"])
    chosen = drafts if fields.get("case") == "all" else [_case(fields.get("case", ""))]
    kept = texts if round_.form.employee_takes_part else {}
    write_back.approve_some(
        guards.my_scope(),
        round_.id,
        kept,
        chosen,
        gateway.organisation(round_.tenant).name,
        guards.me(),
        store=gateway.store,
        clock=gateway.clock,
        audit=[guards.audit_row("write", "approve-note", round_, case=case) for case in chosen],
    )


def _note_again(id: UUID, fields: dict[str, str], fault: InvalidField) -> ResponseReturnValue:
    consultation = guards.my_consultation(id)
    guards.record_read("page-note", consultation)
    context: dict[str, Any] = context_of(consultation)
    errors = {fault.field: field_message(fault.field, fault.reason)}
    return page("nurse/round_note.html", 422, part=False, errors=errors, values=fields, **context)


@blueprint.post("/konsultation/<uuid:id>/sat-i-journalen")
@open_to("employee")
def put_by_hand(id: UUID) -> ResponseReturnValue:
    """ "Jeg har sat det i journalen": for a note that has no record to be sent to (N19)."""
    gateway = current_gateway()
    guards.my_consultation(id)
    case = _case(request.form.get("case", ""))
    write_back.put_by_hand(guards.my_scope(), id, case, guards.me(), store=gateway.store, clock=gateway.clock)
    return back(id)
