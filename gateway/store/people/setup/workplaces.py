"""The list of workplaces as a set-up in force has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection, select, update

from gateway.store.ground.upsert import upsert
from gateway.store.people.tables_organisations import workplace

KEY = "workplaces"  # of the set-up: rows of name, SOR code and telephone
_W = workplace.c


def list_workplaces(connection: Connection, tenant: UUID, settings: Mapping[str, Any]) -> None:
    """One of the same name keeps its id, and with it who may see its list and what is undone there; one that is no
    longer listed stays readable by its id. A set-up without the key leaves the list as it is."""
    if KEY not in settings:
        return
    mine = _W.tenant == tenant
    known = {row.name: row.id for row in connection.execute(select(_W.name, _W.id).where(mine).order_by(_W.listed))}
    connection.execute(update(workplace).where(mine).values(listed=False))
    for name, sor, phone in settings[KEY]:
        id = known.get(name) or uuid5(tenant, name)
        row = {"tenant": tenant, "id": id, "name": name, "sor": sor, "phone": phone, "listed": True}
        upsert(connection, workplace, row)
