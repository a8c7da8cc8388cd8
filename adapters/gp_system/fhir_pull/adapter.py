"""A practice that fetches its queue from us: an entry is delivered the moment our own FHIR door shows it.

*Received* is said when it has been fetched, never before; what the practice does comes in by that door as well. What
is sent here is at most a hint: the change gets its number in the practice's subscriptions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from uuid import UUID

from adapters.gp_system.fhir_pull.notifying import notify
from adapters.gp_system.fhir_pull.settings import Settings
from gateway.domain.capability import Capability
from gateway.domain.errors import PeerCannot
from gateway.domain.peers.delivery import Receipt
from gateway.domain.peers.messages import EntryMessage, PeerChange
from gateway.domain.peers.subscription import Notice
from gateway.ports.peers import Publish


class PulledQueue:
    """One connection. Until ``publish_to`` was called nobody subscribes, which is what a certificate's run needs."""

    def __init__(
        self,
        name: str,
        settings: Settings,
        secrets: Callable[[str], str],
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.name = name
        self.settings = settings
        self.capabilities = settings.shown | {Capability.IDEMPOTENT_CREATE, Capability.SEEN}
        self._clock = clock
        self._publish: Publish | None = None

    def publish_to(self, publish: Publish) -> None:
        """Where changes are numbered for whoever subscribes."""
        self._publish = publish

    def close(self) -> None:
        """Nothing is open."""

    def notify(self, notice: Notice) -> None:
        notify(notice)

    def enqueue(self, message: EntryMessage) -> Receipt:
        """Visible since it was committed; *received* stays open until the practice has fetched it."""
        return self.update(message)

    def update(self, message: EntryMessage) -> Receipt:
        news = 0
        if self._publish is not None:
            news = self._publish(self.name, message.entry.id, message.entry.revision, self._clock())
        return Receipt(f"Task/{message.entry.id}", message.entry.received_at, replayed=news == 0)

    def probe(self, message: EntryMessage) -> Receipt | None:
        raise PeerCannot(self.name, Capability.PROBE)

    def changes(self, cursor: str) -> tuple[Sequence[PeerChange], str]:
        return [], cursor

    def read(self, entry_id: UUID) -> Sequence[PeerChange]:
        return []

    def keep_subscribed(self, endpoint: str, token: str) -> None:
        raise PeerCannot(self.name, Capability.NOTIFIES)
