"""A dump: everything that is there but consultations' own keys and what lives for minutes or hours.

On SQLite it is made here; on PostgreSQL by ``pg_dump`` with ``--exclude-table-data`` for the same tables.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy import Engine

from gateway.domain.errors import ConfigFault
from gateway.store.ground.engine import one_look

# The keys are copied apart (key_copies.py); one-time secrets and sessions may hold what names a citizen.
LEFT_OUT = ("consultation_key", "onetime", "session", "return_code")


def write_dump(engine: Engine, to: Path) -> None:
    """A whole SQLite database in a file that its owner alone may read; one that is there is not written over."""
    if engine.dialect.name != "sqlite":
        raise ConfigFault(f"PostgreSQL's own program makes its dumps: {' '.join(pg_dump_options())}")
    if to.exists():
        raise ConfigFault("--to: is there already")
    part = to.with_name(to.name + ".part")
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with one_look(engine) as connection:
            connection.exec_driver_sql("VACUUM INTO ?", (str(part),))
        _leave_out(part)
        part.rename(to)
    except OSError as fault:
        raise ConfigFault(f"--to: cannot be written ({fault.strerror})") from fault
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def pg_dump_options() -> list[str]:
    """What ``pg_dump`` is told besides whose database and which file."""
    return ["pg_dump", "--format=custom", *(f"--exclude-table-data={table}" for table in LEFT_OUT)]


def _leave_out(part: Path) -> None:
    """No journal, and zeroes where the rows were: nothing of them stays on the disk."""
    with closing(sqlite3.connect(part, isolation_level=None)) as connection:
        for pragma in ("journal_mode=MEMORY", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")
        for table in LEFT_OUT:
            connection.execute(f"DELETE FROM {table}")  # noqa: S608 - names of our own tables
