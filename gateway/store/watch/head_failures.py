"""Where the heads of the audit's chains could not be handed to: what an alarm is made of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Engine, bindparam, delete, select

from gateway.domain.scope import SystemScope
from gateway.store.ground.engine import db_now, transaction
from gateway.store.ground.upsert import upsert
from gateway.store.watch.tables import head_failure

_OVER = delete(head_failure).where(head_failure.c.place == bindparam("this"))


class SqlHeadFailures:
    """Written by whichever process hands them on."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def failed(self, place: str, fault: str) -> None:
        """``since`` stays what it was. ``fault``: a code, never what the other side said."""
        with transaction(self._engine, SystemScope()) as connection:
            row = {"place": place, "since": db_now(connection), "fault": fault}
            upsert(connection, head_failure, row, change=("fault",))

    def over(self, place: str) -> None:
        with transaction(self._engine, SystemScope()) as connection:
            connection.execute(_OVER, {"this": place})


def unkept_heads(connection: Connection) -> Sequence[tuple[str, datetime]]:
    """Where to, since when."""
    return [(row.place, row.since) for row in connection.execute(select(head_failure))]
