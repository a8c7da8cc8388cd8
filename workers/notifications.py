"""Tells practice systems that asked to be told: handshakes, numbered events in their order, heartbeats.

The rows are the memory (store/subscriptions.py): a relay that is killed between the call and its note sends the same
numbers again, and the subscriber knows them. One subscription is told by one process at a time, and a silent endpoint
holds up nothing but itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from gateway.domain.errors import PeerBusy, PeerCannot, PeerError
from gateway.domain.peers.subscription import Notice, Subscription, SubscriptionEvent, SubscriptionStatus
from gateway.domain.peers.verdict import judged
from gateway.logs import log
from gateway.ports.peers import Notifying
from gateway.store.ground.faults import DatabaseFault
from gateway.wiring import Gateway

THREADS = 8
LEASE = timedelta(seconds=90)  # longer than the longest timeout a subscriber may ask for
PAUSED = timedelta(seconds=15)  # until a subscription of a paused connection is looked at again


class Notifier:
    """Claims what is due and makes one attempt at each."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._pool = ThreadPoolExecutor(THREADS, "notify")
        self._under_way: list[Future[None]] = []

    def run_due(self) -> int:
        """Start an attempt for every subscription that owes something now; how many."""
        self._under_way = [each for each in self._under_way if not each.done()]
        begun = 0
        while len(self._under_way) < THREADS and (claimed := self._gateway.subscriptions.claim(LEASE)) is not None:
            self._under_way.append(self._pool.submit(self._attempt, claimed))
            begun += 1
        return begun

    def _attempt(self, subscription: Subscription) -> None:
        """A fault of our own leaves the lease to run out: then it is attempted again."""
        try:
            self.notify(subscription)
        except DatabaseFault:
            log(__name__).error("database-away")

    def notify(self, subscription: Subscription) -> bool:
        """One notification; True where the endpoint accepted it. While its connection is paused a subscription waits as
        it is: its events are numbered, and told when the connection is resumed."""
        try:
            peer = self._gateway.peers.gp_system(subscription.connection)
        except PeerBusy:  # paused, or it cannot be built here just now: nobody was called, so nothing has failed
            self._gateway.subscriptions.postpone(subscription, PAUSED)
            return False
        kind, events = self._owed(subscription)
        try:
            self._send(peer, subscription, kind, events)
        except PeerError as fault:
            code = judged(fault).code
            given_up = self._gateway.subscriptions.failed(subscription)
            log(__name__).warning("not-notified", connection=subscription.connection, fault=code, given_up=given_up)
            return False
        reached = events[-1].number if events else subscription.sent
        if kind == "heartbeat":
            reached = subscription.events  # whatever is older has been forgotten: it cannot be told any more
        return self._gateway.subscriptions.acknowledged(subscription, reached)

    def _owed(self, subscription: Subscription) -> tuple[str, Sequence[SubscriptionEvent]]:
        if subscription.status is SubscriptionStatus.REQUESTED:
            return "handshake", []
        since = subscription.sent + 1
        events = self._gateway.subscriptions.events(subscription.id, since, None, subscription.most)
        return ("event-notification" if events else "heartbeat"), events

    def _send(self, peer: Any, subscription: Subscription, kind: str, events: Sequence[SubscriptionEvent]) -> None:
        """In the language of the subscriber's adapter."""
        g = self._gateway
        if not isinstance(peer, Notifying):
            raise PeerCannot(subscription.connection, "notify")
        public_only = g.settings.environment == "production"
        peer.notify(Notice(subscription, kind, events, g.clock.now(), g.settings.public_url, public_only))
