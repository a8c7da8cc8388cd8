"""Bringing a database to the present schema: an empty one at once, an older one step by step (Alembic).

``versions/`` holds the steps; the first, the baseline, is the whole schema of the first release. A step goes forward
only. Tests keep both ways equal: what ``create_all`` makes and what the steps make.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text

from gateway.domain.errors import ConfigFault
from gateway.domain.scope import SystemScope
from gateway.store.ground import signing
from gateway.store.ground.engine import transaction

FOLDER = Path(__file__).parent
_ONE_AT_A_TIME = 0x1AE6EB21  # advisory lock: two processes that start together migrate once


def upgrade(engine: Engine) -> None:
    """Run the steps that are missing, in one transaction. ``ConfigFault`` where a newer release made the schema."""
    with transaction(engine, SystemScope()) as connection:
        prepare(connection)
        upgrade_on(connection)
        signing.note(connection, newest())


def upgrade_on(connection: Connection) -> None:
    _require_known(connection)
    command.upgrade(configuration(connection), "head")


def require_present(engine: Engine) -> None:
    """``ConfigFault`` in one sentence where the schema is not the one this release was written for."""
    with engine.connect() as connection:
        _require_known(connection)
        found = revision_of(connection)
        if found != newest():
            raise ConfigFault(_refusal(found, "run “laegebro upgrade” before this process"))


def _require_known(connection: Connection) -> None:
    found = revision_of(connection)
    if found is not None and found not in known():
        raise ConfigFault(_refusal(found, "a newer release has upgraded it, so run that release"))


def _refusal(found: str | None, what_to_do: str) -> str:
    has = f"the database has schema {found}" if found else "the database has no schema"
    return f"store.database_url: {has}, and this release needs {newest()}: {what_to_do}"


def stamp(connection: Connection) -> None:
    """Note that the schema is the present one."""
    command.stamp(configuration(connection), "head")


def is_empty(connection: Connection) -> bool:
    return not inspect(connection).get_table_names()


def revision_of(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


@cache
def known() -> tuple[str, ...]:
    """The steps of this release, the first one first."""
    steps = ScriptDirectory.from_config(configuration()).walk_revisions()
    return tuple(reversed([step.revision for step in steps]))


def newest() -> str:
    return known()[-1]


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
