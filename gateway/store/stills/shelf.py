"""Pictures for notes, sealed by their consultation's own key. Written with the commit that says they were taken; the
commit after which nothing needs them any more drops them (``writing.write_state``)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, bindparam, insert, select

from gateway.domain.scope import Scope
from gateway.ports.rows import Write
from gateway.store.consultation.own_keys import own_vault, wrapped_for
from gateway.store.consultation.rows import place_of
from gateway.store.consultation.tables import consultation_key, still
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import transaction

_S, _K = still.c, consultation_key.c
_KEY = select(_K.tenant, _K.wrapped).where(_K.consultation == bindparam("this"))
_OF = select(_S.tenant, _S.id, _S.picture, wrapped_for(_S.consultation)).where(
    _S.consultation == bindparam("this"), _S.id.in_(bindparam("ids", expanding=True))
)


class SqlStillShelf:
    """``ports.StillShelf``."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def putting(self, consultation: UUID, id: UUID, at: datetime, jpeg: bytes) -> Write:
        return partial(self._put, consultation, id, at, jpeg)

    def pictures(self, scope: Scope, consultation: UUID, ids: Collection[UUID]) -> Mapping[UUID, bytes]:
        if not ids:
            return {}
        with transaction(self._engine, scope, read_only=True) as connection:
            rows = connection.execute(_OF, {"this": consultation, "ids": list(ids)}).mappings().all()
        return {row["id"]: self._opened(consultation, row) for row in rows}

    def _put(self, consultation: UUID, id: UUID, at: datetime, jpeg: bytes, connection: Connection) -> None:
        tenant, wrapped = connection.execute(_KEY, {"this": consultation}).one()
        place = place_of(own_vault(self._vault, tenant, consultation, wrapped), "still", tenant, consultation, id)
        key = {"tenant": tenant, "consultation": consultation, "id": id}
        sealed = {"taken_at": at, "picture": place.seal_bytes("picture", jpeg)}
        connection.execute(insert(still).values(key | sealed))

    def _opened(self, consultation: UUID, row: Mapping[Any, Any]) -> bytes:
        own = own_vault(self._vault, row["tenant"], consultation, row["wrapped"])
        return place_of(own, "still", row["tenant"], consultation, row["id"]).open_bytes(row, "picture")
