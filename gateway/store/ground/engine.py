"""Opening the database, and the one way into a transaction.

Everything in ``gateway.store`` reaches the rows through :func:`transaction`. It says whose eyes the transaction has,
and on PostgreSQL it tells the row-level policies (rls.py) the same; whoever forgets sees no rows there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from gateway.domain.scope import ClinicScope, Scope, SystemScope, TenantScope
from gateway.store.ground import signing

# What the database raises while it is away, frozen, full or overrun: say "come back soon", change nothing (F11–F13).
UNAVAILABLE = (OperationalError, InterfaceError, PoolTimeout)
READ_ONLY = "laegebro_read_only"
ONE_LOOK = "laegebro_one_look"
LOCK_WAIT_SECONDS = 10  # SQLite: how long a writer waits for the one before it

# A frozen or piled-up database must not hold a request for ever (requirements.md F12).
_POSTGRES_OPTIONS = (
    "-c statement_timeout=2000 -c lock_timeout=1000 -c idle_in_transaction_session_timeout=5000 -c timezone=UTC"
)

_UNHURRIED = (
    "SELECT set_config('statement_timeout', '600000', true),"
    " set_config('idle_in_transaction_session_timeout', '600000', true)"
)


def open_engine(url: str) -> Engine:
    """An engine for ``sqlite:///path`` or ``postgresql://…`` (spoken through psycopg 3). Connects to nothing yet."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(parsed)
    return _open_postgres(parsed.set(drivername="postgresql+psycopg"))


def _open_sqlite(url: URL) -> Engine:
    engine = create_engine(
        url,
        hide_parameters=True,  # an error must not repeat what was to be written
        pool_size=10,
        max_overflow=20,
        connect_args={"timeout": LOCK_WAIT_SECONDS, "check_same_thread": False},
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
        f"busy_timeout={LOCK_WAIT_SECONDS * 1000}",
        "foreign_keys=ON",
        "secure_delete=ON",
    ):
        dbapi_connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if not options.get(ONE_LOOK, False):
        connection.exec_driver_sql("BEGIN" if options.get(READ_ONLY, False) else "BEGIN IMMEDIATE")


def _open_postgres(url: URL) -> Engine:
    return create_engine(
        url,
        hide_parameters=True,
        pool_pre_ping=True,
        pool_size=10,
        max_overflow=20,
        pool_timeout=5,
        connect_args={"options": _POSTGRES_OPTIONS, "connect_timeout": 3},
    )


@contextmanager
def transaction(engine: Engine, scope: Scope, *, read_only: bool = False) -> Iterator[Connection]:
    """One transaction with the eyes of ``scope``; commits on leaving, rolls back on any exception.

    ``read_only`` gives one unmoving picture of the database and takes no writer's lock. What an administrator's engine
    writes carries its audit row (signing.py).
    """
    with engine.connect().execution_options(**{READ_ONLY: read_only}) as connection, connection.begin():
        if not read_only:
            signing.require_may_write(connection)
        if connection.dialect.name == "postgresql":
            _begin_postgres(connection, scope, read_only)
        with signing.by_hand(connection, scope, lambda: db_now(connection)) as own:
            yield own


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
    that PostgreSQL is spoken to once instead of four times. One statement sees one picture of the database anyway."""
    options: dict[str, Any] = {READ_ONLY: True, ONE_LOOK: True}
    if engine.dialect.name == "postgresql":
        options["isolation_level"] = "AUTOCOMMIT"
    with engine.connect().execution_options(**options) as connection:
        yield connection


def _begin_postgres(connection: Connection, scope: Scope, read_only: bool) -> None:
    if read_only:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
    kind, tenant, ydernumre = _settings(scope)
    connection.execute(
        text(
            "SELECT set_config('laegebro.scope', :kind, true), set_config('laegebro.tenant', :tenant, true),"
            " set_config('laegebro.ydernumre', :ydernumre, true)"
        ),
        {"kind": kind, "tenant": tenant, "ydernumre": ydernumre},
    )


def _settings(scope: Scope) -> tuple[str, str, str]:
    match scope:
        case TenantScope(tenant):
            return "tenant", str(tenant), ""
        case ClinicScope(_, ydernumre):
            return "clinic", "", ",".join(y.digits for y in ydernumre)
        case SystemScope():
            return "system", "", ""


def db_now(connection: Connection) -> datetime:
    """The database's own clock, aware, UTC: leases and due times must not depend on which host asks."""
    if connection.dialect.name == "postgresql":
        moment: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        return moment.astimezone(UTC)
    told: str = connection.execute(text("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')")).scalar_one()
    return datetime.fromisoformat(told).replace(tzinfo=UTC)
