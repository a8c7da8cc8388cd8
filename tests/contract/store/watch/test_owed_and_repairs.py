"""What is owed is listed by connection and cause without a person; what a person does about it is signed, and the row
stays the same row."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, select, update

from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.errors import NotFound, TransitionRefused
from gateway.domain.peers.delivery import Delivery, DeliveryStatus, Outcome, Receipt
from gateway.domain.peers.owed import Choice, Standing
from gateway.domain.scope import SystemScope, TenantScope
from gateway.store.consultation.outbox import SqlOutbox
from gateway.store.consultation.store import SqlConsultationStore
from gateway.store.consultation.tables_deliveries import delivery
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import transaction
from gateway.store.ground.signing import NotSigned
from gateway.store.ground.tables_audit import audit
from gateway.store.peers.connections import SqlConnectionBook, Stanza
from gateway.store.watch.owed import SqlOwedBook
from gateway.store.watch.repairs import SqlRepairs
from tests.support import consultations as make
from tests.support.repairing import SIGNED, repairs

A = TenantScope(make.KOMMUNE_A)
NONE, LEASE, LONG = timedelta(0), timedelta(minutes=5), timedelta(hours=1)


@pytest.fixture
def outbox(store_engine: Engine) -> SqlOutbox:
    return SqlOutbox(store_engine)


@pytest.fixture
def store(store_engine: Engine, vault: Vault) -> SqlConsultationStore:
    return SqlConsultationStore(store_engine, vault)


@pytest.fixture
def owed(store_engine: Engine) -> SqlOwedBook:
    return SqlOwedBook(store_engine)


def owe(store: SqlConsultationStore, connection: str = "gp-one") -> Consultation:
    return store.commit(make.placed(make.draft(), connections=(connection,)))


def end(outbox: SqlOutbox, consultation: Consultation, outcome: Outcome, fault: str, pause: timedelta = LONG) -> UUID:
    """Attempt that consultation's delivery, with that end."""
    claimed = next(one for one in iter(lambda: outbox.claim(LEASE), None) if one.consultation == consultation.id)
    outbox.settle(claimed, outcome, pause=pause, fault=fault)
    return claimed.id


@pytest.fixture
def mixed(store: SqlConsultationStore, outbox: SqlOutbox, store_engine: Engine) -> dict[str, UUID]:
    """One delivery of each standing, and a second stuck one."""
    ids = {"stuck": end(outbox, owe(store), Outcome.REFUSED, "http-422")}
    ids["stuck too"] = end(outbox, owe(store), Outcome.REFUSED, "http-422")
    ids["unknown"] = end(outbox, owe(store), Outcome.UNKNOWN, "unavailable: sending")
    ids["due"] = end(outbox, owe(store), Outcome.NOT_DONE, "http-423")
    paused = owe(store, "gp-paused")
    book = SqlConnectionBook(store_engine)
    book.apply(Stanza("gp-paused", "gp_system", "fhir_r4", None, {}), "op", "test", make.NOW)
    book.pause("gp-paused", "op", "maintenance", make.NOW)
    with transaction(store_engine, SystemScope()) as connection:
        mine = select(delivery.c.id).where(delivery.c.consultation == paused.id)
        ids["waiting"] = connection.execute(mine).scalar_one()
    return ids


def test_what_is_owed_is_grouped_by_connection_and_cause_the_doubtful_first(
    owed: SqlOwedBook, mixed: dict[str, UUID], store: SqlConsultationStore, outbox: SqlOutbox
) -> None:
    done = owe(store)
    end(outbox, done, Outcome.DONE, "")
    assert [(g.standing, g.connection, g.cause, g.count) for g in owed.groups()] == [
        (Standing.UNKNOWN, "gp-one", "unavailable: sending", 1),
        (Standing.STUCK, "gp-one", "http-422", 2),
        (Standing.WAITING, "gp-paused", "paused", 1),
        (Standing.DUE, "gp-one", "http-423", 1),
    ]


def test_rows_are_chosen_by_any_of_these(owed: SqlOwedBook, mixed: dict[str, UUID]) -> None:
    chosen = {
        Choice(): set(mixed.values()),
        Choice(connection="gp-paused"): {mixed["waiting"]},
        Choice(standing=Standing.STUCK): {mixed["stuck"], mixed["stuck too"]},
        Choice(cause="unavailable: sending"): {mixed["unknown"]},
        Choice(kind="note"): set(),
        Choice(connection="gp-one", standing=Standing.DUE): {mixed["due"]},
    }
    for choice, ids in chosen.items():
        assert {row.id for row in owed.rows(choice)} == ids, choice
    assert len(owed.rows(Choice(), limit=2)) == 2


def test_nothing_in_a_row_is_about_a_person(owed: SqlOwedBook, mixed: dict[str, UUID]) -> None:
    said = repr([owed.rows(Choice()), owed.groups(), *(owed.attempts(id) for id in mixed.values())])
    for number, name in make.CITIZENS:
        assert number not in said and name not in said
    assert make.NURSE.name not in said and make.REASON not in said


def test_the_attempts_of_a_row_are_told(owed: SqlOwedBook, mixed: dict[str, UUID]) -> None:
    (only,) = owed.attempts(mixed["stuck"])
    assert (only.number, only.outcome, only.fault) == (1, "refused", "http-422") and only.ended_at is not None
    with pytest.raises(NotFound):
        owed.row(UUID(int=0))


@pytest.mark.parametrize("which", ["stuck", "unknown", "due"])
def test_a_replay_is_the_same_row_due_now_and_what_may_have_arrived_stays_doubtful(
    which: str, store_engine: Engine, outbox: SqlOutbox, owed: SqlOwedBook, mixed: dict[str, UUID]
) -> None:
    before = repairs(store_engine).replay(mixed[which])
    claimed = outbox.claim(LEASE, mixed[which])
    assert claimed is not None
    assert (claimed.id, claimed.attempt, claimed.unknown) == (before.id, 2, which == "unknown")


def test_a_person_who_looked_may_say_that_it_is_not_there(
    store_engine: Engine, outbox: SqlOutbox, mixed: dict[str, UUID]
) -> None:
    repairs(store_engine).replay(mixed["unknown"], not_received=True)
    claimed = outbox.claim(LEASE, mixed["unknown"])
    assert claimed is not None and not claimed.unknown
    with pytest.raises(TransitionRefused) as refused:
        repairs(store_engine).replay(mixed["stuck"], not_received=True)
    assert refused.value.because == "nothing-unknown"


def test_what_is_done_or_being_attempted_is_left_alone(
    store_engine: Engine, store: SqlConsultationStore, outbox: SqlOutbox, owed: SqlOwedBook
) -> None:
    owe(store)
    held = outbox.claim(LEASE)
    assert isinstance(held, Delivery)
    acts = (lambda: repairs(store_engine).replay(held.id),
            lambda: repairs(store_engine).close(held.id, DeliveryStatus.GIVEN_UP))  # fmt: skip
    for act in acts:
        with pytest.raises(TransitionRefused) as refused:
            act()
        assert refused.value.because == "being-attempted"
    assert outbox.settle(held, Outcome.DONE, pause=NONE, receipt=Receipt("Task/1"))
    for act in acts:
        with pytest.raises(TransitionRefused) as refused:
            act()
        assert refused.value.because == "done"


def test_a_replay_nobody_has_attempted_is_called_back_as_it_was(
    store_engine: Engine, outbox: SqlOutbox, owed: SqlOwedBook, mixed: dict[str, UUID]
) -> None:
    mine = repairs(store_engine)
    before = owed.row(mixed["stuck"])
    assert mine.recall(mine.replay(before.id)) and owed.row(before.id) == before
    replayed = mine.replay(before.id)
    assert outbox.claim(LEASE, before.id) is not None
    assert not mine.recall(replayed), "it is being attempted"


@pytest.mark.parametrize("status", [DeliveryStatus.BY_HAND, DeliveryStatus.GIVEN_UP])
def test_a_closed_row_is_owed_no_more_and_never_attempted(
    status: DeliveryStatus, store_engine: Engine, outbox: SqlOutbox, owed: SqlOwedBook, mixed: dict[str, UUID]
) -> None:
    for id in mixed.values():
        repairs(store_engine).close(id, status)
    with transaction(store_engine, SystemScope()) as connection:
        connection.execute(update(delivery).values(due_at=make.NOW))
    assert owed.groups() == [] and outbox.due() == []
    with pytest.raises(TransitionRefused):
        repairs(store_engine).close(mixed["due"], status)


def test_what_was_given_up_may_be_taken_up_again_and_what_was_written_by_hand_may_not(
    store_engine: Engine, outbox: SqlOutbox, mixed: dict[str, UUID]
) -> None:
    mine = repairs(store_engine)
    mine.close(mixed["stuck"], DeliveryStatus.GIVEN_UP)
    mine.replay(mixed["stuck"])
    assert outbox.claim(LEASE, mixed["stuck"]) is not None
    mine.close(mixed["stuck too"], DeliveryStatus.BY_HAND)
    with pytest.raises(TransitionRefused):
        mine.replay(mixed["stuck too"])


def test_nobody_repairs_unsigned(store_engine: Engine, owed: SqlOwedBook, mixed: dict[str, UUID]) -> None:
    before = owed.rows(Choice())
    with pytest.raises(NotSigned):
        SqlRepairs(store_engine).replay(mixed["stuck"])
    assert owed.rows(Choice()) == before


def test_the_trail_says_which_delivery_of_which_organisation(store_engine: Engine, mixed: dict[str, UUID]) -> None:
    row = repairs(store_engine).close(mixed["stuck"], DeliveryStatus.GIVEN_UP)
    with transaction(store_engine, TenantScope(make.KOMMUNE_A), read_only=True) as connection:
        (said,) = connection.execute(select(audit).where(audit.c.verb == "write")).mappings().all()
    assert said["what"] == f"{SIGNED.act} {row.id}"
    assert (said["actor_id"], said["actor_role"], said["basis"]) == (SIGNED.by, SIGNED.account, SIGNED.reason)
    assert (said["tenant"], said["consultation"]) == (make.KOMMUNE_A, row.consultation)
