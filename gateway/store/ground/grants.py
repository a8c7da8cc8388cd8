"""Which database role may do what. The owner of the tables migrates and grants; the others are told apart by the end
of their names: ``<owner>_web``, ``<owner>_worker``, ``<owner>_reader``. Row-level security (guards.py) holds for all.

What is kept for good (audit, events, history) is added to and read, and its rows end by age alone, in the worker.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, MetaData, text

from gateway.store.ground.guards import APPEND_ONLY, NEVER_DELETED

WEB, WORKER, READER = "web", "worker", "reader"
_ALL, _GROWING, _READ = "SELECT, INSERT, UPDATE, DELETE", "SELECT, INSERT", "SELECT"
_ENDING = "SELECT, INSERT, DELETE"
VERSION = "alembic_version"


def rights_of(kind: str, table: str) -> str:
    """What the role of that kind may do with the table."""
    if kind == READER or table == VERSION:
        return _READ
    if table not in APPEND_ONLY:
        return _ALL
    return _ENDING if kind == WORKER and table not in NEVER_DELETED else _GROWING


def statements(owner: str, roles: Iterable[str], metadata: MetaData) -> Iterator[str]:
    """Everything that was granted before is taken back first; safe to run again."""
    tables = [*sorted(table.name for table in metadata.sorted_tables), VERSION]
    for role in roles:
        kind = role.removeprefix(f"{owner}_")
        yield f"GRANT USAGE ON SCHEMA public TO {role}"
        yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}"
        yield from (f"GRANT {rights_of(kind, table)} ON {table} TO {role}" for table in tables)
        if kind != READER:
            yield f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}"


def grant(connection: Connection, metadata: MetaData) -> list[str]:
    """To those of the three roles that exist; their names. Nothing on SQLite."""
    if connection.dialect.name != "postgresql":
        return []
    owner = connection.execute(text("SELECT current_user")).scalar_one()
    wanted = [f"{owner}_{kind}" for kind in (WEB, WORKER, READER)]
    query = text("SELECT rolname FROM pg_roles WHERE rolname = ANY (:wanted) ORDER BY rolname")
    roles = list(connection.execute(query, {"wanted": wanted}).scalars())
    for statement in statements(owner, roles, metadata):
        connection.exec_driver_sql(statement)
    return roles
