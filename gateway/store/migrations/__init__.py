"""Which schema a database has, and whether it is the one this release was written for.

``versions/`` holds the steps to it (Alembic runs them: steps.py); the first, the baseline, is the whole schema of the
first release. A step goes forward only. Tests keep both ways equal: what ``create_all`` makes and what the steps make.
Every process asks this at its start, so nothing here imports Alembic, which takes a tenth of a start.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from gateway.domain.errors import ConfigFault

FOLDER = Path(__file__).parent
_ONE_AT_A_TIME = 0x1AE6EB21  # advisory lock: two processes that start together migrate once


def require_present(engine: Engine) -> None:
    """``ConfigFault`` in one sentence where the schema is not the one this release was written for."""
    with engine.connect() as connection:
        require_known(connection)
        found = revision_of(connection)
        if found != newest():
            raise ConfigFault(_refusal(found, "run “laegebro upgrade” before this process"))


def require_known(connection: Connection) -> None:
    found = revision_of(connection)
    if found is not None and found not in known():
        raise ConfigFault(_refusal(found, "a newer release has upgraded it, so run that release"))


def _refusal(found: str | None, what_to_do: str) -> str:
    has = f"the database has schema {found}" if found else "the database has no schema"
    return f"store.database_url: {has}, and this release needs {newest()}: {what_to_do}"


def is_empty(connection: Connection) -> bool:
    return not inspect(connection).get_table_names()


def revision_of(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


@cache
def known() -> tuple[str, ...]:
    """The steps of this release, the first one first: revision 0001 is the file ``r0001_….py``."""
    return tuple(sorted(file.name[1:].partition("_")[0] for file in (FOLDER / "versions").glob("r*_*.py")))


def newest() -> str:
    return known()[-1]


def prepare(connection: Connection) -> None:
    """Let no other process migrate meanwhile, and lift the statement timeout: a step may rewrite a large table."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ONE_AT_A_TIME})
