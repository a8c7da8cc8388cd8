"""Nothing twice: burnt one-time tokens, and answers that are given again to a repeated request."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, bindparam, select

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
    place = _place(vault, tenant, answer.key)
    values = {
        "asker": str(tenant),
        "message": place.row,
        "envelope": "",
        "tenant": tenant,
        "status": answer.status,
        "answered_at": now,
        "answer": place.seal_bytes("answer", answer.body),
        **place.seal(request=answer.body_hash),
    }
    if insert_new(connection, stored_answer, values) != 1:
        raise ConcurrentChange


_BY_KEY = select(stored_answer).where(
    stored_answer.c.asker == bindparam("asker"), stored_answer.c.message == bindparam("message")
)


def find_answer(connection: Connection, vault: Vault, tenant: UUID, key: str) -> StoredAnswer | None:
    place = _place(vault, tenant, key)
    found = connection.execute(_BY_KEY, {"asker": str(tenant), "message": place.row})
    row = found.mappings().one_or_none()
    if row is None:
        return None
    return StoredAnswer(key, place.open(row, "request"), row["status"], place.open_bytes(row, "answer"))


def _place(vault: Vault, tenant: UUID, key: str) -> Place:
    # The key is the caller's own text, so it may hold anything: only its hash is kept.
    return Place(vault, "stored_answer", vault.index(f"answer:{tenant}", key).hex(), tenant)
