"""PostgreSQL's own walls, seen by a role that owns nothing (the server's own superuser would walk through them)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from sqlalchemy import Engine, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from gateway.domain.records import AuditRow
from gateway.domain.scope import ClinicScope, Scope, SystemScope, TenantScope
from gateway.store.consultation import tables
from gateway.store.consultation.outbox import SqlOutbox
from gateway.store.consultation.store import SqlConsultationStore
from gateway.store.consultation.tables_deliveries import delivery
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import transaction
from gateway.store.ground.schema import metadata
from gateway.store.ground.tables_audit import audit
from gateway.store.migrations.steps import import_tables
from tests.support import consultations as make

A, B = TenantScope(make.KOMMUNE_A), TenantScope(make.KOMMUNE_B)
CLINIC = ClinicScope(UUID(int=7), (make.PRACTICE,))


@pytest.fixture
def stranger(postgres_engine: Engine, vault: Vault, as_stranger: Callable[[Engine], Engine]) -> Iterator[Engine]:
    store = SqlConsultationStore(postgres_engine, vault)
    store.commit(make.waiting(make.KOMMUNE_A))
    store.commit(make.waiting(make.KOMMUNE_B, make.ELSEWHERE))
    engine = as_stranger(postgres_engine)
    yield engine
    engine.dispose()


OF_THE_TENANT_ALONE = ("consultation", "citizen_case", "responsibility")
SHARED = ("queue_entry", "consultation_event", "delivery")


def seen(engine: Engine, scope: Scope, *names: str) -> list[set[UUID]]:
    with transaction(engine, scope, read_only=True) as connection:
        return [set(connection.execute(select(metadata.tables[name].c.tenant)).scalars()) for name in names]


def test_each_scope_sees_its_rows_in_every_table(stranger: Engine) -> None:
    every = (*OF_THE_TENANT_ALONE, *SHARED)
    assert all(found == {make.KOMMUNE_A} for found in seen(stranger, A, *every))
    assert all(found == {make.KOMMUNE_B} for found in seen(stranger, B, *every))
    assert all(found == {make.KOMMUNE_A, make.KOMMUNE_B} for found in seen(stranger, SystemScope(), *every))
    assert all(found == {make.KOMMUNE_A} for found in seen(stranger, CLINIC, *SHARED))
    assert all(found == set() for found in seen(stranger, CLINIC, *OF_THE_TENANT_ALONE))


def test_no_table_shows_a_clinic_a_row_of_another_practice(stranger: Engine) -> None:
    import_tables()
    elsewhere = ClinicScope(UUID(int=8), (make.SECOND,))
    assert all(found == set() for found in seen(stranger, elsewhere, *protected()))


def test_whoever_says_no_scope_sees_and_writes_nothing(stranger: Engine) -> None:
    with stranger.begin() as connection:
        for table in protected():
            assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == 0
        assert connection.execute(update(tables.consultation).values(version=9)).rowcount == 0
    with pytest.raises(DBAPIError, match="row-level security"), stranger.begin() as connection:
        connection.execute(
            insert(tables.citizen_case).values(id=UUID(int=1), tenant=make.KOMMUNE_A, consultation=make.new_id())
        )


def protected() -> list[str]:
    import_tables()
    return [table.name for table in metadata.sorted_tables if "tenant" in table.c]


def test_every_table_with_a_tenant_is_forced(stranger: Engine) -> None:
    query = text("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
    with stranger.begin() as connection:
        assert set(protected()) <= set(connection.execute(query).scalars())


def test_nobody_writes_into_another_tenant(stranger: Engine) -> None:
    with transaction(stranger, SystemScope(), read_only=True) as connection:
        theirs = connection.execute(
            select(tables.consultation.c.id).where(tables.consultation.c.tenant == make.KOMMUNE_B)
        ).scalar_one()
    with pytest.raises(DBAPIError, match="row-level security"), transaction(stranger, A) as connection:
        connection.execute(
            insert(tables.citizen_case).values(id=UUID(int=1), tenant=make.KOMMUNE_B, consultation=theirs)
        )
    with transaction(stranger, A) as connection:
        assert (
            connection.execute(update(delivery).where(delivery.c.tenant == make.KOMMUNE_B).values(fault="x")).rowcount
            == 0
        )
    with transaction(stranger, CLINIC) as connection:
        assert connection.execute(update(tables.queue_entry).values(ord=9)).rowcount == 0


def test_the_whole_store_works_for_a_role_that_owns_nothing(stranger: Engine, vault: Vault) -> None:
    store = SqlConsultationStore(stranger, vault)
    committed = store.commit(make.waiting())
    assert store.load(A, committed.id) == committed
    assert len(SqlOutbox(stranger).due()) == 3


def test_history_is_never_rewritten(store_engine: Engine, vault: Vault) -> None:
    store = SqlConsultationStore(store_engine, vault)
    store.commit(make.waiting())
    store.record_audit(AuditRow(make.NOW, make.NURSE, "Org", "read", "queue"))
    for table in (audit, tables.consultation_event, tables.responsibility):
        with pytest.raises(DBAPIError, match="append-only"), transaction(store_engine, SystemScope()) as connection:
            connection.execute(update(table).values(consultation=make.new_id()))
    with pytest.raises(DBAPIError, match="append-only"), transaction(store_engine, SystemScope()) as connection:
        connection.execute(audit.delete())
