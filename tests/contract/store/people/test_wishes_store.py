"""Wishes and faults: kept for their sender and her support, sealed, and nobody else's."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, select

from gateway.domain.errors import NotFound
from gateway.domain.scope import ClinicScope, SystemScope, TenantScope
from gateway.domain.wish import KEPT, Wish, WishKind, WishStatus, answered
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import transaction
from gateway.store.people.tables_wishes import wish as table
from gateway.store.people.wishes import SqlWishBook, new_wishes

NOW = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
OURS, THEIRS = (UUID(f"00000000-0000-7000-8000-00000000000{n}") for n in (1, 2))


@pytest.fixture
def book(store_engine: Engine) -> SqlWishBook:
    return SqlWishBook(store_engine, Vault.generate())


def sent(tenant: UUID | None, person: str = "mette", text: str = "Kanariefugl æøå", at: datetime = NOW) -> Wish:
    return Wish(uuid4(), tenant, person, WishKind.WISH, text, "nurse.show", "LB-4F7K-2", "1.0", at)


def test_the_newest_stands_first_and_comes_back_as_it_was_sent(book: SqlWishBook) -> None:
    first, second = sent(OURS), sent(OURS, at=NOW + timedelta(hours=1))
    for one in (first, second):
        book.keep(one)
    assert list(book.of_person(OURS, "mette")) == [second, first]
    assert book.find(OURS, first.id) == first


def test_another_person_organisation_and_a_clinic_see_nothing_of_it(book: SqlWishBook) -> None:
    mine = sent(OURS)
    book.keep(mine)
    assert [*book.of_person(OURS, "karen"), *book.of_person(THEIRS, "mette"), *book.of_person(None, "mette")] == []
    assert [*book.of_support(THEIRS), *book.of_support(None)] == []
    for other in (THEIRS, None):
        with pytest.raises(NotFound):
            book.find(other, mine.id)
        book.answer(replace(answered(mine, WishStatus.DECLINED, "Nej", NOW), tenant=other))
    assert book.find(OURS, mine.id) == mine


def test_the_database_itself_keeps_them_apart(book: SqlWishBook, store_engine: Engine) -> None:
    if store_engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no row-level security")
    for one in (sent(OURS), sent(None)):
        book.keep(one)
    for scope, seen in (
        (TenantScope(OURS), 1),
        (TenantScope(THEIRS), 0),
        (ClinicScope(OURS, ()), 0),
        (SystemScope(), 2),
    ):
        with transaction(store_engine, scope, read_only=True) as connection:
            assert len(connection.execute(select(table.c.id)).all()) == seen


def test_no_text_lies_open(book: SqlWishBook, store_engine: Engine) -> None:
    book.keep(sent(OURS))
    book.answer(answered(sent(OURS), WishStatus.PLANNED, "Kanariefugl", NOW))
    with transaction(store_engine, SystemScope(), read_only=True) as connection:
        row = connection.execute(select(table)).one()
    assert all(b"anarie" not in bytes(value) for value in (row.text, row.answer))


def test_what_nobody_has_looked_at_is_counted_until_somebody_decides(book: SqlWishBook, store_engine: Engine) -> None:
    mine, clinics = sent(OURS), sent(None)
    for one in (mine, clinics, sent(OURS)):
        book.keep(one)

    def counted() -> dict[UUID | None, int]:
        with transaction(store_engine, SystemScope(), read_only=True) as connection:
            return dict(new_wishes(connection))

    assert counted() == {OURS: 2, None: 1}
    book.answer(answered(mine, WishStatus.NOTED, "", NOW))
    assert counted() == {OURS: 1, None: 1}
    assert book.find(OURS, mine.id).status is WishStatus.NOTED


def test_after_two_years_they_are_gone(book: SqlWishBook) -> None:
    for at in (NOW, NOW + timedelta(days=1)):
        book.keep(sent(OURS, at=at))
    assert book.forget(NOW + KEPT + timedelta(hours=1)) == 1
    assert len(book.of_support(OURS)) == 1
