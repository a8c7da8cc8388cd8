"""The code that brings the employee back to her device: hashed under our key, counted before it is judged (B07)."""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import Engine, delete, insert, select, update

from gateway.domain.scope import SystemScope
from gateway.store.ground.bulk import delete_some
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import transaction
from gateway.store.people.tables import return_code as table

TRIES = 5

Verdict = Literal["right", "wrong", "over"]


class SqlReturnCodes:
    """One code per citizen's session. Six digits are few, so the hash is keyed: the table alone tells nothing."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def keep(self, session: UUID, employee_session: UUID, code: str, expires_at: datetime) -> None:
        values = {"code_hash": self._hashed(session, code), "tries": 0, "expires_at": expires_at}
        with transaction(self._engine, SystemScope()) as connection:
            connection.execute(insert(table).values(session=session, employee_session=employee_session, **values))

    def attempt(self, session: UUID, code: str, now: datetime) -> Verdict:
        """``right`` once; ``over`` at the fifth wrong one and ever after. Each try is committed before it is judged,
        so that many at once are no more than five."""
        counted = (
            update(table)
            .where(table.c.session == session, table.c.tries < TRIES, table.c.expires_at > now)
            .values(tries=table.c.tries + 1)
            .returning(table.c.code_hash, table.c.tries)
        )
        with transaction(self._engine, SystemScope()) as connection:
            row = connection.execute(counted).one_or_none()
        if row is None:
            return "over"
        if hmac.compare_digest(row.code_hash, self._hashed(session, code)):
            return "right" if self.forget(session) else "over"
        return "over" if row.tries >= TRIES else "wrong"

    def employee_session(self, session: UUID) -> UUID | None:
        """The session that waits behind this one."""
        query = select(table.c.employee_session).where(table.c.session == session)
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            found: UUID | None = connection.execute(query).scalar_one_or_none()
        return found

    def forget(self, session: UUID) -> bool:
        """Useless from here on; True for the one who was first."""
        with transaction(self._engine, SystemScope()) as connection:
            return bool(connection.execute(delete(table).where(table.c.session == session)).rowcount)

    def forget_expired(self, now: datetime) -> int:
        with transaction(self._engine, SystemScope()) as connection:
            return delete_some(connection, table, table.c.expires_at <= now)

    def _hashed(self, session: UUID, code: str) -> bytes:
        return self._vault.index(f"return-code:{session}", code)
