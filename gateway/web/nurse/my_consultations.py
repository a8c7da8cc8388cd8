"""Mine konsultationer, who I am, and a start by typing: what an employee sees without coming from a record."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from gateway.domain.errors import InvalidField
from gateway.domain.launch import Launch
from gateway.web import guards
from gateway.web.arrival import typed_number
from gateway.web.arrival.second_launch import onward_from
from gateway.web.arrival.workstation import read_workstation, remember, workstation_of
from gateway.web.guards import current_gateway, open_to
from gateway.web.nurse.placing import as_fields, read_agreement
from gateway.web.nurse.rows import row_of, urgency
from gateway.web.nurse.workplace import taken_today
from gateway.web.problems import field_message
from gateway.web.rendering import age, page

blueprint = Blueprint("mine", __name__)


@blueprint.get("/")
@open_to("employee")
def overview() -> ResponseReturnValue:
    """Open ones, today's and those whose note still asks for something: troubles first."""
    gateway = current_gateway()
    tenant, person = guards.my_tenant(), guards.current_session().person
    mine = {one.id: one for one in gateway.store.open_of_employee(tenant, person)}
    mine |= {one.id: one for one in gateway.workplaces.undone_of_employee(tenant, person)}
    for consultation in mine.values():
        guards.record_read("list", consultation)
    rows = sorted((row_of(one) for one in mine.values()), key=urgency)
    return page("nurse/mine.html", rows=rows, taken=taken_today(), logged_out="ud" in request.args)


@blueprint.get("/mine-oplysninger")
@open_to("employee")
def workstation() -> ResponseReturnValue:
    """ "Fortæl lægen, hvem du er": asked the first time, changeable always."""
    return _workstation_page(workstation_of(), {}, request.args.get("til", ""), 200)


def _workstation_page(values: dict[str, str], errors: dict[str, str], onward: str, status: int) -> ResponseReturnValue:
    gateway = current_gateway()
    tenant = gateway.organisations.tenant(guards.my_tenant())
    places = gateway.organisations.workplaces(guards.my_tenant())
    suggested = {"role": guards.current_session().grant.role} | values
    return page(
        "arrival/workstation.html",
        status,
        values=suggested,
        errors=errors,
        onward=onward,
        roles=[text for text, _ in tenant.roles] if tenant else [],
        workplaces=places,
    )


@blueprint.post("/mine-oplysninger")
@open_to("employee")
def keep_workstation() -> ResponseReturnValue:
    fields = as_fields(request.form)
    onward = fields.get("til", "")
    try:
        remember(read_workstation(fields))
    except InvalidField as fault:
        errors = {fault.field: field_message(fault.field, fault.reason)}
        return _workstation_page(fields, errors, onward, 422)
    return redirect(_consultation_or_list(onward), 303)


def _consultation_or_list(text: str) -> str:
    try:
        return url_for("consultation.show", id=UUID(text))
    except ValueError:
        return url_for("mine.overview")


@blueprint.get("/ny")
@open_to("employee")
def begin() -> ResponseReturnValue:
    """Start without coming from a record: by CPR, or without."""
    return page("arrival/begin.html", errors={}, values={})


@blueprint.post("/ny/borger")
@open_to("employee")
def search() -> ResponseReturnValue:
    """The number travels in the body only, and stands nowhere afterwards. Whom she asked about is written first, found
    or not: a look is a look, also where nothing comes of it (D14)."""
    try:
        identifier = typed_number.identifier_of(request.form.get("cpr", ""))
        typed_number.note_search(identifier)
        found = typed_number.find(identifier)
    except InvalidField as fault:
        errors = {"cpr": field_message(fault.field, fault.reason)}
        return page("arrival/begin.html", 422, errors=errors, values={})
    return page("arrival/confirm.html", found=found, age=age(found.citizen), token=typed_number.keep_card(found))


@blueprint.post("/ny/bekraeft")
@open_to("employee")
def confirm() -> ResponseReturnValue:
    """ "Ja": only now is anything stored."""
    found = typed_number.take_card(request.form.get("token", ""))
    if found is None:
        return redirect(url_for("mine.begin"), 303)
    return _enter(typed_number.launch_of(found))


@blueprint.post("/ny/forkert")
@open_to("employee")
def deny() -> ResponseReturnValue:
    """ "Nej, forkert borger": nothing is stored but that somebody looked, which the search has written (D17)."""
    typed_number.take_card(request.form.get("token", ""))
    return redirect(url_for("mine.begin"), 303)


@blueprint.post("/ny/uden-cpr")
@open_to("employee")
def without_number() -> ResponseReturnValue:
    fields = as_fields(request.form)
    try:
        launch = typed_number.launch_without_number(
            fields.get("called", ""), fields.get("because", ""), read_agreement(fields)
        )
    except InvalidField as fault:
        errors = {fault.field: field_message(fault.field, fault.reason)}
        return page("arrival/begin.html", 422, errors=errors, values=fields)
    return _enter(launch)


def _enter(launch: Launch) -> ResponseReturnValue:
    return redirect(onward_from(launch, guards.current_session()), 303)
