"""Runs the steps of ``versions/`` with Alembic, and notes which of them a database has."""

from __future__ import annotations

import importlib
import pkgutil

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from gateway.domain.scope import SystemScope
from gateway.store.ground import grants, signing
from gateway.store.ground.engine import transaction
from gateway.store.ground.schema import metadata
from gateway.store.migrations import FOLDER, newest, prepare, require_known, revision_of


def import_tables() -> None:
    """Import every module of ``gateway.store``, so that each has registered its tables with ``schema.metadata``."""
    package = importlib.import_module("gateway.store")
    for module in pkgutil.walk_packages(package.__path__, "gateway.store."):
        if not module.name.startswith("gateway.store.migrations"):
            importlib.import_module(module.name)


def upgrade(engine: Engine) -> list[str]:
    """Run the steps that are missing and grant the roles what is theirs, in one transaction; the roles that exist.
    ``ConfigFault`` where a newer release made the schema."""
    import_tables()
    with transaction(engine, SystemScope()) as connection:
        prepare(connection)
        upgrade_on(connection)
        granted = grants.grant(connection, metadata)
        signing.note(connection, newest())
    return granted


def missing(engine: Engine) -> list[str]:
    """The steps that ``upgrade`` would run, each by its number, kind and title; nothing is changed. ``ConfigFault``
    where a newer release made the schema."""
    with transaction(engine, SystemScope(), read_only=True) as connection:
        require_known(connection)
        found = revision_of(connection)
    scripts = ScriptDirectory.from_config(configuration())
    steps = reversed(list(scripts.iterate_revisions("head", found or "base")))
    return [f"{step.revision}: {step.module.kind}: {(step.doc or '').splitlines()[0]}" for step in steps]


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
