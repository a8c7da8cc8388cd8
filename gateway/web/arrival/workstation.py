"""Where the employee works and as what: read from a form, else as she said last time (N02).

The workplace is one of those she has been granted (by a login, a launch or an administrator); whoever has none yet
works for the organisation as a whole, and sees no colleague's list.
"""

from __future__ import annotations

from collections.abc import Callable
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


def my_workplaces() -> dict[str, UUID]:
    """The names of the workplaces she has been granted, in order, with their ids."""
    session = guards.current_session()
    granted = current_gateway().workplace_grants.of(guards.my_tenant(), session.person)
    return {each.place.name: each.place.id for each in granted}


def employer() -> str:
    """What stands as the workplace of whoever has been granted none."""
    return current_gateway().organisation(guards.my_tenant()).name


def workstation_from(form: Station) -> Workstation:
    """Role, workplace and phone from the form, else as she told them last time."""
    known = workstation_of()
    role, phone = (getattr(form, name) or known.get(name, "") for name in ("role", "phone"))
    if not role:
        raise InvalidField("role", "required")
    workplace, id = _workplace(form.workplace, known.get("workplace", ""))
    if not phone:
        raise InvalidField("phone", "not-eight-digits")
    return Workstation(role, _category(role), id, workplace, phone)


def station_parts(form: Station) -> tuple[Callable[[], object], ...]:
    """Each field of the page by itself, so that all that is missing is told at once."""
    known = workstation_of()
    return (
        lambda: _require("role", "required", form.role or known.get("role", "")),
        lambda: _workplace(form.workplace, known.get("workplace", "")),
        lambda: _require("phone", "not-eight-digits", form.phone or known.get("phone", "")),
    )


def _require(field: str, reason: str, text: str) -> None:
    if not text:
        raise InvalidField(field, reason)


def _workplace(said: str, known: str) -> tuple[str, UUID | None]:
    """``InvalidField`` for one that she was not granted, and where she must choose among several."""
    granted = my_workplaces()
    if not granted:
        return _without_grant(said)
    if said and said not in granted:
        raise InvalidField("workplace", "not-granted")
    only = next(iter(granted)) if len(granted) == 1 else ""
    name = said or (known if known in granted else only)
    if not name:
        raise InvalidField("workplace", "required")
    return name, granted[name]


def _without_grant(said: str) -> tuple[str, None]:
    if said not in ("", employer()):
        raise InvalidField("workplace", "not-granted")
    return employer(), None


def known_workstation() -> Workstation | None:
    """As she told it last time; None the first time, or where a part is missing."""
    try:
        return workstation_from(read(Station, workstation_of() | {"workplace": ""}))
    except InvalidField:
        return None


def my_list() -> Workstation | None:
    """Where she works now, if its list is hers to see: None for whoever has been granted no workplace."""
    station = known_workstation()
    return station if station is not None and station.workplace_id is not None else None


def shares(place: Workstation | None) -> bool:
    """Whether a consultation made at ``place`` belongs to a workplace of hers, by id or name as on its list."""
    granted = my_workplaces()
    return place is not None and (place.workplace in granted or place.workplace_id in granted.values())


def _category(role: str) -> RoleCategory:
    return dict(current_gateway().tenant(guards.my_tenant()).roles).get(role, RoleCategory.OTHER)


def remember(station: Workstation) -> None:
    """Asked the first time, prefilled afterwards."""
    values = {"role": station.role, "workplace": station.workplace, "phone": station.phone}
    current_gateway().employees.remember_workstation(guards.my_tenant(), guards.current_session().person, values)
