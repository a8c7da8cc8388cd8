"""Which schema a database has, and whether this release can work with it.

``versions/`` holds the steps to it (Alembic runs them: steps.py); the first, the baseline, is the whole schema of the
first release. A step goes forward only. Each says its ``kind``: *expand* adds what former releases need not know,
*migrate* fills it, *contract* takes away what the former release does not use any more. A revision's name says with
whom it goes: ``0005_since_0003`` is worked with by every release whose own schema is 0003 or later, so that the former
processes run beside the new schema until each is replaced.

Tests keep both ways equal: what ``create_all`` makes and what the steps make.
Every process asks this at its start, so nothing here imports Alembic, which takes a tenth of a start.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from gateway.domain.errors import ConfigFault

FOLDER = Path(__file__).parent
_NAME = re.compile(r"(\d{4})(?:_since_(\d{4}))?")
_FILE = re.compile(r"r(\d{4}(?:_since_\d{4})?)_")
_NEWER = "a newer release has upgraded it, so run that release"
_ONE_AT_A_TIME = 0x1AE6EB21  # advisory lock: two processes that start together migrate once


@dataclass(frozen=True, slots=True)
class Revision:
    """``number``: of the step; ``since``: the oldest release, by its newest step, that works with this schema."""

    number: str
    since: str

    @classmethod
    def of(cls, name: str) -> Revision | None:
        """None for a name that is none of ours."""
        found = _NAME.fullmatch(name)
        return cls(found[1], found[2] or found[1]) if found else None


def require_present(engine: Engine) -> None:
    """``ConfigFault`` in one sentence where this release cannot work with the schema: an older one, or a newer one from
    which something was taken away that this release needs."""
    with engine.connect() as connection:
        found = revision_of(connection)
    if found is not None and found not in known() and not runs_beside(found):
        raise ConfigFault(_refusal(found, _NEWER))
    if found is None or found in known()[:-1]:
        raise ConfigFault(_refusal(found, "run “laegebro upgrade” before this process"))


def runs_beside(newer: str) -> bool:
    """Whether this release works with a schema that only a newer one knows, by that schema's own word."""
    found, own = Revision.of(newer), Revision.of(newest())
    return found is not None and own is not None and found.since <= own.number < found.number


def require_known(connection: Connection) -> None:
    """Before steps are run: a schema that a newer release has made is that release's to change."""
    found = revision_of(connection)
    if found is not None and found not in known():
        raise ConfigFault(_refusal(found, _NEWER))


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
    """The steps of this release, the first one first: revision 0001 is the file ``r0001_….py``, and 0002_since_0001 is
    ``r0002_since_0001_….py``."""
    return tuple(sorted(_FILE.match(file.name)[1] for file in (FOLDER / "versions").glob("r*_*.py")))  # type: ignore[index]


def newest() -> str:
    return known()[-1]


def prepare(connection: Connection) -> None:
    """Let no other process migrate meanwhile, and lift the statement timeout: a step may rewrite a large table."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ONE_AT_A_TIME})
