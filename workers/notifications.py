"""Tells practice systems that asked to be told: handshakes, numbered events in their order, heartbeats.

The rows are the memory (store/subscriptions.py): a relay that is killed between the call and its note sends the same
numbers again, and the subscriber knows them. One subscription is told by one process at a time, and a silent endpoint
holds up nothing but itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta

from adapters.gp_system.fhir_pull.notification import notification
from adapters.wire.fhir import FHIR_JSON
from adapters.wire.http import PeerHttp
from gateway.domain.errors import PeerError
from gateway.domain.peers.subscription import Subscription, SubscriptionEvent, SubscriptionStatus
from gateway.logs import log
from gateway.services.deliver import fault_code
from gateway.store.ground.faults import DatabaseFault
from gateway.wiring import Gateway

THREADS = 8
LEASE = timedelta(seconds=90)  # longer than the longest timeout a subscriber may ask for


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
        """One notification; True where the endpoint accepted it."""
        kind, events = self._owed(subscription)
        try:
            self._send(subscription, kind, events)
        except PeerError as fault:
            code = fault_code(fault)
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

    def _send(self, subscription: Subscription, kind: str, events: Sequence[SubscriptionEvent]) -> None:
        """Only to an address that was agreed with the operator, and in production only to a public one."""
        g = self._gateway
        body = notification(f"{g.settings.public_url}/fhir/r4", subscription, kind, events, g.clock.now())
        http = PeerHttp(
            subscription.connection,
            subscription.endpoint,
            total_timeout=subscription.timeout,
            public_only=g.settings.environment == "production",
        )
        headers = {**dict(_split(line) for line in subscription.headers), "Content-Type": FHIR_JSON}
        try:
            http.send("POST", subscription.endpoint, json_body=body, headers=headers)
        finally:
            http.close()


def _split(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip(), value.strip()
