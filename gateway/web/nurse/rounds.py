"""The round begins: opened by practice and agreement, then grown from the start page of each citizen's own record."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.identifiers import Ydernummer
from gateway.domain.records import AuditRow
from gateway.services import rounds
from gateway.services.act import acting
from gateway.services.queue import routable_practice
from gateway.services.rounds import Joining
from gateway.web import guards
from gateway.web.acts import Fault, every, messages, pressed
from gateway.web.arrival import typed_number
from gateway.web.arrival.beginning import begin_page
from gateway.web.arrival.drafting import accept
from gateway.web.guards import current_gateway
from gateway.web.nurse.acts import my_round
from gateway.web.nurse.declaring import agreement_in, agreement_parts, consent_in
from gateway.web.nurse.forms import Adding, Gathering
from gateway.web.nurse.screens import screen_of
from gateway.web.nurse.start import start_again
from gateway.web.rendering import page

blueprint = Blueprint("rounds", __name__)
HERS = "/konsultation/<uuid:id>"  # the page that adds the citizen of her own record


def _begin_again(fields: dict[str, str], faults: Sequence[Fault]) -> ResponseReturnValue:
    errors = {f"round.{field}": said for field, said in messages(faults).items()}
    return begin_page(errors, fields, 422)


@pressed(blueprint, "/ny/gennemgang", "employee", Gathering, "launch", _begin_again)
def begin_round(form: Gathering) -> ResponseReturnValue:
    """A round of several citizens, or general advice."""
    g = current_gateway()
    advice, now = form.kind == "advice", g.clock.now()

    def practice() -> Ydernummer:
        number = Ydernummer.parse(form.ydernummer)
        routable_practice(number, providers=g.providers, practices=g.practices, clock=g.clock)
        return number

    every(practice, *agreement_parts(form, now, needed=not advice))
    launch = typed_number.launch_of_many(practice(), agreement_in(form, now), advice=advice)
    return _shown(accept(launch, guards.current_session().person))


def _shown(consultation: Consultation) -> ResponseReturnValue:
    current_gateway().access.see_citizen(guards.current_session(), consultation.id)
    return redirect(url_for("consultation.show", id=consultation.id), 303)


@pressed(blueprint, f"{HERS}/foej-til/<uuid:round_id>", "employee", Adding, "add-to-round", start_again)
def add_to_round(form: Adding, id: UUID, round_id: UUID) -> ResponseReturnValue:
    """ "Føj til gennemgangen kl. 12.00", from the start page of a citizen's own record."""
    gateway, draft, round_ = current_gateway(), guards.my_consultation(id), my_round(round_id)
    pressing = acting(form, guards.me(), gateway.ports)
    reason = draft.reason if form.reason is None else form.reason
    joining = Joining(consent_in(form.consent, draft, pressing), reason)

    def audit(case: UUID) -> list[AuditRow]:
        return [guards.audit_row("write", "add-to-round", round_, case=case)]

    by = acting(joining, guards.me(), gateway.ports)
    grown = rounds.add_from_draft(guards.my_scope(), round_, draft, by, audit)
    onward, ringing = _shown(grown), screen_of(grown) in ("ring", "call")
    return page("nurse/round_added.html", consultation_id=grown.id) if ringing else onward
