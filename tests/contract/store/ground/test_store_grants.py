"""The database's roles: each may do what its part of the work needs, and the rows that are kept for good only grow."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, make_url, text
from sqlalchemy.exc import ProgrammingError

from gateway.domain.scope import SystemScope
from gateway.store.ground import grants
from gateway.store.ground.engine import open_engine, transaction
from gateway.store.ground.guards import APPEND_ONLY
from gateway.store.ground.schema import metadata
from gateway.store.migrations.steps import import_tables, upgrade
from tests.support.databases import OWNER, PostgresServer, shown

KINDS = (grants.WEB, grants.WORKER, grants.READER)


@pytest.fixture(scope="module")
def upgraded(postgres_server: PostgresServer) -> Iterator[str]:
    """The address of a database that ``laegebro upgrade`` has made, with all three roles; without a user in it."""
    for kind in (grants.WORKER, grants.READER):
        postgres_server.run(
            f"DO $$ BEGIN CREATE ROLE {OWNER}_{kind} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$"
        )
    url = postgres_server.empty()
    engine = open_engine(shown(url))
    assert upgrade(engine) == sorted(f"{OWNER}_{kind}" for kind in KINDS)
    assert upgrade(engine) == sorted(f"{OWNER}_{kind}" for kind in KINDS), "it can be run again"
    engine.dispose()
    yield shown(url)
    postgres_server.drop(url)


def as_role(url: str, kind: str) -> Engine:
    return open_engine(shown(make_url(url).set(username=f"{OWNER}_{kind}")))


def held(url: str, kind: str) -> dict[str, set[str]]:
    """Rights by table, as the server has them."""
    query = text("SELECT table_name, privilege_type FROM information_schema.role_table_grants WHERE grantee = :role")
    engine = open_engine(url)
    with engine.connect() as connection:
        rows = connection.execute(query, {"role": f"{OWNER}_{kind}"}).all()
    engine.dispose()
    found: dict[str, set[str]] = {}
    for table, right in rows:
        found.setdefault(table, set()).add(right)
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_every_table_is_granted_as_the_module_says(upgraded: str, kind: str) -> None:
    import_tables()
    tables = [*metadata.tables, grants.VERSION]
    assert held(upgraded, kind) == {t: set(grants.rights_of(kind, t).split(", ")) for t in tables}


@pytest.mark.parametrize("kind", [grants.WEB, grants.WORKER])
@pytest.mark.parametrize("table", APPEND_ONLY)
def test_what_is_kept_for_good_cannot_be_rewritten(upgraded: str, kind: str, table: str) -> None:
    assert "UPDATE" not in held(upgraded, kind)[table]
    assert ("DELETE" in held(upgraded, kind)[table]) is (kind == grants.WORKER and table in ("audit", "log_review"))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("statement", ["DROP TABLE employee", "CREATE TABLE mine (id int)", "TRUNCATE audit"])
def test_none_of_them_changes_the_schema(upgraded: str, kind: str, statement: str) -> None:
    engine = as_role(upgraded, kind)
    with pytest.raises(ProgrammingError), engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_a_reader_writes_nothing(upgraded: str) -> None:
    engine = as_role(upgraded, grants.READER)
    with pytest.raises(ProgrammingError), transaction(engine, SystemScope()) as connection:
        connection.execute(text("DELETE FROM employee"))
    engine.dispose()
