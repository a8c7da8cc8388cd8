"""Whose access is closed. A barring ends her sessions in the transaction that writes it; from then on no session of
hers is read, opened or woken in any process, and no launch of hers is accepted.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, bindparam, delete, exists, select

from gateway.domain.scope import SystemScope
from gateway.store.ground import signing
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import transaction
from gateway.store.ground.identity import keyed_id
from gateway.store.ground.upsert import upsert
from gateway.store.people.tables import barring as table
from gateway.store.people.tables import session

IS_BARRED = exists().where(table.c.person == bindparam("barred"))
_SINCE = select(table.c.barred_at).where(table.c.person == bindparam("person"))
_LIFT = delete(table).where(table.c.person == bindparam("who"))
_HERS: Any = delete(session).where(
    session.c.person == bindparam("who"),
    session.c.tenant == bindparam("whose"),
    session.c.subject_index == bindparam("subject"),
)
_OF_NO_TENANT: Any = delete(session).where(
    session.c.person == bindparam("who"), session.c.tenant.is_(None), session.c.subject_index == bindparam("subject")
)


def employee_id(vault: Vault, tenant: UUID, subject: str) -> UUID:
    """The one id of an employee in her organisation, through every channel."""
    return keyed_id(vault, "employee", f"{tenant}\n{subject}")


def user_id(vault: Vault, connection_name: str, subject: str) -> UUID:
    """The id of whoever no organisation employs: a clinic's user, or the operator's."""
    return keyed_id(vault, "clinic_user", f"{connection_name}\n{subject}")


def end_sessions(connection: Connection, vault: Vault, person: str, tenant: UUID | None, subject: str) -> int:
    """End one person's sessions: on all her devices, in a citizen's hands, in the console; how many there were."""
    whose = {"who": person, "subject": vault.index("session.subject", subject)}
    if tenant is None:
        return int(connection.execute(_OF_NO_TENANT, whose).rowcount)
    return int(connection.execute(_HERS, whose | {"whose": tenant}).rowcount)


class SqlBarrings:
    """Written by an administrator's hand only."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def person(self, tenant: UUID | None, connection_name: str, subject: str) -> str:
        """What sessions call her: by her organisation where it employs her, else by the connection she logs in at."""
        if tenant is not None:
            return str(employee_id(self._vault, tenant, subject))
        return str(user_id(self._vault, connection_name, subject))

    def bar(self, person: str, subject: str, tenant: UUID | None, now: datetime) -> int:
        """Close her access and end her sessions on all devices, also those in a citizen's hands; how many those
        were. Somebody barred already stays barred since then."""
        with transaction(self._engine, SystemScope()) as connection:
            self._say(connection, person, tenant)
            upsert(connection, table, {"person": person, "tenant": tenant, "barred_at": now}, change=())
            return end_sessions(connection, self._vault, person, tenant, subject)

    def lift(self, person: str, tenant: UUID | None) -> bool:
        """Open her access again; False where it was open."""
        with transaction(self._engine, SystemScope()) as connection:
            self._say(connection, person, tenant)
            return connection.execute(_LIFT, {"who": person}).rowcount > 0

    def since(self, person: str) -> datetime | None:
        """Since when she is barred; None where she is not."""
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            found: datetime | None = connection.execute(_SINCE, {"person": person}).scalar_one_or_none()
        return found

    def _say(self, connection: Connection, person: str, tenant: UUID | None) -> None:
        signing.require_signed(connection)
        signing.note(connection, person, tenant)
