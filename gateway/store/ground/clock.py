"""The time of day as the database tells it, so that no process's own clock decides what is due, late or over.

On PostgreSQL the server tells its time at each BEGIN; what has passed since is measured by the machine's steady clock.
A machine whose clock is stepped changes nothing. SQLite has no clock of its own: there it is this machine's.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from gateway.store.ground.engine import one_look
from gateway.store.ground.faults import DatabaseFault
from gateway.store.ground.postgres import Told, told_to

BELIEVED = 60.0  # seconds after which the server is asked anew, or, while it is away, asked again


class DatabaseClock:
    """``ports.Clock``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._asked = -BELIEVED

    def now(self) -> datetime:
        told = told_to(self._engine)
        if told is None:
            return datetime.now(UTC)
        if told.age > BELIEVED and time.monotonic() - self._asked > BELIEVED:
            self._ask(told)
        return told.now() or datetime.now(UTC)

    def ahead(self) -> timedelta:
        """How far this machine's clock is ahead of the database's."""
        return datetime.now(UTC) - self.now()

    def _ask(self, told: Told) -> None:
        self._asked = time.monotonic()
        try:
            with one_look(self._engine) as connection:
                told.hear(connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one())
        except DatabaseFault:
            return  # away: what it told before still counts
