"""The hourly round: everything of a day, a page at a time, from where it stopped; differences stay until settled."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, select, update

from gateway.domain.errors import NotFound
from gateway.domain.peers.delivery import Outcome, Receipt
from gateway.domain.scope import SystemScope
from gateway.store.consultation.outbox import SqlOutbox
from gateway.store.consultation.store import SqlConsultationStore
from gateway.store.consultation.tables_deliveries import delivery
from gateway.store.ground import signing
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import db_now, transaction
from gateway.store.ground.tables_audit import audit
from gateway.store.watch.comparing import BACK, EVERY, SqlComparisons
from gateway.store.watch.tables import reconcile_cursor
from tests.support import consultations as make
from tests.support.repairing import SIGNED

LEASE = timedelta(minutes=5)
GP = "gp-one"


@pytest.fixture
def book(store_engine: Engine) -> SqlComparisons:
    return SqlComparisons(store_engine)


@pytest.fixture
def queued(store_engine: Engine, vault: Vault) -> list[UUID]:
    """Five entries that wait and were taken by their practice's system."""
    store, outbox = SqlConsultationStore(store_engine, vault), SqlOutbox(store_engine)
    ids = []
    for _ in range(5):
        store.commit(make.placed(make.draft(), connections=(GP,)))
        claimed = outbox.claim(LEASE)
        assert claimed is not None
        outbox.settle(claimed, Outcome.DONE, pause=timedelta(0), receipt=Receipt("Task/1", make.NOW))
        ids.append(claimed.id)
    return ids


def compare(book: SqlComparisons, limit: int = 2, what: str = "") -> list[UUID]:
    page = book.page(GP, limit)
    for one in page:
        book.compared(one, what)
    return [one.id for one in page]


def back(engine: Engine, by: timedelta) -> None:
    with transaction(engine, SystemScope()) as connection:
        now = db_now(connection)
        connection.execute(update(reconcile_cursor).values(round_began=now - by))


def test_a_round_takes_each_once_a_page_at_a_time(
    book: SqlComparisons, queued: list[UUID], store_engine: Engine
) -> None:
    assert [len(compare(book)) for _ in range(4)] == [2, 2, 1, 0]
    back(store_engine, EVERY)
    again = [*compare(book), *compare(SqlComparisons(store_engine)), *compare(book)]
    assert sorted(again) == sorted(queued), "another process goes on where the first one stopped"
    assert compare(book) == []


def test_rows_of_one_moment_are_all_taken(book: SqlComparisons, queued: list[UUID], store_engine: Engine) -> None:
    with transaction(store_engine, SystemScope()) as connection:
        connection.execute(update(delivery).values(sent_at=db_now(connection)))
    assert sorted([*compare(book), *compare(book), *compare(book)]) == sorted(queued)


def test_a_long_round_is_finished_before_another_begins(
    book: SqlComparisons, queued: list[UUID], store_engine: Engine
) -> None:
    first = compare(book)
    back(store_engine, 3 * EVERY)
    rest = [*compare(book), *compare(book)]
    assert sorted([*first, *rest]) == sorted(queued)


def test_what_is_older_than_a_day_or_waits_no_more_is_left_alone(
    book: SqlComparisons, queued: list[UUID], store_engine: Engine
) -> None:
    with transaction(store_engine, SystemScope()) as connection:
        old = db_now(connection) - BACK - timedelta(minutes=1)
        connection.execute(update(delivery).where(delivery.c.id == queued[0]).values(sent_at=old))
    assert sorted(compare(book, 9)) == sorted(queued[1:])


def test_a_difference_is_news_once_and_goes_when_the_peer_shows_it(book: SqlComparisons, queued: list[UUID]) -> None:
    one, *_ = book.page(GP, 1)
    assert book.compared(one, "not-in-the-queue") and not book.compared(one, "not-in-the-queue")
    assert [(d.delivery, d.what) for d in book.open()] == [(one.id, "not-in-the-queue")]
    assert book.compared(one, "") and book.open() == []
    assert book.compared(one, "not-in-the-queue"), "the same again is news again"


def test_a_person_settles_it_signed(book: SqlComparisons, queued: list[UUID], store_engine: Engine) -> None:
    one, *_ = book.page(GP, 1)
    book.compared(one, "not-in-the-queue")
    with pytest.raises(signing.NotSigned):
        book.settle(one.id)
    mine = SqlComparisons(signing.signed(store_engine, SIGNED))
    mine.settle(one.id)
    assert book.open() == []
    with pytest.raises(NotFound):
        mine.settle(one.id)
    with transaction(store_engine, SystemScope(), read_only=True) as connection:
        assert connection.execute(select(audit.c.what).where(audit.c.verb == "write")).scalars().all() == [
            f"{SIGNED.act} {one.id} not-in-the-queue"
        ]
