"""A care record that is away for 72 hours, in virtual time: what the nurse is told meanwhile, and what is filed after.

Whether rows are claimed while the connection's breaker is open is the store's part (test_store_breaker.py).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.domain.errors import PeerBusy, PeerError, PeerIll, PeerUnavailable
from gateway.domain.note import review
from gateway.domain.peers.delivery import DeliveryStatus, Outcome
from gateway.domain.scope import SystemScope
from gateway.services import deliver
from gateway.services.view import consultation_view
from tests.support.consultations import NURSE
from tests.support.memory import HandClock, MemoryOutbox, MemoryStore
from tests.support.peers.memory_peers import MemoryPeer, MemoryPeers, MemoryPractices, MemoryShelf
from tests.unit.domain.stories import LATER, ORGANISATION, in_review

HOURS = 72
AWAY = [
    PeerUnavailable("eoj", "connecting"),
    PeerUnavailable("eoj", "awaiting the answer"),
    PeerBusy("eoj", "http-503"),
    PeerIll("eoj", "http-401"),
]


class Record:
    """Three approved notes owed to one record, attempted by hand."""

    def __init__(self) -> None:
        self.clock = HandClock(LATER)
        self.store = MemoryStore(self.clock)
        self.peer = MemoryPeer()
        self.outbox = MemoryOutbox(self.store)
        peers = MemoryPeers(self.peer)
        self.use = deliver.Attempting(
            self.store, self.outbox, peers, self.clock, "http://gateway.localhost", lambda: 1, MemoryShelf()
        )
        self.ids = [self._approved() for _ in range(3)]

    def _approved(self) -> Any:
        talk = in_review()
        self.store.kept[talk.id] = replace(talk, events=(), debts=())
        told = review.approve(talk, talk.cases[0].id, "Aftalt", ORGANISATION, self.clock.now(), NURSE)
        return self.store.commit(told).id

    def attempt_due(self) -> list[Outcome]:
        outcomes = []
        while (claimed := self.outbox.claim(timedelta(seconds=30))) is not None:
            outcomes.append(deliver.attempt(claimed, self.use))
        return outcomes

    def rails(self) -> list[dict[str, Any]]:
        """The note's part of each nurse's page."""
        practices: Any = MemoryPractices()
        loaded = (self.store.load(SystemScope(), id) for id in self.ids)
        views = [consultation_view(one, store=self.store, practices=practices, clock=self.clock) for one in loaded]
        return [view["note"][0] for view in views]


@pytest.mark.parametrize("fault", AWAY, ids=lambda fault: getattr(fault, "code", "") or fault.phase)
def test_after_72_hours_everything_is_filed_once_and_nobody_was_told_otherwise(fault: PeerError) -> None:
    record = Record()
    for _ in range(HOURS):
        record.peer.before = [fault] * 50
        assert all(outcome in (Outcome.NOT_DONE, Outcome.UNKNOWN) for outcome in record.attempt_due())
        assert all(rail["filed_at"] is None and rail["state"] not in ("filed", "received") for rail in record.rails())
        assert {row.status for row in record.store.rows.values()} == {DeliveryStatus.DUE}, "none is given up"
        record.clock.pass_by(hours=1)
        assert {rail["next_attempt_at"] for rail in record.rails()} == {None}, "no time is named that has passed"
    record.peer.before = []
    assert set(record.attempt_due()) == {Outcome.DONE}
    assert [rail["state"] for rail in record.rails()] == ["filed"] * 3
    assert len(record.peer.held) == len(set(record.peer.held)) == 3
