"""Nothing twice: burnt one-time tokens, and answers that are given again to a repeated request."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, select

from gateway.domain.errors import ConcurrentChange, Replayed
from gateway.domain.launch import UsedToken
from gateway.domain.records import StoredAnswer
from gateway.store.ground.crypto import Vault
from gateway.store.ground.sealing import Place
from gateway.store.ground.tables_once import stored_answer, used_token
from gateway.store.ground.upsert import insert_new


def burn(connection: Connection, tokens: Iterable[UsedToken]) -> None:
    """``Replayed`` where one was burnt before; the whole transaction falls with it."""
    for token in tokens:
        values = {"issuer": token.issuer, "jti": token.jti, "expires_at": token.expires_at}
        if insert_new(connection, used_token, values) != 1:
            raise Replayed("token")


def keep_answer(connection: Connection, vault: Vault, tenant: UUID, answer: StoredAnswer, now: datetime) -> None:
    """``ConcurrentChange`` where the same key was answered meanwhile: the caller finds that answer instead."""
    index = _index(vault, tenant, answer.key)
    place = _place(vault, tenant, index)
    values = {
        "tenant": tenant,
        "key_index": index,
        "status": answer.status,
        "created_at": now,
        "body": vault.seal_bytes(answer.body, table=place.table, column="body", row=place.row, tenant=tenant),
        **place.seal(body_hash=answer.body_hash),
    }
    if insert_new(connection, stored_answer, values) != 1:
        raise ConcurrentChange


def find_answer(connection: Connection, vault: Vault, tenant: UUID, key: str) -> StoredAnswer | None:
    index = _index(vault, tenant, key)
    query = select(stored_answer).where(stored_answer.c.tenant == tenant, stored_answer.c.key_index == index)
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        return None
    place = _place(vault, tenant, index)
    body = vault.unseal_bytes(row["body"], table=place.table, column="body", row=place.row, tenant=tenant)
    return StoredAnswer(key, place.open(row, "body_hash"), row["status"], body)


def _index(vault: Vault, tenant: UUID, key: str) -> bytes:
    # The key is the caller's own text, so it may hold anything: only its hash is kept.
    return vault.index(f"answer:{tenant}", key)


def _place(vault: Vault, tenant: UUID, index: bytes) -> Place:
    return Place(vault, "stored_answer", index.hex(), tenant)
