"""A key for each consultation: it seals the documents and letters of that one, and goes when their texts go.

The key is 32 random bytes, sealed under the data key in the one row of ``consultation_key`` that the consultation has;
whoever reads a document reads that row with it. Erasure puts a new key into the row. What was sealed before stays
closed from then on: in a dump, which holds no keys, in old pages and in old logs (docs/adr/0011-a-key-each.md).
"""

from __future__ import annotations

import secrets
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Connection, Insert, Label, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql

from gateway.store.consultation.tables import consultation, consultation_key
from gateway.store.ground.crypto import KEY_BYTES, Unreadable, Vault
from gateway.store.ground.ready import write
from gateway.store.ground.sealing import Place, Values
from gateway.store.ground.upsert import insert_new

_K = consultation_key.c
_RENEW = update(consultation_key).where(_K.consultation == bindparam("this"))


def wrapped_for(of: Column[Any]) -> Label[Any]:
    """The column ``wrapped`` beside each row of a query, by the row's column that names the consultation."""
    return select(_K.wrapped).where(_K.consultation == of).scalar_subquery().label("wrapped")


def new_key(vault: Vault, tenant: UUID, id: UUID) -> bytes:
    """A random key, sealed as its row keeps it."""
    return _place(vault, tenant, id).seal_bytes("wrapped", secrets.token_bytes(KEY_BYTES))


def own_vault(vault: Vault, tenant: UUID, id: UUID, wrapped: bytes | None) -> Vault:
    """What opens and seals this consultation's values. ``Unreadable`` where its key is not there."""
    if not wrapped:
        raise Unreadable("consultation_key", "wrapped", "no-key")
    return vault.with_key(_place(vault, tenant, id).open_bytes({"wrapped": wrapped}, "wrapped"))


def insert_with_key(connection: Connection, values: Values, wrapped: bytes) -> int:
    """A new consultation's row and its key's: 1, or 0 where its id or its open launch key is taken. PostgreSQL is
    spoken to once."""
    if connection.dialect.name == "postgresql":
        named = {f"new_{name}": value for name, value in values.items()}
        return write(connection, _together(tuple(values)), named | {"new_wrapped": wrapped})
    written = insert_new(connection, consultation, values)
    if written:
        key = {"tenant": values["tenant"], "consultation": values["id"], "wrapped": wrapped, "erased_at": None}
        insert_new(connection, consultation_key, key)
    return written


def renew(connection: Connection, id: UUID, wrapped: bytes, erased_at: datetime) -> None:
    """The former key is gone with this commit."""
    write(connection, _RENEW, {"this": id, "wrapped": wrapped, "erased_at": erased_at})


@cache
def _together(columns: tuple[str, ...]) -> Insert:
    """The key goes in where the consultation did."""
    named = {name: bindparam(f"new_{name}", type_=consultation.c[name].type) for name in columns}
    new = postgresql.insert(consultation).values(named).on_conflict_do_nothing()
    row = new.returning(consultation.c.tenant, consultation.c.id).cte("new")
    wrapped = bindparam("new_wrapped", type_=_K.wrapped.type)
    return insert(consultation_key).from_select(
        ["tenant", "consultation", "wrapped"], select(row.c.tenant, row.c.id, wrapped), include_defaults=False
    )


def _place(vault: Vault, tenant: UUID, id: UUID) -> Place:
    return Place(vault, "consultation_key", str(id), tenant)
