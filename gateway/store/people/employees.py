"""One employee per organisation through all channels, and what she is asked only the first time (D16)."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, select, update

from gateway.domain.errors import AccessBarred, NotFound
from gateway.domain.scope import TenantScope
from gateway.domain.session import Grant
from gateway.ports.rows import Write
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import transaction
from gateway.store.ground.upsert import upsert_unless
from gateway.store.people.barrings import IS_BARRED, employee_id
from gateway.store.people.tables import employee as table
from gateway.store.people.workplace_grants import keep_said

_c = table.c


class SqlEmployeeBook:
    """Recognises employees by an id made of their subject under the index key; name and authorisation lie sealed."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def recognise(self, tenant: UUID, grant: Grant, now: datetime) -> str:
        """Her stable id in this organisation, whichever channel said who she is. One that does not know her name or
        authorisation number does not erase what another one told; her workplaces are kept as this one says them."""
        id, write = self.recognition(tenant, grant, now)
        with transaction(self._engine, TenantScope(tenant)) as connection:
            write(connection)
            keep_said(connection, tenant, UUID(id), grant, now)
        return id

    def id_of(self, tenant: UUID, subject: str) -> str:
        """The id of whoever logs in with that subject, whether she ever has or not."""
        return str(employee_id(self._vault, tenant, subject))

    def recognition(self, tenant: UUID, grant: Grant, now: datetime) -> tuple[str, Write]:
        """The same, to be written in a transaction of the tenant's that somebody else has begun: ``AccessBarred`` is
        raised in it for whoever is barred."""
        id = employee_id(self._vault, tenant, grant.subject)
        attributes = {"name": grant.name, "authorisation": grant.authorisation}
        values = {
            "tenant": tenant,
            "id": id,
            "role": grant.role,
            "workstation": b"",
            "first_seen_at": now,
            "last_seen_at": now,
        } | {column: self._sealed(tenant, id, column, text) for column, text in attributes.items()}
        changed = ["last_seen_at", *(column for column, text in attributes.items() if text)]
        changed += ["role"] if grant.role else []
        return str(id), lambda connection: _recognise(connection, values, changed)

    def name(self, tenant: UUID, employee: str) -> str:
        return self._read(tenant, employee, "name")

    def authorisation(self, tenant: UUID, employee: str) -> str:
        """The authorisation number, where a channel has told it."""
        return self._read(tenant, employee, "authorisation")

    def workstation(self, tenant: UUID, employee: str) -> Mapping[str, str]:
        """Role, workplace and call-back phone as she last gave them; empty the first time."""
        text = self._read(tenant, employee, "workstation")
        remembered: Mapping[str, str] = json.loads(text) if text else {}
        return remembered

    def remember_workstation(self, tenant: UUID, employee: str, values: Mapping[str, str]) -> None:
        """``NotFound`` where nobody of that id has been recognised here."""
        id = UUID(employee)
        sealed = self._sealed(tenant, id, "workstation", json.dumps(dict(values), ensure_ascii=False))
        change = update(table).where(_c.tenant == tenant, _c.id == id).values(workstation=sealed)
        with transaction(self._engine, TenantScope(tenant)) as connection:
            if not connection.execute(change).rowcount:
                raise NotFound("employee")

    def _read(self, tenant: UUID, employee: str, column: str) -> str:
        id = UUID(employee)
        query = select(_c[column]).where(_c.tenant == tenant, _c.id == id)
        with transaction(self._engine, TenantScope(tenant), read_only=True) as connection:
            sealed = connection.execute(query).scalar_one_or_none()
        return self._vault.unseal(sealed, table="employee", column=column, row=id, tenant=tenant)

    def _sealed(self, tenant: UUID, id: UUID, column: str, text: str) -> bytes:
        return self._vault.seal(text, table="employee", column=column, row=id, tenant=tenant)


def _recognise(connection: Connection, values: Mapping[str, Any], changed: Collection[str]) -> None:
    if not upsert_unless(connection, table, IS_BARRED, values, {"barred": str(values["id"])}, changed):
        raise AccessBarred(str(values["tenant"]), str(values["id"]))
