"""Whose turn it is to ask a peer, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, update

from gateway.domain.scope import SystemScope
from gateway.store.ground.engine import db_now, transaction
from gateway.store.peers.connections import SqlConnectionBook, Stanza
from gateway.store.peers.polling import SqlPollBook, peer_poll

EVERY = timedelta(minutes=5)
PEER = "gp-torvet"


@pytest.fixture
def polls(store_engine: Engine) -> SqlPollBook:
    stanza = Stanza(PEER, "gp_system", "browser", None, {})
    SqlConnectionBook(store_engine).apply(stanza, "test", "test", datetime.now(UTC))
    return SqlPollBook(store_engine)


def due_in(engine: Engine, distance: timedelta) -> None:
    with transaction(engine, SystemScope()) as connection:
        at = db_now(connection) + distance
        connection.execute(update(peer_poll).values(due_at=at))


def test_a_peer_is_asked_once_per_interval(polls: SqlPollBook) -> None:
    assert polls.take_turn(PEER, EVERY) == ""
    assert polls.take_turn(PEER, EVERY) is None


def test_a_clock_that_was_set_back_silences_no_peer(polls: SqlPollBook, store_engine: Engine) -> None:
    assert polls.take_turn(PEER, EVERY) == ""
    due_in(store_engine, EVERY + timedelta(minutes=10))
    assert polls.take_turn(PEER, EVERY) == ""
    assert polls.take_turn(PEER, EVERY) is None
