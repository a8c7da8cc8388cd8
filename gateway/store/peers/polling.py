"""Where asking each peer stands: the cursor its adapter gave us, and when it is to be asked next."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Column, Engine, ForeignKey, String, Table, Text, or_, select, update

from gateway.domain.scope import SystemScope
from gateway.store.ground.columns import Moment
from gateway.store.ground.engine import db_now, transaction
from gateway.store.ground.schema import metadata
from gateway.store.ground.upsert import upsert

peer_poll = Table(
    "peer_poll",
    metadata,
    Column("connection", String(80), ForeignKey("connection.name"), primary_key=True),
    Column("cursor", Text, nullable=False, server_default=""),
    Column("due_at", Moment, nullable=False),
)


class SqlPollBook:
    """Shared by all relays: whoever takes a turn moves ``due_at``, so a peer is asked once per interval."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def take_turn(self, connection: str, interval: timedelta) -> str | None:
        """The cursor to ask from, if it is time; None where it is not, or another relay was faster."""
        with transaction(self._engine, SystemScope()) as db:
            now = db_now(db)
            first = {"connection": connection, "cursor": "", "due_at": now}
            upsert(db, peer_poll, first, change=())
            # Further ahead than one interval: it was written before the clock was set back.
            turn = or_(peer_poll.c.due_at <= now, peer_poll.c.due_at > now + interval)
            taken = update(peer_poll).where(peer_poll.c.connection == connection, turn)
            if db.execute(taken.values(due_at=now + interval)).rowcount != 1:
                return None
            return str(db.execute(select(peer_poll.c.cursor).where(peer_poll.c.connection == connection)).scalar_one())

    def keep(self, connection: str, cursor: str) -> None:
        """Where the next question begins; only after every claim of this answer was applied."""
        with transaction(self._engine, SystemScope()) as db:
            db.execute(update(peer_poll).where(peer_poll.c.connection == connection).values(cursor=cursor))

    def soon(self, connection: str) -> None:
        """The peer notified us: ask at once."""
        with transaction(self._engine, SystemScope()) as db:
            now: datetime = db_now(db)
            upsert(db, peer_poll, {"connection": connection, "cursor": "", "due_at": now}, change=["due_at"])
