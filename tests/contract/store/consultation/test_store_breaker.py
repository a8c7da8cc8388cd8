"""What is due to a connection that rests stays due; one attempt tells when it is back, and then the rest goes in order.

All in virtual time: the clock of the database is set by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, update

from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.errors import PeerCannot, PeerForbids, PeerRefused, PeerUnavailable
from gateway.domain.peers.breaker import OPENS_AFTER, BreakerState
from gateway.domain.peers.delivery import Delivery, Outcome
from gateway.domain.peers.turns import Turns
from gateway.domain.peers.verdict import judged
from gateway.domain.scope import SystemScope
from gateway.store.consultation.outbox import SqlOutbox
from gateway.store.consultation.store import SqlConsultationStore
from gateway.store.consultation.tables_deliveries import delivery
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import transaction
from gateway.store.peers.health import SqlConnectionHealth
from tests.support import consultations as make

LEASE = timedelta(seconds=30)
NONE = timedelta(0)
AWAY = judged(PeerUnavailable("gp-one", "connecting"))
NEVER_SENT = judged(PeerCannot("gp-one", "task"))
FORBIDDEN = judged(PeerForbids("gp-one", "http-403", sent=True))
REFUSED = judged(PeerRefused("gp-one", "http-422"))


class Clock:
    def __init__(self) -> None:
        self.now = make.NOW

    def __call__(self, _: Connection) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def outbox(store_engine: Engine, clock: Clock) -> SqlOutbox:
    return SqlOutbox(store_engine, clock, lambda: 1.0)


@pytest.fixture
def health(store_engine: Engine, clock: Clock) -> SqlConnectionHealth:
    return SqlConnectionHealth(store_engine, clock)


@pytest.fixture
def store(store_engine: Engine, vault: Vault) -> SqlConsultationStore:
    return SqlConsultationStore(store_engine, vault)


def owe(store: SqlConsultationStore, engine: Engine, clock: Clock, count: int) -> list[Consultation]:
    """So many entries owed to one practice system, a second apart."""
    made = []
    for _ in range(count):
        clock.now += timedelta(seconds=1)
        made.append(store.commit(make.waiting()))
        with transaction(engine, SystemScope()) as connection:
            ours = update(delivery).where(delivery.c.consultation == made[-1].id)
            connection.execute(ours.values(created_at=clock.now, due_at=clock.now))
    return made


def begin(outbox: SqlOutbox, slots: int = 4) -> Sequence[Delivery]:
    return outbox.claim_lanes(LEASE, Turns(slots, slots).plan(outbox.lanes()))


def fail(outbox: SqlOutbox, taken: Delivery, outcome: Outcome = Outcome.NOT_DONE) -> None:
    assert outbox.settle(taken, outcome, pause=timedelta(seconds=4), fault=AWAY.code, verdict=AWAY)


def open_the_breaker(outbox: SqlOutbox, clock: Clock) -> None:
    for _ in range(OPENS_AFTER):
        fail(outbox, begin(outbox, 1)[0])
        clock.now += timedelta(seconds=5)


def test_with_the_breaker_open_nothing_is_claimed_by_any_way(
    outbox: SqlOutbox, store: SqlConsultationStore, store_engine: Engine, clock: Clock, health: SqlConnectionHealth
) -> None:
    owe(store, store_engine, clock, 8)
    rows = outbox.due()
    for _ in range(OPENS_AFTER):
        fail(outbox, begin(outbox, 1)[0])
        clock.now += timedelta(milliseconds=10)
    assert health.of("gp-one").breaker.state is BreakerState.OPEN
    assert (outbox.lanes(), outbox.due(), outbox.claim(LEASE), outbox.claim_new(LEASE, rows)) == ([], [], None, [])


def test_one_row_is_tried_and_its_outcome_decides(
    outbox: SqlOutbox, store: SqlConsultationStore, store_engine: Engine, clock: Clock, health: SqlConnectionHealth
) -> None:
    owe(store, store_engine, clock, 8)
    open_the_breaker(outbox, clock)
    lanes = outbox.lanes()
    assert [lane.resting for lane in lanes] == [True]
    [probe] = outbox.claim_lanes(LEASE, [(lanes[0], 9)])
    assert outbox.claim_lanes(LEASE, [(lanes[0], 9)]) == [] and outbox.lanes() == []
    fail(outbox, probe)
    assert health.of("gp-one").breaker.openings == 2 and outbox.lanes() == []
    clock.now += timedelta(seconds=5)
    [probe] = begin(outbox)
    assert outbox.settle(probe, Outcome.DONE, pause=NONE)
    assert health.of("gp-one").breaker.is_closed and len(begin(outbox, 16)) == 7


def test_the_rows_that_were_tried_meanwhile_keep_their_place(
    outbox: SqlOutbox, store: SqlConsultationStore, store_engine: Engine, clock: Clock
) -> None:
    owed = owe(store, store_engine, clock, 8)
    open_the_breaker(outbox, clock)
    clock.now += timedelta(minutes=10)
    for _ in range(20):
        for probe in begin(outbox, 1):
            fail(outbox, probe)
        clock.now += timedelta(minutes=1)
    probe = begin(outbox, 1)[0]
    assert outbox.settle(probe, Outcome.DONE, pause=NONE)
    after = [taken.consultation for taken in begin(outbox, 16)]
    assert after == [each.id for each in owed if each.id != probe.consultation]


def test_refused_is_an_answer_and_a_row_that_was_never_sent_says_nothing(
    outbox: SqlOutbox, store: SqlConsultationStore, store_engine: Engine, clock: Clock, health: SqlConnectionHealth
) -> None:
    owe(store, store_engine, clock, 8)
    for _ in range(OPENS_AFTER - 1):
        fail(outbox, begin(outbox, 1)[0])
        clock.now += timedelta(seconds=5)
    assert outbox.settle(begin(outbox, 1)[0], Outcome.REFUSED, pause=NONE, verdict=NEVER_SENT)
    assert health.of("gp-one").breaker.failures == OPENS_AFTER - 1
    assert outbox.settle(begin(outbox, 1)[0], Outcome.REFUSED, pause=NONE, verdict=REFUSED)
    assert health.of("gp-one").breaker.failures == 0


def test_what_is_forbidden_of_one_record_rests_no_connection_while_others_get_through(
    outbox: SqlOutbox, store: SqlConsultationStore, store_engine: Engine, clock: Clock, health: SqlConnectionHealth
) -> None:
    owe(store, store_engine, clock, 3 * OPENS_AFTER)
    for _ in range(OPENS_AFTER):
        forbidden, allowed = begin(outbox, 1)[0], begin(outbox, 1)[0]
        assert outbox.settle(forbidden, Outcome.TO_ASK, pause=timedelta(hours=1), verdict=FORBIDDEN)
        assert health.of("gp-one").breaker.is_closed
        assert outbox.settle(allowed, Outcome.DONE, pause=NONE)
    assert health.of("gp-one").failing_since is None


def test_where_everything_is_forbidden_the_connection_rests_and_says_so(
    outbox: SqlOutbox, store: SqlConsultationStore, store_engine: Engine, clock: Clock, health: SqlConnectionHealth
) -> None:
    owe(store, store_engine, clock, OPENS_AFTER)
    for taken in begin(outbox, 16):
        assert outbox.settle(taken, Outcome.TO_ASK, pause=timedelta(hours=1), verdict=FORBIDDEN)
    found = health.of("gp-one")
    assert (found.breaker.state, found.breaker.reason) == (BreakerState.OPEN, "http-403")
    assert found.failing_since is not None


@pytest.mark.parametrize("outcome", [Outcome.NOT_DONE, Outcome.UNKNOWN])
def test_after_72_hours_all_are_told_in_order_and_few_were_tried_meanwhile(
    outcome: Outcome, outbox: SqlOutbox, store: SqlConsultationStore, store_engine: Engine, clock: Clock
) -> None:
    owed = owe(store, store_engine, clock, 30)
    ends, tried = clock.now + timedelta(hours=72), 0
    while clock.now < ends:
        for taken in begin(outbox):
            fail(outbox, taken, outcome)
            tried += 1
        clock.now += timedelta(minutes=5)
    assert tried <= 72 * 12 + 4 * OPENS_AFTER, "one attempt at a time while it rests"
    told: list[Delivery] = []
    clock.now += timedelta(minutes=15)
    while len(told) < len(owed):
        taken_now = begin(outbox)
        assert taken_now and len(taken_now) <= 4, "the peer's limit"
        for taken in taken_now:
            assert outbox.settle(taken, Outcome.DONE, pause=NONE)
        told += taken_now
    assert len({taken.consultation for taken in told}) == len(owed) and outbox.lanes() == []
    if outcome is Outcome.NOT_DONE:
        order = [taken.consultation for taken in told[1:]]
        assert order == [each.id for each in owed if each.id != told[0].consultation]


def test_two_that_claim_at_once_share(
    outbox: SqlOutbox, store: SqlConsultationStore, store_engine: Engine, clock: Clock
) -> None:
    owe(store, store_engine, clock, 8)
    lanes = outbox.lanes()
    first = outbox.claim_lanes(LEASE, [(lanes[0], 5)])
    second = SqlOutbox(store_engine, clock).claim_lanes(LEASE, [(lanes[0], 5)])
    assert (len(first), len(second)) == (5, 3)
    assert not {one.id for one in first} & {one.id for one in second}
