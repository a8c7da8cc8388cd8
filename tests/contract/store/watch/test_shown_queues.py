"""What a practice shows is held against ours: what has ended here and what nobody here knows are differences."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, update

from gateway.domain.consultation import queueing
from gateway.domain.peers.delivery import Outcome, Receipt
from gateway.domain.scope import SystemScope
from gateway.store.consultation.outbox import SqlOutbox
from gateway.store.consultation.store import SqlConsultationStore
from gateway.store.consultation.tables import queue_entry
from gateway.store.consultation.tables_deliveries import delivery
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import db_now, transaction
from gateway.store.watch.comparing import EVERY, SqlComparisons
from gateway.store.watch.shown import LATELY, STILL_SHOWN, UNKNOWN_HERE, SqlShownQueues
from gateway.store.watch.tables import reconcile_cursor
from tests.support import consultations as make

GP = "gp-one"


@pytest.fixture
def book(store_engine: Engine) -> SqlShownQueues:
    return SqlShownQueues(store_engine)


def deliver_all(engine: Engine) -> None:
    outbox = SqlOutbox(engine)
    while (claimed := outbox.claim(timedelta(minutes=5))) is not None:
        outbox.settle(claimed, Outcome.DONE, pause=timedelta(0), receipt=Receipt("Task/1", make.NOW))


def entry(engine: Engine, vault: Vault, *, ended: bool, told: bool = True) -> UUID:
    """An entry that the practice has taken, and of whose end it was told."""
    store = SqlConsultationStore(engine, vault)
    talk = store.commit(make.placed(make.draft(), connections=(GP,)))
    deliver_all(engine)
    if ended:
        store.commit(queueing.withdraw(talk, "solved", make.NOW, make.NURSE))
    if told:
        deliver_all(engine)
    return talk.entries[0].id


def long_ago(engine: Engine) -> None:
    """All that was told and has ended, before what is left alone."""
    with transaction(engine, SystemScope()) as connection:
        then = db_now(connection) - 2 * LATELY
        connection.execute(update(delivery).where(delivery.c.status == "done").values(sent_at=then))
        connection.execute(update(queue_entry).where(queue_entry.c.ended_at.is_not(None)).values(ended_at=then))


def whats(news: object) -> list[str]:
    assert isinstance(news, list)
    return [what for _, what in news]


def test_what_waits_here_and_there_is_no_difference(book: SqlShownQueues, store_engine: Engine, vault: Vault) -> None:
    waiting = entry(store_engine, vault, ended=False)
    long_ago(store_engine)
    assert book.shown(GP, [waiting]) == []


def test_what_has_ended_here_and_is_still_shown_is_told_once_and_settles_by_itself(
    book: SqlShownQueues, store_engine: Engine, vault: Vault
) -> None:
    ended = entry(store_engine, vault, ended=True)
    long_ago(store_engine)
    assert whats(book.shown(GP, [ended])) == [STILL_SHOWN]
    assert book.shown(GP, [ended]) == []
    (row,) = SqlComparisons(store_engine).open()
    assert (row.connection, row.what) == (GP, STILL_SHOWN) and row.short_id
    assert book.shown(GP, []) == [] and SqlComparisons(store_engine).open() == []


@pytest.mark.parametrize("told", [True, False], ids=["a moment ago", "not told yet"])
def test_an_end_that_may_still_be_on_its_way_is_no_difference(
    told: bool, book: SqlShownQueues, store_engine: Engine, vault: Vault
) -> None:
    ended = entry(store_engine, vault, ended=True, told=told)
    if not told:
        long_ago(store_engine)
    assert book.shown(GP, [ended]) == []


def test_an_entry_nobody_here_knows_is_a_row_of_its_own(book: SqlShownQueues, store_engine: Engine) -> None:
    strangers = [uuid4() for _ in range(3)]
    assert whats(book.shown(GP, strangers)) == [UNKNOWN_HERE] * 3
    rows = SqlComparisons(store_engine).open()
    assert {row.delivery for row in rows} == set(strangers) and {row.owed for row in rows} == {"entry"}
    assert book.shown(GP, strangers[1:]) == []
    assert len(SqlComparisons(store_engine).open()) == 2


def test_another_connections_differences_are_left_alone(book: SqlShownQueues, store_engine: Engine) -> None:
    book.shown(GP, [uuid4()])
    book.shown("gp-two", [])
    assert len(SqlComparisons(store_engine).open()) == 1


def test_a_queue_is_held_against_ours_once_an_hour(book: SqlShownQueues, store_engine: Engine) -> None:
    assert book.is_due(GP) and book.is_due(GP), "a peer that did not answer is asked again"
    book.shown(GP, [])
    assert not book.is_due(GP) and book.is_due("gp-two")
    with transaction(store_engine, SystemScope()) as connection:
        connection.execute(update(reconcile_cursor).values(listed_at=db_now(connection) - EVERY))
    assert book.is_due(GP)
