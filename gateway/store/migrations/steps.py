"""Runs the steps of ``versions/`` with Alembic, and notes which of them a database has."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine

from gateway.domain.scope import SystemScope
from gateway.store.ground import signing
from gateway.store.ground.engine import transaction
from gateway.store.migrations import FOLDER, newest, prepare, require_known


def upgrade(engine: Engine) -> None:
    """Run the steps that are missing, in one transaction. ``ConfigFault`` where a newer release made the schema."""
    with transaction(engine, SystemScope()) as connection:
        prepare(connection)
        upgrade_on(connection)
        signing.note(connection, newest())


def upgrade_on(connection: Connection) -> None:
    require_known(connection)
    command.upgrade(configuration(connection), "head")


def stamp(connection: Connection) -> None:
    """Note that the schema is the present one."""
    command.stamp(configuration(connection), "head")


def configuration(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    return config
