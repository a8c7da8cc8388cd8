"""Which workplaces an employee may act for: told by a login or launch, or granted by an administrator (D16).

Each row keeps its source, so that what a login says today replaces what the same connection said before and nothing
else. A workplace taken off the organisation's list is granted to nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, Engine, and_, bindparam, delete, select

from gateway.domain.errors import InvalidField
from gateway.domain.scope import TenantScope
from gateway.domain.session import Grant
from gateway.store.ground import signing
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import transaction
from gateway.store.ground.upsert import upsert
from gateway.store.people.barrings import employee_id
from gateway.store.people.organisations import Workplace
from gateway.store.people.tables import workplace_grant as table
from gateway.store.people.tables_organisations import workplace

ADMINISTRATOR = "*"  # no connection is called that
_c, _place = table.c, workplace.c
_MINE = (_c.tenant == bindparam("tenant"), _c.employee == bindparam("employee"))
_LISTED = select(workplace).where(_place.tenant == bindparam("tenant"), _place.listed).order_by(_place.name)
_GRANTED = (
    select(workplace, _c.source, _c.granted_at)
    .join(table, and_(_c.tenant == _place.tenant, _c.workplace == _place.id))
    .where(*_MINE, _place.listed)
    .order_by(_place.name, _c.source)
)
_OF_SOURCE = (*_MINE, _c.source == bindparam("source"))
_SAID = select(_c.workplace).where(*_OF_SOURCE)
_WITHDRAW = delete(table).where(*_OF_SOURCE, _c.workplace == bindparam("place"))


@dataclass(frozen=True, slots=True)
class Granted:
    """One workplace and who says so: ``ADMINISTRATOR``, or the connection of a login or launch."""

    place: Workplace
    source: str
    granted_at: datetime


class SqlWorkplaceGrants:
    """Reads grants, and writes an administrator's."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def of(self, tenant: UUID, employee: str) -> Sequence[Granted]:
        """Her workplaces by name; one that is granted from two sides stands twice."""
        with transaction(self._engine, TenantScope(tenant), read_only=True) as connection:
            rows = connection.execute(_GRANTED, {"tenant": tenant, "employee": UUID(employee)})
            return [Granted(Workplace(r.id, r.name, r.sor, r.phone), r.source, r.granted_at) for r in rows]

    def grant(self, tenant: UUID, subject: str, name: str, now: datetime) -> str:
        """Grant a listed workplace to whoever logs in with that ``subject``, also before she ever has; her id here.
        ``InvalidField`` where the organisation lists no such workplace."""
        with transaction(self._engine, TenantScope(tenant)) as connection:
            values = self._administrators(connection, tenant, subject, name)
            upsert(connection, table, values | {"granted_at": now}, change=())
        return str(values["employee"])

    def revoke(self, tenant: UUID, subject: str, name: str) -> bool:
        """Take an administrator's grant back; False where there was none. What a login says stands until it says
        otherwise."""
        with transaction(self._engine, TenantScope(tenant)) as connection:
            values = self._administrators(connection, tenant, subject, name)
            place = values.pop("workplace")
            return connection.execute(_WITHDRAW, values | {"place": place}).rowcount > 0

    def _administrators(self, connection: Connection, tenant: UUID, subject: str, name: str) -> dict[str, object]:
        signing.require_signed(connection)
        found = _meant(connection, tenant, (name,))
        if not found:
            raise InvalidField("workplace", "unknown")
        employee = employee_id(self._vault, tenant, subject)
        signing.note(connection, f"{employee} {found[0]}", tenant)
        return {"tenant": tenant, "employee": employee, "workplace": found[0], "source": ADMINISTRATOR}


def keep_said(connection: Connection, tenant: UUID, employee: UUID, grant: Grant, now: datetime) -> None:
    """What this login or launch says of her workplaces, instead of what the same connection said before. One that
    told nothing this time changes nothing; a word that no listed workplace knows grants nothing."""
    if grant.workplaces is None:
        return
    whose = {"tenant": tenant, "employee": employee, "source": grant.connection}
    before = set(connection.execute(_SAID, whose).scalars())
    said = set(_meant(connection, tenant, grant.workplaces)) if grant.workplaces else set()
    for place in before - said:
        connection.execute(_WITHDRAW, whose | {"place": place})
    for place in said - before:
        upsert(connection, table, whose | {"workplace": place, "granted_at": now}, change=())


def _meant(connection: Connection, tenant: UUID, words: Sequence[str]) -> list[UUID]:
    """The listed workplaces those words name: by name (case does not matter), SOR code or our id."""
    wanted = {" ".join(word.split()).casefold() for word in words}
    rows = connection.execute(_LISTED, {"tenant": tenant})
    return [row.id for row in rows if wanted & {row.name.casefold(), str(row.id), row.sor or row.name.casefold()}]
