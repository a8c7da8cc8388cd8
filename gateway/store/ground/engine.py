"""Opening the database, and the one way into a transaction.

Everything in ``gateway.store`` reaches the rows through :func:`transaction`. It says whose eyes the transaction has,
and on PostgreSQL it tells the row-level policies (guards.py) the same; whoever forgets sees no rows there.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from gateway.domain.scope import ClinicScope, Scope, SystemScope, TenantScope
from gateway.store.ground import signing
from gateway.store.ground.postgres import ONE_LOOK, READ_ONLY, SCOPE, moment_of, open_postgres
from gateway.store.ground.ready import sent

# What the database raises while it is away, frozen, full or overrun: say "come back soon", change nothing (F11–F13).
UNAVAILABLE = (OperationalError, InterfaceError, PoolTimeout)
LOCK_WAIT_SECONDS = 10  # SQLite: how long a writer waits for the one before it
LOCK_LOOK = 0.001  # seconds between two looks
_WAIT = f"PRAGMA busy_timeout={LOCK_WAIT_SECONDS * 1000}"
_WRITER = "laegebro_writer"  # SQLite: execution option of the engine, the lock of this process's one writer

_WHOLE: ContextVar[Connection | None] = ContextVar("laegebro_whole", default=None)
_UNHURRIED = (
    "SELECT set_config('statement_timeout', '600000', true),"
    " set_config('idle_in_transaction_session_timeout', '600000', true)"
)


def open_engine(url: str) -> Engine:
    """An engine for ``sqlite:///path`` or ``postgresql://…`` (spoken through psycopg 3). Connects to nothing yet."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(parsed)
    return open_postgres(parsed.set(drivername="postgresql+psycopg"))


def _open_sqlite(url: URL) -> Engine:
    engine = create_engine(
        url,
        hide_parameters=True,  # an error must not repeat what was to be written
        pool_size=10,
        max_overflow=20,
        connect_args={"timeout": LOCK_WAIT_SECONDS, "check_same_thread": False},
        execution_options={_WRITER: threading.Lock()},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(dbapi_connection: Any, _record: Any) -> None:
    # The driver must not begin by itself: a writer begins IMMEDIATE, so that it never fails half-way with
    # "database is locked" where waiting would have done.
    dbapi_connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "cache_size=-16384",  # KiB of pages that a connection keeps; 2,000 hold no list of fifty at 10,000 stored
        "foreign_keys=ON",
        "secure_delete=ON",
    ):
        dbapi_connection.execute(f"PRAGMA {pragma}")
    dbapi_connection.execute(_WAIT)


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get(ONE_LOOK, False):
        return
    if options.get(READ_ONLY, False):
        sent(connection, "BEGIN")
    else:
        _begin_writing(connection)


def _begin_writing(connection: Connection) -> None:
    """Whoever finds another process writing is put to sleep by SQLite for up to 100 ms, longer each time: so it is told
    not to wait, and asked again every millisecond."""
    ends = time.monotonic() + LOCK_WAIT_SECONDS
    while not _begun_at_once(connection):
        if time.monotonic() > ends:
            raise PoolTimeout("another process writes")
        time.sleep(LOCK_LOOK)


def _begun_at_once(connection: Connection) -> bool:
    driver: Any = connection.connection
    driver.execute("PRAGMA busy_timeout=0")
    try:
        sent(connection, "BEGIN IMMEDIATE")
    except OperationalError as fault:
        if getattr(fault.orig, "sqlite_errorcode", None) != sqlite3.SQLITE_BUSY:
            raise
        return False
    finally:
        driver.execute(_WAIT)
    return True


@contextmanager
def transaction(engine: Engine, scope: Scope, *, read_only: bool = False) -> Iterator[Connection]:
    """One transaction with the eyes of ``scope``; commits on leaving, rolls back on any exception.

    ``read_only`` gives one unmoving picture of the database and takes no writer's lock. What an administrator's engine
    writes carries its audit row (signing.py).
    """
    whole = _within(engine, scope)
    with (
        nullcontext(whole) if whole is not None else _begun(engine, scope, read_only) as connection,
        signing.by_hand(connection, scope, lambda: db_now(connection)) as own,
    ):
        yield own


@contextmanager
def _begun(engine: Engine, scope: Scope, read_only: bool = False) -> Iterator[Connection]:
    options = {READ_ONLY: read_only, SCOPE: _settings(scope)}
    with (
        _turn_to_write(engine, read_only),
        engine.connect().execution_options(**options) as connection,
        connection.begin(),
    ):
        if not read_only:
            signing.require_may_write(connection)
        yield connection


@contextmanager
def together(engine: Engine, *, keep: bool = True) -> Iterator[None]:
    """What this thread writes within it, with the eyes of the system, is one transaction: all of it or nothing.
    ``keep`` False undoes everything at the end: a rehearsal."""
    with _begun(engine, SystemScope()) as connection:
        token = _WHOLE.set(connection)
        try:
            yield
        finally:
            _WHOLE.reset(token)
        if not keep:
            connection.rollback()


def stands_alone() -> bool:
    """Whether a transaction of this thread is one of its own, not part of a ``together``."""
    return _WHOLE.get() is None


def _within(engine: Engine, scope: Scope) -> Connection | None:
    """The connection of the surrounding ``together`` on the same database. Other eyes than the system's are a fault of
    ours: on PostgreSQL they belong to the transaction."""
    whole = _WHOLE.get()
    if whole is None or whole.engine.pool is not engine.pool:
        return None
    if not isinstance(scope, SystemScope):
        raise RuntimeError("another scope within a transaction of the system's")
    return whole


@contextmanager
def _turn_to_write(engine: Engine, read_only: bool) -> Iterator[None]:
    """SQLite has one writer at a time, and whoever it turns away sleeps longer each time it asks: the threads of one
    process wait for each other here instead, and are woken at once."""
    lock = engine.get_execution_options().get(_WRITER)
    if lock is None or read_only:
        yield
        return
    if not lock.acquire(timeout=LOCK_WAIT_SECONDS):
        raise PoolTimeout("another thread writes")
    try:
        yield
    finally:
        lock.release()


@contextmanager
def one_question(engine: Engine, scope: Scope) -> Iterator[Connection]:
    """For a single SELECT with the eyes of ``scope``. SQLite knows no scopes, and gives one statement one unmoving
    picture without a transaction around it."""
    alone = engine.dialect.name == "sqlite" and stands_alone()
    with one_look(engine) if alone else transaction(engine, scope, read_only=True) as connection:
        yield connection


@contextmanager
def at_leisure(engine: Engine) -> Iterator[Connection]:
    """A transaction of the system's for what no request waits for: a register of a whole country swapped in. Its
    statements may take minutes, and it may think between them."""
    with transaction(engine, SystemScope()) as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(_UNHURRIED)
        yield connection


@contextmanager
def one_look(engine: Engine) -> Iterator[Connection]:
    """For a single SELECT on tables of no tenant, where a launch waits for it: no transaction is opened around it, so
    that PostgreSQL is spoken to once instead of three times. One statement sees one picture of the database anyway."""
    with engine.connect().execution_options(**{READ_ONLY: True, ONE_LOOK: True}) as connection:
        yield connection


def _settings(scope: Scope) -> tuple[str, str, str]:
    match scope:
        case TenantScope(tenant):
            return "tenant", str(tenant), ""
        case ClinicScope(_, ydernumre):
            return "clinic", "", ",".join(y.digits for y in ydernumre)
        case SystemScope():
            return "system", "", ""


def db_now(connection: Connection) -> datetime:
    """The database's own clock, aware, UTC: leases and due times must not depend on which host asks. SQLite has none
    of its own; it reads this machine's, to the millisecond."""
    if connection.dialect.name == "postgresql":
        return moment_of(connection)
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
