"""A stage to be filled on either database, for the benches of what grows with what is stored."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection

from tests.support.databases import PostgresServer, shown
from tests.unit.web.acts.stage import Stage

DATABASES = ("sqlite", "postgresql")
# What is written is never needed after a crash, and each row's parents stand in the same batch.
UNGUARDED = {
    "sqlite": (
        "PRAGMA synchronous = OFF",
        "PRAGMA foreign_keys = OFF",
        "PRAGMA cache_size = -1000000",
        "PRAGMA wal_autocheckpoint = 20000",
    ),
    "postgresql": (
        "SET session_replication_role = replica",
        "SET synchronous_commit = off",
        "SET maintenance_work_mem = '512MB'",
    ),
}


def unguarded(url: URL) -> Engine:
    """An engine to fill with: no waiting for the disk, no look at foreign keys."""
    engine = create_engine(url)

    @event.listens_for(engine, "connect")
    def ease(raw: DBAPIConnection, _record: object) -> None:
        cursor = raw.cursor()
        for statement in UNGUARDED[engine.dialect.name]:
            cursor.execute(statement)
        raw.commit()

    return engine


@contextmanager
def stage_on(database: str) -> Iterator[tuple[Stage, Engine]]:
    """Empty, with an engine that may write to its tables directly. Gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="laegebro-bench-") as world:
        if database == "sqlite":
            stage = Stage(Path(world))
            yield stage, unguarded(stage.gateway.engine.url)
            return
        folder = Path(tempfile.mkdtemp(prefix="laegebro-bench-pg-"))  # the server's own user must be able to enter it
        server = PostgresServer(folder)
        try:
            url = server.fresh()
            yield Stage(Path(world), shown(url)), unguarded(server.admin.url.set(database=url.database))
        finally:
            server.stop()
            shutil.rmtree(folder, ignore_errors=True)
