"""Where the employee works and as what: read from a form, else as she said last time (N02)."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator, StringConstraints

from gateway.domain.errors import InvalidField
from gateway.domain.people import RoleCategory, Workstation
from gateway.web import guards
from gateway.web.forms import Form, read, refused
from gateway.web.guards import current_gateway

Place = Annotated[str, StringConstraints(max_length=80)]


def _phone(value: Any) -> Any:
    if isinstance(value, str) and value.strip() and (len(value) > 40 or sum(c.isdigit() for c in value) < 8):
        raise refused("not-eight-digits")
    return value


class Station(Form):
    """What is left out stays as she said it last time."""

    role: Place = ""
    workplace: Place = ""
    phone: Annotated[str, BeforeValidator(_phone)] = ""


def workstation_of() -> dict[str, str]:
    """What the employee told last time; empty the first time."""
    session = guards.current_session()
    return dict(current_gateway().employees.workstation(guards.my_tenant(), session.person))


def workstation_from(form: Station) -> Workstation:
    """Role, workplace and phone from the form, else as she told them last time."""
    known = workstation_of()
    role, workplace, phone = (getattr(form, name) or known.get(name, "") for name in ("role", "workplace", "phone"))
    for name, said in (("role", role), ("workplace", workplace)):
        if not said:
            raise InvalidField(name, "required")
    if not phone:
        raise InvalidField("phone", "not-eight-digits")
    return Workstation(role, _category(role), _workplace_id(workplace), workplace, phone)


def known_workstation() -> Workstation | None:
    """As she told it last time; None the first time, or where a part is missing."""
    try:
        return workstation_from(read(Station, workstation_of()))
    except InvalidField:
        return None


def _category(role: str) -> RoleCategory:
    return dict(current_gateway().tenant(guards.my_tenant()).roles).get(role, RoleCategory.OTHER)


def _workplace_id(name: str) -> UUID | None:
    places = current_gateway().organisations.workplaces(guards.my_tenant())
    return next((place.id for place in places if place.name == name), None)


def remember(station: Workstation) -> None:
    """Asked the first time, prefilled afterwards."""
    values = {"role": station.role, "workplace": station.workplace, "phone": station.phone}
    current_gateway().employees.remember_workstation(guards.my_tenant(), guards.current_session().person, values)
