"""PostgreSQL as the store speaks to it: one round trip begins a transaction, says whose eyes it has, tells the time.

The driver runs in autocommit and the BEGIN is ours, so that the settings of the row-level policies (guards.py) travel
with it. A connection that the server has dropped is noticed before it is used.
"""

from __future__ import annotations

import re
import select
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from gateway.store.ground.ready import sent, translated

# A frozen or piled-up database must not hold a request for ever (requirements.md F12).
_OPTIONS = "-c statement_timeout=2000 -c lock_timeout=1000 -c idle_in_transaction_session_timeout=5000 -c timezone=UTC"
SCOPE = "laegebro_scope"  # execution option: (kind, tenant, ydernumre) as the policies compare them
READ_ONLY = "laegebro_read_only"
ONE_LOOK = "laegebro_one_look"
_TOLD = "laegebro_told"  # execution option of the engine
_MOMENT, _USED = "laegebro_moment", "laegebro_used"
_IDLE = 5.0  # seconds after which a connection is asked whether it still lives: something on the way may have cut it
_BEGIN = {
    True: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    False: "BEGIN",
}
_SETTINGS = (
    "SELECT set_config('laegebro.scope', '%s', true), set_config('laegebro.tenant', '%s', true),"
    " set_config('laegebro.ydernumre', '%s', true), clock_timestamp()"
)
_CODES = re.compile(r"[0-9a-z,-]*")  # a UUID, ydernumre, the name of a scope: nothing that could end a literal


class Told:
    """What the server's clock said last, to any connection of the engine. Set by any thread."""

    def __init__(self) -> None:
        self._last: tuple[datetime, float] | None = None

    def hear(self, moment: datetime) -> None:
        self._last = (moment, time.monotonic())

    @property
    def age(self) -> float:
        """Seconds since it spoke; infinite where it never did."""
        return float("inf") if self._last is None else time.monotonic() - self._last[1]

    def now(self) -> datetime | None:
        if self._last is None:
            return None
        said, at = self._last
        return (said + timedelta(seconds=time.monotonic() - at)).astimezone(UTC)


def told_to(engine: Engine) -> Told | None:
    """None for a database without a clock of its own."""
    found: Told | None = engine.get_execution_options().get(_TOLD)
    return found


def open_postgres(url: URL) -> Engine:
    engine = create_engine(
        url,
        hide_parameters=True,  # an error must not repeat what was to be written
        pool_size=10,
        max_overflow=20,
        pool_timeout=5,
        connect_args={"options": _OPTIONS, "connect_timeout": 3, "autocommit": True, "cursor_factory": _LastAnswer},
        execution_options={_TOLD: Told()},
    )
    event.listen(engine, "begin", _begin)
    event.listen(engine, "checkout", _require_alive)
    event.listen(engine, "checkin", _note_use)
    return engine


class _LastAnswer(psycopg.Cursor[Any]):
    """Where several statements were sent together, the answer is the last one's."""

    def execute(self, *sent: Any, **options: Any) -> _LastAnswer:
        super().execute(*sent, **options)
        while self.nextset():
            pass
        return self


def sent_at_once(connection: Connection, statements: Sequence[tuple[str, Any]]) -> None:
    """In one message: nothing of ours runs between the first and the last of them, so that a lock taken by the first
    is not held for as long as this process waits for its turn at a processor."""
    driver: Any = connection.connection.driver_connection
    try:
        with driver.pipeline(), psycopg.Cursor(driver) as cursor:
            for text, parameters in statements:
                cursor.execute(text, parameters)
    except psycopg.Error as fault:
        raise translated(connection, statements[-1][0], fault) from None


def _begin(connection: Connection) -> None:
    """One round trip. Without a scope (migrations) nothing is set, and the policies show no rows."""
    options = connection.get_execution_options()
    if options.get(ONE_LOOK, False):
        return
    begins, scope = _BEGIN[options.get(READ_ONLY, False)], options.get(SCOPE)
    if scope is None:
        connection.info.pop(_MOMENT, None)
        sent(connection, begins)
        return
    if not all(_CODES.fullmatch(value) for value in scope):
        raise ValueError("a scope is made of codes")
    told = sent(connection, f"{begins}; {_SETTINGS % scope}").fetchone()
    connection.info[_MOMENT] = (told[-1], time.monotonic())
    options[_TOLD].hear(told[-1])


def moment_of(connection: Connection) -> datetime:
    """The server's clock now: as it told at the BEGIN, and the time since."""
    known = connection.info.get(_MOMENT)
    if known is None:
        moment: datetime = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
        return moment.astimezone(UTC)
    begun, at = known
    now: datetime = begun + timedelta(seconds=time.monotonic() - at)
    return now.astimezone(UTC)


def _require_alive(dbapi_connection: Any, entry: ConnectionPoolEntry, _proxy: object) -> None:
    """Costs a round trip only after a rest, or where the server has sent something unasked: that it closes the line."""
    rested = time.monotonic() - entry.info.get(_USED, 0.0) > _IDLE
    if not rested and not _has_news(dbapi_connection.fileno()):
        return
    try:
        dbapi_connection.execute("")
    except psycopg.Error as gone:
        raise DisconnectionError from gone


def _has_news(socket: int) -> bool:
    waiting = select.poll()
    waiting.register(socket, select.POLLIN)
    return bool(waiting.poll(0))


def _note_use(_dbapi_connection: Any, entry: ConnectionPoolEntry) -> None:
    entry.info[_USED] = time.monotonic()
