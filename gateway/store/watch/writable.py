"""Whether the database takes writes: a full disk, a replica and a lock on everything still answer questions."""

from __future__ import annotations

from sqlalchemy import Engine

from gateway.domain.scope import SystemScope
from gateway.store.ground.engine import db_now, transaction
from gateway.store.ground.tables_once import used_token
from gateway.store.ground.upsert import upsert

_ROW = {"issuer": "laegebro", "jti": "may-be-written"}  # one row for all; the upkeep removes it as it does old tokens


def require_writable(engine: Engine) -> None:
    """Commits one small row; raises ``DatabaseFault`` where that cannot be."""
    with transaction(engine, SystemScope()) as connection:
        upsert(connection, used_token, _ROW | {"expires_at": db_now(connection)})
