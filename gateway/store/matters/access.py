"""Who of an organisation has had access, and where she may see what colleagues share; read in passes of a limited
number of rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, and_, bindparam, select

from gateway.domain.scope import SystemScope
from gateway.domain.uptake.access import Holder
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import transaction
from gateway.store.people.tables import barring, employee, workplace_grant
from gateway.store.people.tables_organisations import workplace
from gateway.store.people.workplace_grants import ADMINISTRATOR

A_PASS = 200
NOBODY = UUID(int=0)
_E, _G, _P, _B = employee.c, workplace_grant.c, workplace.c, barring.c
_AFTER: Any = bindparam("after")
_THIS: Any = bindparam("tenant")
_EMPLOYEES = (
    select(_E.id, _E.name, _E.role, _E.first_seen_at, _E.last_seen_at)
    .where(_E.tenant == _THIS, _E.id > _AFTER)
    .order_by(_E.id)
    .limit(A_PASS)
)
_PEOPLE_GRANTED = (
    select(_G.employee).distinct().where(_G.tenant == _THIS, _G.employee > _AFTER).order_by(_G.employee).limit(A_PASS)
)
_GRANTS = (
    select(_G.employee, _G.source, _P.name)
    .join(workplace, and_(_P.tenant == _G.tenant, _P.id == _G.workplace))
    .where(_G.tenant == _THIS, _G.employee.in_(bindparam("these", expanding=True)), _P.listed)
    .order_by(_G.employee, _P.name)
)
_BARRED = select(_B.person, _B.barred_at).where(_B.person.in_(bindparam("these", expanding=True)))


class SqlAccess:
    """Reads only."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def holders(self, tenant: UUID) -> list[Holder]:
        """Everybody who ever logged in, and whoever was granted a workplace and never has."""
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            rows = {row.id: row for row in _passes(connection, _EMPLOYEES, tenant, "id")}
            granted = [row.employee for row in _passes(connection, _PEOPLE_GRANTED, tenant, "employee")]
            ids = sorted({*rows, *granted})
            places = _places(connection, tenant, ids)
            barred = _barred(connection, ids)
        return [self._holder(tenant, id, rows.get(id), places.get(id, ()), barred.get(str(id))) for id in ids]

    def _holder(
        self, tenant: UUID, id: UUID, row: Any, places: Sequence[tuple[str, bool]], barred: datetime | None
    ) -> Holder:
        if row is None:
            return Holder(str(id), "", "", tuple(places), None, None, barred)
        name = self._vault.unseal(row.name, table="employee", column="name", row=id, tenant=tenant)
        return Holder(str(id), name, row.role, tuple(places), row.first_seen_at, row.last_seen_at, barred)


def _passes(connection: Connection, query: Any, tenant: UUID, key: str) -> Iterator[Any]:
    after = NOBODY
    while found := connection.execute(query, {"tenant": tenant, "after": after}).all():
        yield from found
        after = getattr(found[-1], key)


def _places(connection: Connection, tenant: UUID, ids: Sequence[UUID]) -> dict[UUID, list[tuple[str, bool]]]:
    """By name; whether an administrator has granted it."""
    found: dict[UUID, list[tuple[str, bool]]] = {}
    for first in range(0, len(ids), A_PASS):
        for row in connection.execute(_GRANTS, {"tenant": tenant, "these": ids[first : first + A_PASS]}):
            found.setdefault(row.employee, []).append((row.name, row.source == ADMINISTRATOR))
    return found


def _barred(connection: Connection, ids: Sequence[UUID]) -> dict[str, datetime]:
    people = [str(id) for id in ids]
    return {
        row.person: row.barred_at
        for first in range(0, len(people), A_PASS)
        for row in connection.execute(_BARRED, {"these": people[first : first + A_PASS]})
    }
