"""How long attempts take at each connection: the middle one of the last ten minutes, where there are enough."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, update

from gateway.domain.alarm import Limits
from gateway.domain.peers.delivery import Outcome
from gateway.domain.scope import SystemScope
from gateway.store.consultation.outbox import SqlOutbox
from gateway.store.consultation.store import SqlConsultationStore
from gateway.store.consultation.tables_deliveries import delivery_attempt
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import db_now, transaction
from gateway.store.peers.connections import SqlConnectionBook, Stanza
from gateway.store.watch.figures import ENOUGH, LATELY, SqlFigures
from tests.support import consultations as make

GP = "gp-one"


def attempted(engine: Engine, vault: Vault, count: int) -> None:
    """So many attempts at one connection, each of twenty seconds, that ended just now."""
    connections = SqlConnectionBook(engine)
    connections.apply(Stanza(GP, "gp_system", "fhir_r4", None, {}), "test", "test", datetime.now(UTC))
    store, outbox = SqlConsultationStore(engine, vault), SqlOutbox(engine)
    for _ in range(count):
        store.commit(make.placed(make.draft(), connections=(GP,)))
        claimed = outbox.claim(timedelta(minutes=5))
        assert claimed is not None
        outbox.settle(claimed, Outcome.DONE, pause=timedelta(0))
    with transaction(engine, SystemScope()) as connection:
        begun = db_now(connection) - timedelta(seconds=20)
        connection.execute(update(delivery_attempt).values(started_at=begun, ended_at=begun + timedelta(seconds=20)))


def paces(engine: Engine) -> list[tuple[str, timedelta]]:
    return [(each.connection, each.middle) for each in SqlFigures(engine).seen(Limits(), [])[0].paces]


def test_the_middle_one_of_enough_attempts_is_its_pace(store_engine: Engine, vault: Vault) -> None:
    attempted(store_engine, vault, ENOUGH)
    assert paces(store_engine) == [(GP, timedelta(seconds=20))]


def test_a_few_attempts_say_nothing(store_engine: Engine, vault: Vault) -> None:
    attempted(store_engine, vault, ENOUGH - 1)
    assert paces(store_engine) == []


def test_what_was_slow_long_ago_is_over(store_engine: Engine, vault: Vault) -> None:
    attempted(store_engine, vault, ENOUGH)
    with transaction(store_engine, SystemScope()) as connection:
        then = db_now(connection) - 2 * LATELY
        connection.execute(update(delivery_attempt).values(started_at=then, ended_at=then + timedelta(seconds=20)))
    assert paces(store_engine) == []
