"""Mine konsultationer, who I am, and a start by typing: what an employee sees without coming from a record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, ClassVar
from uuid import UUID

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import StringConstraints

from gateway.connecting.upgrading import announced
from gateway.domain.launch import Launch
from gateway.web import guards
from gateway.web.acts import Fault, every, messages, pressed
from gateway.web.arrival import typed_number
from gateway.web.arrival.beginning import begin_page, confirm_page
from gateway.web.arrival.second_launch import onward_from
from gateway.web.arrival.workstation import (
    Station,
    employer,
    my_workplaces,
    remember,
    station_parts,
    workstation_from,
    workstation_of,
)
from gateway.web.forms import Form
from gateway.web.guards import current_gateway, open_to
from gateway.web.nurse.declaring import agreement_in, agreement_parts
from gateway.web.nurse.forms import Unnumbered
from gateway.web.nurse.rows import rows_of, urgency
from gateway.web.nurse.workplace import PAGE, passing_over, taken_today
from gateway.web.rendering import page

blueprint = Blueprint("mine", __name__)
NAME_LENGTH = 100


@blueprint.get("/")
@open_to("employee")
def overview() -> ResponseReturnValue:
    """Open ones, today's and those whose note still asks for something: troubles first."""
    gateway = current_gateway()
    tenant, person = guards.my_tenant(), guards.current_session().person
    mine = {one.id: one for one in gateway.store.open_of_employee(tenant, person)}
    over = passing_over()
    undone = gateway.workplaces.undone_of_employee(tenant, person, PAGE + 1, over)
    mine |= {one.id: one for one in undone[:PAGE]}
    guards.record_read("list", *mine.values())
    rows = sorted(rows_of(list(mine.values())), key=urgency)
    more = over + PAGE if len(undone) > PAGE else 0
    return page(
        "nurse/mine.html",
        rows=rows,
        taken=taken_today(),
        more=more,
        logged_out="ud" in request.args,
        upgrade=announced(current_gateway()),
    )


@blueprint.get("/mine-oplysninger")
@open_to("employee")
def workstation() -> ResponseReturnValue:
    """ "Fortæl lægen, hvem du er": asked the first time, changeable always."""
    return _workstation_page(workstation_of(), {}, request.args, 200)


def _workstation_page(
    values: dict[str, str], errors: dict[str, str], asked: Mapping[str, str], status: int
) -> ResponseReturnValue:
    gateway = current_gateway()
    tenant = gateway.organisations.tenant(guards.my_tenant())
    places = list(my_workplaces())
    suggested = {"role": guards.current_session().grant.role} | values
    if places and suggested.get("workplace") not in places:
        suggested["workplace"] = places[0] if len(places) == 1 else ""
    return page(
        "arrival/workstation.html",
        status,
        values=suggested,
        errors=errors,
        onward=asked.get("til", ""),
        choice=asked.get("valg", ""),
        roles=[text for text, _ in tenant.roles] if tenant else [],
        workplaces=places,
        employer=employer(),
    )


class WhoIAm(Station):
    """``til``: the consultation whose page asked; ``valg``: the choice that waits where two launches met."""

    til: str = ""
    valg: str = ""


def _asked_again(fields: dict[str, str], faults: Sequence[Fault]) -> ResponseReturnValue:
    return _workstation_page(fields, messages(faults), fields, 422)


@pressed(blueprint, "/mine-oplysninger", "employee", WhoIAm, again=_asked_again)
def keep_workstation(form: WhoIAm) -> ResponseReturnValue:
    every(*station_parts(form))
    remember(workstation_from(form))
    return redirect(_whence(form), 303)


def _whence(form: WhoIAm) -> str:
    """The page that asked, else her list."""
    try:
        id = UUID(form.til)
        return url_for("second_launch.ask", id=id, valg=form.valg) if form.valg else url_for("consultation.show", id=id)
    except ValueError:
        return url_for("mine.overview")


@blueprint.get("/ny")
@open_to("employee")
def begin() -> ResponseReturnValue:
    """Start without coming from a record: by CPR, or without."""
    return begin_page({}, {})


class Search(Form):
    """The number travels in the body only, and stands nowhere afterwards. ``name``: where nobody can be asked it."""

    cpr: str = ""
    name: Annotated[str, StringConstraints(max_length=NAME_LENGTH)] = ""
    needed: ClassVar = ("cpr",)


class Card(Form):
    """``token`` stands for the citizen who was found and shown."""

    token: str = ""


def _not_found(_fields: dict[str, str], faults: Sequence[Fault]) -> ResponseReturnValue:
    """Whatever is wrong stands beside the number, which is not shown again."""
    told = messages(faults)
    (said, *_rest) = told.values()
    return begin_page({"name": told["name"]} if "name" in told else {"cpr": said}, {}, 422)


@pressed(blueprint, "/ny/borger", "employee", Search, "citizen-search", _not_found)
def search(form: Search) -> ResponseReturnValue:
    """Whom she asked about is written first, found or not: a look is a look, also where nothing comes of it (D14)."""
    identifier = typed_number.identifier_of(form.cpr)
    typed_number.note_search(identifier)
    found = typed_number.find(identifier, form.name)
    return confirm_page(found, typed_number.keep_card(found))


@pressed(blueprint, "/ny/bekraeft", "employee", Card, audit="launch")
def confirm(form: Card) -> ResponseReturnValue:
    """ "Ja": only now is anything stored."""
    launch = typed_number.take_card(form.token)
    return _enter(launch) if launch else redirect(url_for("mine.begin"), 303)


@pressed(blueprint, "/ny/forkert", "employee", Card)
def deny(form: Card) -> ResponseReturnValue:
    """ "Nej, forkert borger": nothing is stored but that somebody looked, which the search has written (D17)."""
    typed_number.take_card(form.token)
    return redirect(url_for("mine.begin"), 303)


def _begin_again(fields: dict[str, str], faults: Sequence[Fault]) -> ResponseReturnValue:
    return begin_page(messages(faults), fields, 422)


@pressed(blueprint, "/ny/uden-cpr", "employee", Unnumbered, "launch", _begin_again)
def without_number(form: Unnumbered) -> ResponseReturnValue:
    now = current_gateway().clock.now()
    named = partial(typed_number.require_called, form.called), partial(typed_number.require_because, form.because)
    every(*named, *agreement_parts(form, now))
    agreed = agreement_in(form, now)
    return _enter(typed_number.launch_without_number(form.called, form.because, agreed))


def _enter(launch: Launch) -> ResponseReturnValue:
    return redirect(onward_from(launch, guards.current_session()), 303)
