"""Where the employee works and as what: read from a form, else as she said last time (N02)."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from gateway.domain.errors import InvalidField
from gateway.domain.people import RoleCategory, Workstation
from gateway.web import guards
from gateway.web.guards import current_gateway

Fields = Mapping[str, str]


def workstation_of() -> dict[str, str]:
    """What the employee told last time; empty the first time."""
    session = guards.current_session()
    return dict(current_gateway().employees.workstation(guards.my_tenant(), session.person))


def read_workstation(fields: Fields) -> Workstation:
    """Role, workplace and phone from the form, else as she told them last time."""
    known = workstation_of()
    said = {name: (fields.get(name) or known.get(name, "")).strip() for name in ("role", "workplace", "phone")}
    for name in ("role", "workplace"):
        if not said[name]:
            raise InvalidField(name, "required")
        if len(said[name]) > 80:
            raise InvalidField(name, "too-long")
    if len(said["phone"]) > 40 or sum(c.isdigit() for c in said["phone"]) < 8:
        raise InvalidField("phone", "not-eight-digits")
    return Workstation(
        said["role"], _category(said["role"]), _workplace_id(said["workplace"]), said["workplace"], said["phone"]
    )


def known_workstation() -> Workstation | None:
    """As she told it last time; None the first time, or where a part is missing."""
    try:
        return read_workstation({})
    except InvalidField:
        return None


def _category(role: str) -> RoleCategory:
    tenant = current_gateway().organisations.tenant(guards.my_tenant())
    return dict(tenant.roles).get(role, RoleCategory.OTHER) if tenant else RoleCategory.OTHER


def _workplace_id(name: str) -> UUID | None:
    places = current_gateway().organisations.workplaces(guards.my_tenant())
    return next((place.id for place in places if place.name == name), None)


def remember(station: Workstation) -> None:
    """Asked the first time, prefilled afterwards."""
    values = {"role": station.role, "workplace": station.workplace, "phone": station.phone}
    current_gateway().employees.remember_workstation(guards.my_tenant(), guards.current_session().person, values)
