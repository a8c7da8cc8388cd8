"""Secrets that work once: launch addresses, pending logins and pairing codes, sealed until they are taken.

Each is found by a hash under our key, so that whoever copies the table cannot try out a short code.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Engine, Row, insert, or_, select, update

from gateway.domain.scope import SystemScope
from gateway.domain.session import OneTimeSecret
from gateway.ports.rows import Write
from gateway.store.ground.bulk import delete_some
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import transaction
from gateway.store.ground.ready import write
from gateway.store.people.tables import onetime

Freshness = Literal["unknown", "fresh", "used", "expired"]
_INSERT = insert(onetime)


class SqlOneTimeStore:
    """Keeps a secret under the hash of its token and gives it away once."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def keep(self, secret: OneTimeSecret, token: str) -> None:
        with transaction(self._engine, SystemScope()) as connection:
            self.keeping(secret, token)(connection)

    def keeping(self, secret: OneTimeSecret, token: str) -> Write:
        """The same, to be written in a transaction that somebody else has begun."""
        hashed = self._hashed(token)
        values = {
            "token_hash": hashed,
            "kind": secret.kind,
            "expires_at": secret.expires_at,
            "payload": self._vault.seal(secret.payload, **_place(hashed, secret.kind)),
            "binding_hash": self._hashed(secret.binding) if secret.binding else None,
        }
        return lambda connection: write(connection, _INSERT, values)

    def take(self, kind: str, token: str, now: datetime, binding: str = "") -> OneTimeSecret | None:
        """The secret, to exactly one caller, while it is fresh. A secret bound to a browser is given to that one
        only, and another's attempt does not use it up."""
        hashed = self._hashed(token)
        unbound = onetime.c.binding_hash.is_(None)
        takes = (
            update(onetime)
            .where(onetime.c.token_hash == hashed, onetime.c.kind == kind)
            .where(onetime.c.used_at.is_(None), onetime.c.expires_at > now)
            .where(or_(unbound, onetime.c.binding_hash == self._hashed(binding)))
            .values(used_at=now)
            .returning(onetime)
        )
        with transaction(self._engine, SystemScope()) as connection:
            row = connection.execute(takes).one_or_none()
            if row is None:
                return None
            emptied = update(onetime).where(onetime.c.token_hash == hashed).values(payload=b"")
            connection.execute(emptied)  # only that it was used is still worth knowing
        payload = self._vault.unseal(row.payload, **_place(hashed, kind))
        return OneTimeSecret(kind, row.expires_at, payload, binding if row.binding_hash else "")

    def read(self, kind: str, token: str, now: datetime, binding: str) -> str | None:
        """What a fresh secret of that browser holds; it stays to be taken. None for any other."""
        query = select(onetime).where(onetime.c.token_hash == self._hashed(token), onetime.c.kind == kind)
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            row = connection.execute(query.where(onetime.c.binding_hash == self._hashed(binding))).one_or_none()
        if row is None or _freshness(row, now) != "fresh":
            return None
        return self._vault.unseal(row.payload, **_place(row.token_hash, kind))

    def peek(self, kind: str, token: str, now: datetime) -> Freshness:
        """Why a token does not work, for the words on the page; nothing is taken."""
        query = select(onetime).where(onetime.c.token_hash == self._hashed(token), onetime.c.kind == kind)
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return _freshness(connection.execute(query).one_or_none(), now)

    def _hashed(self, token: str) -> bytes:
        return self._vault.index("onetime.token", token)

    def forget_expired(self, before: datetime) -> int:
        """Remove what expired before that moment; how many there were."""
        with transaction(self._engine, SystemScope()) as connection:
            return delete_some(connection, onetime, onetime.c.expires_at < before)


def _freshness(row: Row[Any] | None, now: datetime) -> Freshness:
    if row is None:
        return "unknown"
    if row.used_at is not None:
        return "used"
    return "fresh" if now < row.expires_at else "expired"


def _place(hashed: bytes, kind: str) -> dict[str, Any]:
    return {"table": "onetime", "column": f"payload.{kind}", "row": hashed.hex(), "tenant": None}
