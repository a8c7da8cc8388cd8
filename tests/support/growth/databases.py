"""A stage to be filled on either database, for the benches of what grows with what is stored."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, create_engine

from tests.support.databases import PostgresServer, shown
from tests.unit.web.acts.stage import Stage

DATABASES = ("sqlite", "postgresql")


@contextmanager
def stage_on(database: str) -> Iterator[tuple[Stage, Engine | None]]:
    """Empty, with the engine that may write to its tables directly; None where the stage's own may. Gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="laegebro-bench-") as world:
        if database == "sqlite":
            yield Stage(Path(world)), None
            return
        folder = Path(tempfile.mkdtemp(prefix="laegebro-bench-pg-"))  # the server's own user must be able to enter it
        server = PostgresServer(folder)
        try:
            url = server.fresh()
            yield Stage(Path(world), shown(url)), create_engine(server.admin.url.set(database=url.database))
        finally:
            server.stop()
            shutil.rmtree(folder, ignore_errors=True)
