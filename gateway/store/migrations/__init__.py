"""Bringing a database to the present schema: an empty one at once, an older one step by step (Alembic).

``versions/`` holds the steps; the first is the whole schema as SQL, frozen per database by ``freeze.py``. A test
keeps both ways equal: what ``create_all`` makes and what the steps make.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, inspect, text

FOLDER = Path(__file__).parent
_ONE_AT_A_TIME = 0x1AE6EB21  # advisory lock: two processes that start together migrate once


def upgrade(engine: Engine) -> None:
    """Run the steps that are missing, in one transaction."""
    with engine.connect() as connection, connection.begin():
        prepare(connection)
        upgrade_on(connection)


def upgrade_on(connection: Connection) -> None:
    command.upgrade(configuration(connection), "head")


def stamp(connection: Connection) -> None:
    """Note that the schema is the present one."""
    command.stamp(configuration(connection), "head")


def is_empty(connection: Connection) -> bool:
    return not inspect(connection).get_table_names()


def revision_of(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def prepare(connection: Connection) -> None:
    """Let no other process migrate meanwhile, and lift the statement timeout: a step may rewrite a large table."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ONE_AT_A_TIME})


def configuration(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    return config
