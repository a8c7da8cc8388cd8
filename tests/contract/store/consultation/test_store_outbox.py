"""Debts to other systems: claimed by one, settled once, never lost and never sent blindly again."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, insert, select, update

from gateway.domain.consultation import queueing, ringing
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.peers.delivery import Delivery, Outcome, Receipt, delivery_key
from gateway.domain.scope import ClinicScope, SystemScope, TenantScope
from gateway.store.consultation.outbox import SqlOutbox
from gateway.store.consultation.store import SqlConsultationStore
from gateway.store.consultation.tables_deliveries import delivery, delivery_attempt
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import transaction
from gateway.store.peers.connections import SqlConnectionBook, Stanza
from tests.support import consultations as make
from tests.support.repairing import repairs

A = TenantScope(make.KOMMUNE_A)
LEASE = timedelta(minutes=5)
EXPIRED = timedelta(seconds=-1)  # a lease that has run out when it is given
NONE = timedelta(0)


@pytest.fixture
def outbox(store_engine: Engine) -> SqlOutbox:
    return SqlOutbox(store_engine)


@pytest.fixture
def store(store_engine: Engine, vault: Vault) -> SqlConsultationStore:
    return SqlConsultationStore(store_engine, vault)


@pytest.fixture
def owed(store: SqlConsultationStore) -> Consultation:
    return store.commit(make.waiting())


def row_of(store: SqlConsultationStore, owed: Consultation) -> object:
    return store.deliveries_of(A, owed.id)[0]


def claimed(outbox: SqlOutbox, lease: timedelta = LEASE) -> Delivery:
    found = outbox.claim(lease)
    assert found is not None
    return found


def test_a_claim_counts_the_attempt_and_keeps_others_away(
    outbox: SqlOutbox, store: SqlConsultationStore, owed: Consultation
) -> None:
    assert len(outbox.due()) == 1
    mine = claimed(outbox)
    assert (mine.attempt, mine.unknown, mine.consultation, mine.tenant) == (1, False, owed.id, make.KOMMUNE_A)
    assert mine.key == delivery_key(owed.id, mine.kind, owed.entries[0].id, 1)
    assert outbox.claim(LEASE) is None and outbox.claim(LEASE, mine.id) is None and outbox.due() == []
    assert store.deliveries_of(A, owed.id)[0].attempts == 1


def test_done_is_done_with_the_peers_own_words(
    outbox: SqlOutbox, store: SqlConsultationStore, owed: Consultation
) -> None:
    receipt = Receipt("Task/77", datetime(2026, 11, 23, 8, 31, tzinfo=UTC))
    assert outbox.settle(claimed(outbox), Outcome.DONE, pause=NONE, receipt=receipt)
    row = store.deliveries_of(A, owed.id)[0]
    assert (row.status, row.receipt, row.unknown) == ("done", receipt, False) and row.sent_at is not None
    assert outbox.due() == []


def test_a_filed_receipt_keeps_what_the_earlier_one_said(
    outbox: SqlOutbox, store: SqlConsultationStore, owed: Consultation
) -> None:
    received = Receipt("Task/77", make.NOW)
    outbox.settle(claimed(outbox), Outcome.NOT_DONE, pause=NONE, receipt=received)
    again = claimed(outbox)
    assert again.receipt == received
    outbox.settle(again, Outcome.DONE, pause=NONE, receipt=Receipt(filed_at=make.NOW))
    assert store.deliveries_of(A, owed.id)[0].receipt == replace(received, filed_at=make.NOW)


def test_a_late_owner_changes_nothing(outbox: SqlOutbox, store: SqlConsultationStore, owed: Consultation) -> None:
    late = claimed(outbox, EXPIRED)
    present = claimed(outbox)
    assert present.unknown and present.attempt == 2 and present.lease != late.lease
    assert not outbox.settle(late, Outcome.REFUSED, pause=NONE, fault="late")
    assert outbox.settle(present, Outcome.DONE, pause=NONE)
    assert not outbox.settle(present, Outcome.REFUSED, pause=NONE)
    assert store.deliveries_of(A, owed.id)[0].status == "done"


def test_unknown_waits_out_the_quiet_pause_and_stays_marked(
    outbox: SqlOutbox, store_engine: Engine, store: SqlConsultationStore, owed: Consultation
) -> None:
    outbox.settle(claimed(outbox), Outcome.UNKNOWN, pause=timedelta(minutes=2), fault="timeout")
    assert outbox.claim(LEASE) is None and outbox.due() == []
    row = store.deliveries_of(A, owed.id)[0]
    assert (row.status, row.unknown, row.fault) == ("due", True, "timeout") and row.sent_at is not None
    repairs(store_engine).replay(row.id)
    again = claimed(outbox)
    assert again.unknown
    outbox.settle(again, Outcome.NOT_DONE, pause=NONE)
    assert claimed(outbox).unknown  # the first attempt may still have taken effect


def test_a_peers_long_words_do_not_lose_the_outcome(
    outbox: SqlOutbox, store: SqlConsultationStore, owed: Consultation
) -> None:
    receipt = Receipt("Task/" + "7" * 5000)
    assert outbox.settle(claimed(outbox), Outcome.REFUSED, pause=NONE, receipt=receipt, fault="4" * 5000)
    row = store.deliveries_of(A, owed.id)[0]
    assert (row.status, row.receipt.reference, row.fault) == ("stuck", receipt.reference, "4" * 5000)


def test_not_done_is_not_marked_as_sent(outbox: SqlOutbox, store: SqlConsultationStore, owed: Consultation) -> None:
    outbox.settle(claimed(outbox), Outcome.NOT_DONE, pause=NONE, fault="connecting")
    row = store.deliveries_of(A, owed.id)[0]
    assert (row.status, row.unknown, row.sent_at) == ("due", False, None)


def test_a_refusal_stops_at_once_until_an_operator_replays_the_same_row(
    outbox: SqlOutbox, store_engine: Engine, store: SqlConsultationStore, owed: Consultation
) -> None:
    first = claimed(outbox)
    outbox.settle(first, Outcome.REFUSED, pause=NONE, fault="422")
    row = store.deliveries_of(A, owed.id)[0]
    assert (row.status, row.fault) == ("stuck", "422") and outbox.claim(LEASE) is None
    repairs(store_engine).replay(row.id)
    again = claimed(outbox)
    assert (again.id, again.attempt, again.key) == (first.id, 2, first.key)


def test_what_is_said_about_one_entry_keeps_its_order(
    outbox: SqlOutbox, store: SqlConsultationStore, owed: Consultation
) -> None:
    store.commit(queueing.correct_reason(owed, "En rettet begrundelse", make.NOW, make.NURSE))
    enqueue = claimed(outbox)
    assert enqueue.version == 1 and outbox.claim(LEASE) is None and outbox.due() == []
    outbox.settle(enqueue, Outcome.DONE, pause=NONE)
    assert claimed(outbox).version == 2


def test_every_connection_is_told_on_its_own(outbox: SqlOutbox, store: SqlConsultationStore) -> None:
    store.commit(make.placed(make.draft(), connections=("gp-one", "gp-two")))
    assert {claimed(outbox).connection, claimed(outbox).connection} == {"gp-one", "gp-two"}


def test_d15_a_paused_connection_keeps_its_rows_due(
    outbox: SqlOutbox, store_engine: Engine, store: SqlConsultationStore, owed: Consultation
) -> None:
    book = SqlConnectionBook(store_engine)
    book.apply(Stanza("gp-one", "gp_system", "fhir_r4", None, {}), "op", "test", make.NOW)
    book.pause("gp-one", "op", "maintenance", make.NOW)
    assert outbox.claim(LEASE) is None and outbox.due() == []
    assert store.deliveries_of(A, owed.id)[0].status == "due"
    book.resume("gp-one", "op", "over", make.NOW)
    claimed(outbox)
    with transaction(store_engine, SystemScope(), read_only=True) as connection:
        assert connection.execute(select(delivery_attempt.c.connection_revision)).scalar_one() == 3


def test_due_can_ask_for_what_nobody_came_for(outbox: SqlOutbox, store_engine: Engine, owed: Consultation) -> None:
    assert outbox.due(older_than=timedelta(hours=1)) == []
    with transaction(store_engine, SystemScope()) as connection:
        connection.execute(update(delivery).values(due_at=datetime.now(UTC) - timedelta(hours=2)))
    assert len(outbox.due(older_than=timedelta(hours=1))) == 1


def test_the_timeline_tells_every_attempt(outbox: SqlOutbox, store: SqlConsultationStore, owed: Consultation) -> None:
    claimed(outbox, EXPIRED)
    outbox.settle(claimed(outbox), Outcome.REFUSED, pause=NONE, fault="422")
    clinic = ClinicScope(UUID(int=7), (make.PRACTICE,))
    for scope in (A, clinic):
        lines = [line.detail for line in store.timeline(scope, owed.id) if line.kind == "delivery-attempted"]
        assert [(line["attempt"], line["outcome"]) for line in lines] == [("1", "lost"), ("2", "refused")]


def test_sixteen_workers_never_hold_the_same_row(outbox: SqlOutbox, store: SqlConsultationStore) -> None:
    for _ in range(12):
        store.commit(make.waiting())
    taken: list[UUID] = []

    def work() -> None:
        while (mine := outbox.claim(LEASE)) is not None:
            taken.append(mine.id)
            assert outbox.settle(mine, Outcome.DONE, pause=NONE)

    workers = [threading.Thread(target=work) for _ in range(16)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    while (left := outbox.claim(LEASE)) is not None:  # a worker may pass over rows another was just claiming
        taken.append(left.id)
    assert len(taken) == len(set(taken)) == 12


def test_an_attempt_row_needs_its_delivery(store_engine: Engine, owed: Consultation) -> None:
    orphan = {"delivery": UUID(int=5), "number": 1, "tenant": owed.tenant, "consultation": owed.id}
    with pytest.raises(Exception, match=r"(?i)foreign key"), transaction(store_engine, SystemScope()) as connection:
        connection.execute(insert(delivery_attempt).values(orphan | {"started_at": make.NOW}))


def test_what_was_sent_there_and_has_not_ended_stands_there(outbox: SqlOutbox, store: SqlConsultationStore) -> None:
    """Also what may have been sent, and what was taken; nothing that is still to be sent, has ended or is another's."""
    sent, unknown, taken, ended = (store.commit(make.waiting()) for _ in range(4))
    outcomes = {sent.id: Outcome.DONE, unknown.id: Outcome.UNKNOWN, taken.id: Outcome.DONE, ended.id: Outcome.DONE}
    for _ in outcomes:
        row = claimed(outbox)
        receipt = Receipt("Task/1") if outcomes[row.consultation] is Outcome.DONE else None
        outbox.settle(row, outcomes[row.consultation], pause=LEASE, receipt=receipt)
    store.commit(ringing.accept(store.load(A, taken.id), make.NOW, make.DOCTOR))
    store.commit(queueing.withdraw(store.load(A, ended.id), "solved", make.NOW, make.NURSE))
    store.commit(make.waiting())  # not sent yet
    connection = sent.entries[0].connections[0]
    standing = [each.entries[0].id for each in (sent, unknown, taken)]
    assert sorted(outbox.standing(connection)) == sorted(standing)
    assert outbox.standing("another") == []
