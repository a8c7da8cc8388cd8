"""A paused connection's rows rest, whatever other connections have been through."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Engine

from gateway.domain.scope import SystemScope
from gateway.store.consultation.outbox import SqlOutbox
from gateway.store.consultation.store import SqlConsultationStore
from gateway.store.ground.crypto import Vault
from gateway.store.peers.connections import SqlConnectionBook, Stanza
from tests.support import consultations as make


def test_a_pause_holds_beside_a_connection_with_more_revisions(store_engine: Engine, vault: Vault) -> None:
    book, store, outbox = (
        SqlConnectionBook(store_engine),
        SqlConsultationStore(store_engine, vault),
        SqlOutbox(store_engine),
    )
    for number in range(5):
        book.apply(Stanza("gp-busy", "gp_system", "browser", None, {"n": number}), "test", "test", make.NOW)
    book.apply(Stanza("gp-one", "gp_system", "browser", None, {}), "test", "test", make.NOW)
    book.pause("gp-one", "test", "planned", make.NOW)
    rests = store.commit(make.placed(make.draft()))
    goes = store.commit(make.placed(make.draft(), connections=("gp-busy",)))
    due = [row.id for row in store.deliveries_of(SystemScope(), goes.id)]
    assert list(outbox.due()) == due
    assert {lane.connection for lane in outbox.lanes()} == {"gp-busy"}
    for row in store.deliveries_of(SystemScope(), rests.id):
        assert outbox.claim(timedelta(minutes=1), row.id) is None
    book.resume("gp-one", "test", "over", make.NOW)
    assert {lane.connection for lane in outbox.lanes()} == {"gp-busy", "gp-one"}
