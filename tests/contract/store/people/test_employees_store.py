"""One employee per organisation, whichever door she came through."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, func, select

from gateway.domain.errors import NotFound
from gateway.domain.scope import SystemScope, TenantScope
from gateway.domain.session import Grant
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import transaction
from gateway.store.people.employees import SqlEmployeeBook
from gateway.store.people.tables import employee

NOW = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
TENANT = UUID("00000000-0000-7000-8000-000000000001")
OTHER = UUID("00000000-0000-7000-8000-000000000002")
GRANT = Grant("sub-canary", "Canary Name", "nurse", "Fjord", True, "fjord-oidc", "AUT-CANARY")


@pytest.fixture
def book(store_engine: Engine) -> SqlEmployeeBook:
    return SqlEmployeeBook(store_engine, Vault.generate())


def rows(engine: Engine) -> int:
    with transaction(engine, SystemScope(), read_only=True) as connection:
        return connection.execute(select(func.count()).select_from(employee)).scalar_one()


def test_she_is_the_same_through_every_door_and_another_elsewhere(book: SqlEmployeeBook) -> None:
    first = book.recognise(TENANT, GRANT, NOW)
    assert book.recognise(TENANT, replace(GRANT, connection="nexus-smart", name=""), NOW) == first
    assert book.recognise(OTHER, GRANT, NOW) != first
    assert book.recognise(TENANT, replace(GRANT, subject="another"), NOW) != first


def test_a_door_that_knows_less_erases_nothing(book: SqlEmployeeBook) -> None:
    id = book.recognise(TENANT, GRANT, NOW)
    book.recognise(TENANT, replace(GRANT, name="", authorisation="", role=""), NOW)
    assert (book.name(TENANT, id), book.authorisation(TENANT, id)) == ("Canary Name", "AUT-CANARY")
    book.recognise(TENANT, replace(GRANT, name="Married Name"), NOW)
    assert book.name(TENANT, id) == "Married Name"


def test_sixteen_first_logins_at_once_are_one_employee(book: SqlEmployeeBook, store_engine: Engine) -> None:
    with ThreadPoolExecutor(16) as pool:
        ids = set(pool.map(lambda _: book.recognise(TENANT, GRANT, NOW), range(16)))
    assert len(ids) == 1
    assert rows(store_engine) == 1


def test_the_workstation_is_remembered_through_the_next_login(book: SqlEmployeeBook) -> None:
    id = book.recognise(TENANT, GRANT, NOW)
    assert book.workstation(TENANT, id) == {}
    book.remember_workstation(TENANT, id, {"role": "Sygeplejerske", "phone": "99001014"})
    book.recognise(TENANT, GRANT, NOW)
    assert book.workstation(TENANT, id) == {"role": "Sygeplejerske", "phone": "99001014"}


def test_another_tenant_sees_nothing_of_her(book: SqlEmployeeBook) -> None:
    id = book.recognise(TENANT, GRANT, NOW)
    book.remember_workstation(TENANT, id, {"phone": "99001014"})
    assert book.workstation(OTHER, id) == {}
    assert book.name(OTHER, id) == ""
    with pytest.raises(NotFound):
        book.remember_workstation(OTHER, id, {})
    with pytest.raises(NotFound):
        book.remember_workstation(TENANT, str(uuid4()), {})


def test_the_database_itself_keeps_tenants_apart(book: SqlEmployeeBook, store_engine: Engine) -> None:
    if store_engine.dialect.name != "postgresql":
        pytest.skip("row-level security is PostgreSQL's")
    book.recognise(TENANT, GRANT, NOW)
    with transaction(store_engine, TenantScope(OTHER), read_only=True) as connection:
        assert connection.execute(select(employee)).all() == []
    with transaction(store_engine, TenantScope(TENANT), read_only=True) as connection:
        assert len(connection.execute(select(employee)).all()) == 1


def test_no_name_authorisation_or_subject_lies_in_clear(book: SqlEmployeeBook, store_engine: Engine) -> None:
    id = book.recognise(TENANT, GRANT, NOW)
    book.remember_workstation(TENANT, id, {"phone": "canary-phone"})
    with transaction(store_engine, SystemScope(), read_only=True) as connection:
        written = repr(connection.execute(select(employee)).all())
    assert "canary" not in written.lower()
