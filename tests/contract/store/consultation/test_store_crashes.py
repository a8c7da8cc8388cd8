"""A crash blames the process, not the row: only what a row did to its own attempt is counted against it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine, update

from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.peers.delivery import POISON_AFTER, Delivery, Outcome
from gateway.domain.scope import SystemScope, TenantScope
from gateway.store.consultation.outbox import POISON, SqlOutbox
from gateway.store.consultation.store import SqlConsultationStore
from gateway.store.consultation.tables_deliveries import delivery
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import db_now, transaction
from tests.support import consultations as make
from tests.support.repairing import repairs

A = TenantScope(make.KOMMUNE_A)
LEASE = timedelta(minutes=5)
EXPIRED = timedelta(seconds=-1)
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


def claimed(found: Delivery | None) -> Delivery:
    assert found is not None
    return found


def due_again(engine: Engine) -> None:
    with transaction(engine, SystemScope()) as connection:
        connection.execute(update(delivery).values(due_at=db_now(connection)))


def in_company(outbox: SqlOutbox, lease: timedelta = LEASE) -> list[Delivery]:
    return list(outbox.claim_lanes(lease, [(lane, 5) for lane in outbox.lanes()]))


def test_leases_lost_a_hundred_times_set_no_row_aside(
    outbox: SqlOutbox, store: SqlConsultationStore, owed: Consultation
) -> None:
    for _ in range(100):
        claimed(outbox.claim(EXPIRED))
    row = store.deliveries_of(A, owed.id)[0]
    assert (row.status, row.attempts, row.unknown) == ("due", 100, True)
    assert outbox.settle(claimed(outbox.claim(LEASE)), Outcome.DONE, pause=NONE)


def test_after_two_lost_leases_a_row_is_attempted_alone_and_an_outcome_brings_it_back(
    outbox: SqlOutbox, owed: Consultation
) -> None:
    for _ in range(3):
        assert outbox.claim_alone(LEASE) is None
        assert len(in_company(outbox, EXPIRED)) == 1
    assert in_company(outbox) == [] and outbox.claim_new(LEASE, outbox.due()) == []
    alone = claimed(outbox.claim_alone(LEASE))
    assert outbox.claim_alone(LEASE) is None and outbox.hold(alone.id, alone.lease, LEASE) == alone
    assert outbox.settle(alone, Outcome.NOT_DONE, pause=NONE)
    assert outbox.hold(alone.id, alone.lease, LEASE) is None and outbox.claim_alone(LEASE) is None
    assert len(in_company(outbox)) == 1


def test_a_rows_own_crashes_set_it_aside_and_only_when_it_was_alone(
    outbox: SqlOutbox, store_engine: Engine, store: SqlConsultationStore, owed: Consultation
) -> None:
    assert not outbox.crashed(in_company(outbox)[0], alone=False)
    for number in range(1, POISON_AFTER):
        due_again(store_engine)
        assert in_company(outbox) == [], "it takes no other with it a second time"
        assert outbox.crashed(claimed(outbox.claim_alone(LEASE)), alone=True) is (number == POISON_AFTER - 1)
    row = store.deliveries_of(A, owed.id)[0]
    assert (row.status, row.fault, row.unknown) == ("stuck", POISON, True)
    repairs(store_engine).replay(row.id)
    assert len(in_company(outbox)) == 1


def test_crashes_in_company_never_set_a_row_aside(outbox: SqlOutbox, store_engine: Engine, owed: Consultation) -> None:
    for _ in range(3 * POISON_AFTER):
        assert not outbox.crashed(claimed(outbox.claim(LEASE)), alone=False)
        due_again(store_engine)


def test_a_crash_of_an_owner_whose_lease_is_gone_counts_for_nothing(outbox: SqlOutbox, owed: Consultation) -> None:
    late = claimed(outbox.claim(EXPIRED))
    present = claimed(outbox.claim(LEASE))
    assert not outbox.crashed(late, alone=True)
    assert outbox.settle(present, Outcome.DONE, pause=NONE)


def test_an_outcome_between_crashes_starts_the_count_again(
    outbox: SqlOutbox, store_engine: Engine, owed: Consultation
) -> None:
    for _ in range(POISON_AFTER):
        outbox.crashed(claimed(outbox.claim(LEASE)), alone=True)
        due_again(store_engine)
        assert outbox.settle(claimed(outbox.claim(LEASE)), Outcome.NOT_DONE, pause=NONE)
    assert len(in_company(outbox)) == 1


def test_the_timeline_tells_lost_and_crashed_apart(
    outbox: SqlOutbox, store: SqlConsultationStore, owed: Consultation
) -> None:
    claimed(outbox.claim(EXPIRED))
    outbox.crashed(claimed(outbox.claim(LEASE)), alone=False)
    lines = [line.detail for line in store.timeline(A, owed.id) if line.kind == "delivery-attempted"]
    assert [line["outcome"] for line in lines] == ["lost", "crashed"]
