"""Access tokens of practice systems: unknown to the rows but for their hash, and bought with an assertion used once."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import Engine, insert, select

from gateway.domain.launch import UsedToken
from gateway.domain.scope import SystemScope
from gateway.store.doors.tables import fhir_token
from gateway.store.ground.bulk import delete_some
from gateway.store.ground.engine import one_look, transaction
from gateway.store.ground.once import burn


class SqlFhirTokens:
    """Issues and recognises."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def issue(self, token: str, connection: str, scope: str, expires_at: datetime, assertion: UsedToken) -> None:
        """The token and the burnt assertion in one transaction; ``Replayed`` where the assertion was used before."""
        values = {"token_hash": _hashed(token), "connection": connection, "scope": scope, "expires_at": expires_at}
        with transaction(self._engine, SystemScope()) as db:
            burn(db, [assertion])
            db.execute(insert(fhir_token).values(**values))

    def holder(self, token: str, now: datetime) -> tuple[str, str] | None:
        """Connection and scope of a live token."""
        query = select(fhir_token).where(fhir_token.c.token_hash == _hashed(token), fhir_token.c.expires_at > now)
        with one_look(self._engine) as db:
            row = db.execute(query).one_or_none()
        return None if row is None else (row.connection, row.scope)

    def forget_expired(self, now: datetime) -> int:
        with transaction(self._engine, SystemScope()) as db:
            return delete_some(db, fhir_token, fhir_token.c.expires_at <= now)


def _hashed(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
